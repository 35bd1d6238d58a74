import type { PolicyFields } from '../trust-policy.ts';
import type { Doubt, LintRule } from './lint-rule.ts';
import { LintedPolicy, type LintContext, type PlainText } from './linted-policy.ts';
import * as listed from './rules.ts';

const RULES: readonly LintRule[] = Object.values(listed);

/** Depends on what the App may do, which an exchange learns from GitHub alone: a policy is not invalid for it. */
const NOT_DENIABLE = 'permission-not-installed';

/** The findings of the linter that guardrails can deny, by the names of the rules. */
export function lintRuleNames(): readonly string[] {
  return Object.keys(listed)
    .map((name) => (name === 'yaml11' ? 'yaml-1.1' : name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)))
    .filter((name) => name !== NOT_DENIABLE);
}

/** Doubts about a policy that is valid, or may become so, by the names of the rules. The caller finds the positions. */
export function lintPolicy(
  fields: PolicyFields,
  context: LintContext,
  plainTexts: readonly PlainText[] = [],
): readonly Doubt[] {
  const policy = new LintedPolicy(fields, context, plainTexts);
  return RULES.flatMap((rule) => rule(policy)).toSorted((a, b) => (a.rule < b.rule ? -1 : 1));
}
