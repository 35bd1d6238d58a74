import {
  dotsMeant,
  looksLikeGlob,
  looksLikePattern,
  plainTextOf,
  withEscapedDots,
  withoutAnchors,
} from '../pattern-style.ts';
import type { Condition } from '../policy-conditions.ts';
import { yamlLine, yamlText } from '../written-policy.ts';
import { globAsPattern } from './glob-meaning.ts';
import { warning, type Doubt, type LintRule } from './lint-rule.ts';
import type { LintedPolicy } from './linted-policy.ts';
import { templateIn } from './template-left.ts';

/** An exact value with the marks of a regular expression: it is compared with them, so it never matches. */
export const exactLikePattern: LintRule = (policy) =>
  policy.exactValues
    .filter(({ of, text }) => of !== 'issuer' && looksLikePattern(text) && templateIn(text) === undefined)
    .map((condition) => doubtAbout(policy, condition));

function doubtAbout(policy: LintedPolicy, condition: Condition): Doubt {
  const { of, path, name, text } = condition;
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
  const pattern = asPattern(policy, condition);
  const advice =
    path.length > 1 ? `Write it below ${field}: - ${yamlText(pattern)}` : `Write: ${yamlLine(field, pattern)}`;
  return warning('exact-like-pattern', path, message, advice);
}

/** A regular expression is kept, with its dots escaped. */
function asPattern(policy: LintedPolicy, condition: Condition): string {
  const text = withoutAnchors(condition.text);
  return looksLikeGlob(text) ? globAsPattern(policy, { ...condition, text }) : withEscapedDots(text, dotsMeant(text));
}
