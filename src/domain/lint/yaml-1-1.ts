import { quoted } from '../fault.ts';
import { inQuotes } from '../written-policy.ts';
import { warning, type LintRule } from './lint-rule.ts';

/** YAML 1.1, the types bool, int, float, timestamp and null: what octo-sts reads as another text than stands there. */
const OTHER_TYPES: readonly RegExp[] = [
  /^(?:y|Y|yes|Yes|YES|n|N|no|No|NO|True|TRUE|False|FALSE|on|On|ON|off|Off|OFF)$/,
  // Octal, or, with an 8 or a 9, a float.
  /^[-+]?0[\d_]+$/,
  /^[-+]?0o[0-7]+$/,
  /^[-+]?0x[0-9a-fA-F_]+$/,
  /^[-+]?0b[01_]+$/,
  /^[-+]?\d[\d_]*_[\d_]*$/,
  /^\+\d+$/,
  /^[-+]?(?:\d[\d_]*\.[\d_]*|\.\d[\d_]*)(?:[eE][-+]?\d+)?$/,
  /^[-+]?\d+[eE][-+]?\d+$/,
  /^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$/,
  /^\d{21,}$/,
  /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt ].*)?$/,
];
/** The largest whole number that octo-sts keeps the digits of. */
const LARGEST_WHOLE_NUMBER = 2n ** 64n - 1n;

export const yaml11: LintRule = ({ plainTexts }) =>
  plainTexts
    .filter(({ text }) => isReadOtherwise(text))
    .map(({ path, text }) =>
      warning(
        'yaml-1.1',
        path,
        `Without quotes ${quoted(text)} is no text to YAML 1.1, so octo-sts reads another one.`,
        `Write it in quotes: ${inQuotes(text)}`,
        { path, value: text },
      ),
    );

function isReadOtherwise(text: string): boolean {
  if (OTHER_TYPES.some((type) => type.test(text))) return true;
  return /^\d{20}$/.test(text) && BigInt(text) > LARGEST_WHOLE_NUMBER;
}
