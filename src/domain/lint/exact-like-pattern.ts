import {
  dotsMeant,
  looksLikePattern,
  plainTextOf,
  withEscapedDots,
  withoutAnchors,
  withoutGlobStars,
  looksLikeGlob,
} from '../pattern-style.ts';
import type { Condition } from '../policy-conditions.ts';
import { escapedPattern, yamlLine, yamlText } from '../written-policy.ts';
import { warning, type Doubt, type LintRule } from './lint-rule.ts';
import { templateIn } from './template-left.ts';

/** An exact value with the marks of a regular expression: it is compared with them, so it never matches. */
export const exactLikePattern: LintRule = ({ exactValues }) =>
  exactValues
    .filter(({ of, text }) => of !== 'issuer' && looksLikePattern(text) && templateIn(text) === undefined)
    .map(doubtAbout);

function doubtAbout({ of, path, name, text }: Condition): Doubt {
  const message = `${name} is compared exactly, and looks like a pattern.`;
  const value = plainTextOf(text);
  if (value !== undefined && withoutAnchors(text) !== text) {
    return warning(
      'exact-like-pattern',
      path,
      message,
      `Write: ${path.length > 1 ? '-' : `${name}:`} ${yamlText(value)}`,
      {
        path,
        value,
      },
    );
  }
  const field = path.length > 1 ? `${of}_patterns` : `${of}_pattern`;
  const pattern = asPattern(withoutAnchors(text));
  const advice =
    path.length > 1 ? `Write it below ${field}: - ${yamlText(pattern)}` : `Write: ${yamlLine(field, pattern)}`;
  return warning('exact-like-pattern', path, message, advice);
}

/** A glob's star stands for one part; all else of a regular expression is kept, with its dots escaped. */
function asPattern(text: string): string {
  if (!looksLikeGlob(text)) return withEscapedDots(text, dotsMeant(text));
  if (/[\\()[\]|+]/.test(text)) return withoutGlobStars(text, ONE_PART);
  return text.split('*').map(escapedPattern).join(ONE_PART);
}

const ONE_PART = '[^/:]+';
