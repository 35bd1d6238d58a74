import type { PolicyFields } from '../trust-policy.ts';
import type { Doubt, LintRule } from './lint-rule.ts';
import { LintedPolicy, type LintContext, type PlainText } from './linted-policy.ts';
import * as listed from './rules.ts';

const RULES: readonly LintRule[] = Object.values(listed);

/** Doubts about a policy that is valid, or may become so, by the names of the rules. The caller finds the positions. */
export function lintPolicy(
  fields: PolicyFields,
  context: LintContext,
  plainTexts: readonly PlainText[] = [],
): readonly Doubt[] {
  const policy = new LintedPolicy(fields, context, plainTexts);
  return RULES.flatMap((rule) => rule(policy)).toSorted((a, b) => (a.rule < b.rule ? -1 : 1));
}
