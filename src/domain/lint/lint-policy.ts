import type { Pattern } from '../pattern.ts';
import type { PolicyFields } from '../trust-policy.ts';
import type { Doubt, LintRule } from './lint-rule.ts';
import { LintedPolicy, type LintContext, type PlainText } from './linted-policy.ts';
import * as listed from './rules.ts';

const RULES: ReadonlyMap<string, LintRule> = new Map(
  Object.entries(listed).map(([name, rule]) => [ruleName(name), rule]),
);

/** Depends on what the App may do, which an exchange learns from GitHub alone: a policy is not invalid for it. */
const NOT_DENIABLE = 'permission-not-installed';

/** The findings of the linter that guardrails can deny, by the names of the rules. */
export function lintRuleNames(): readonly string[] {
  return [...RULES.keys()].filter((name) => name !== NOT_DENIABLE);
}

export interface Linting {
  readonly plainTexts?: readonly PlainText[];
  /** The policy's patterns, where they are compiled already. */
  readonly patterns?: ReadonlyMap<string, Pattern> | undefined;
  /** The names of the rules that are wanted; all, where nothing is said. What they find does not depend on it. */
  readonly wanted?: ReadonlySet<string> | undefined;
}

/** Doubts about a policy that is valid, or may become so, by the names of the rules. The caller finds the positions. */
export function lintPolicy(
  fields: PolicyFields,
  context: LintContext,
  { plainTexts = [], patterns, wanted }: Linting = {},
): readonly Doubt[] {
  const policy = new LintedPolicy(fields, context, plainTexts, patterns);
  const doubts: Doubt[] = [];
  for (const [name, rule] of RULES) {
    if (wanted !== undefined && !wanted.has(name)) continue;
    policy.renewSteps();
    doubts.push(...rule(policy));
  }
  return doubts.toSorted((a, b) => (a.rule < b.rule ? -1 : 1));
}

/** Of `subjectByName`: `subject-by-name`. */
function ruleName(name: string): string {
  return name === 'yaml11' ? 'yaml-1.1' : name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
