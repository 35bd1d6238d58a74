import type { Condition } from '../policy-conditions.ts';
import { notice, warning, type LintRule } from './lint-rule.ts';
import type { LintedPolicy } from './linted-policy.ts';

/** No useful pattern matches all of these texts. */
const UNLIKELY_TEXTS = ['x', 'https://q7.example/~z', 'repo:Zq/é 9:ref', '#{}|&'];

/** For a claim it still asks that there is one, and is only idle. */
export const patternMatchesEverything: LintRule = (policy) =>
  policy.patterns
    .filter((pattern) => matchesEverything(policy, pattern))
    .map(({ of, path, name }) =>
      (of === 'claim' ? notice : warning)(
        'pattern-matches-everything',
        path,
        `${name} matches everything.`,
        'Name what is meant, or leave the field out if it may be left out.',
      ),
    );

export function matchesEverything(policy: LintedPolicy, pattern: Condition): boolean {
  return UNLIKELY_TEXTS.every((text) => policy.mayMatch(pattern, text));
}
