import { hasOpenEnd } from '../pattern-style.ts';
import { warning, type LintRule } from './lint-rule.ts';
import { matchesEverything } from './pattern-matches-everything.ts';

export const patternOpen: LintRule = (policy) =>
  policy.patterns
    .filter((pattern) => hasOpenEnd(pattern.text) && !matchesEverything(policy, pattern))
    .map(({ path, name }) =>
      warning(
        'pattern-open',
        path,
        `${name} begins or ends with .* or .+ and so admits anything there.`,
        'Name what may stand there: [^/:]+ keeps to one part.',
      ),
    );
