import type { Condition } from '../policy-conditions.ts';
import { warning, type LintRule } from './lint-rule.ts';
import type { LintedPolicy } from './linted-policy.ts';

/** No useful pattern matches all of these texts. */
const UNLIKELY_TEXTS = ['x', 'https://q7.example/~z', 'repo:Zq/é 9:ref', '#{}|&'];

export const patternMatchesEverything: LintRule = (policy) =>
  policy.patterns
    .filter((pattern) => matchesEverything(policy, pattern))
    .map(({ path, name }) =>
      warning(
        'pattern-matches-everything',
        path,
        `${name} matches everything.`,
        'Name what is meant, or leave the field out if it may be left out.',
      ),
    );

export function matchesEverything(policy: LintedPolicy, pattern: Condition): boolean {
  return UNLIKELY_TEXTS.every((text) => policy.matches(pattern, text));
}
