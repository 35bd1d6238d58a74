import { hasOpenBeginning, hasOpenEnd } from '../pattern-style.ts';
import type { Condition } from '../policy-conditions.ts';
import { notice, warning, type LintRule } from './lint-rule.ts';
import type { LintedPolicy } from './linted-policy.ts';
import { matchesEverything } from './pattern-matches-everything.ts';

/** Dangerous where the open end lets in others: other issuers, services, owners, repositories. */
export const patternOpen: LintRule = (policy) =>
  policy.patterns
    .filter((pattern) => hasOpenEnd(pattern.text) && !matchesEverything(policy, pattern))
    .map((pattern) => {
      const { path, name } = pattern;
      return (admitsOthers(policy, pattern) ? warning : notice)(
        'pattern-open',
        path,
        `${name} begins or ends with .* or .+ and so admits anything there.`,
        'Name what may stand there: [^/:]+ keeps to one part.',
      );
    });

function admitsOthers(policy: LintedPolicy, { of, text }: Condition): boolean {
  switch (of) {
    case 'issuer':
    case 'audience':
      return true;
    case 'subject':
      return (hasOpenBeginning(text) || endsInName(text)) && !policy.namesSourceByClaim;
    case 'claim':
    case 'app':
      return false;
  }
}

/** The open end stands in the name of an owner, repository or project: no part with a colon follows it. */
function endsInName(text: string): boolean {
  return /^\^?[(?:]*(?:repo|project_path|organization):[^:]*$/.test(text);
}
