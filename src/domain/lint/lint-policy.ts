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

/** Rules that say that no token has such a value. */
const NEVER: ReadonlySet<string> = new Set([
  'claim-contradicts-subject',
  'claim-never-matches',
  'hidden-character',
  'issuer-near-miss',
  'subject-never-matches',
]);
/** Rules that say that another value was meant, and have a line for it. */
const OTHER_VALUE: ReadonlySet<string> = new Set([
  ...NEVER,
  'exact-like-pattern',
  'pattern-like-glob',
  'template-left',
]);
/** Rules about how a value is written, or by what it names something. */
const OF_WRITING: ReadonlySet<string> = new Set(['unescaped-dot', 'yaml-1.1', 'subject-by-name', 'subject-customized']);

/**
 * For those who read the findings: one line to write for each value. Where a value is another one than was meant, what is
 * to be said about its dots and quotes is said once it is mended. Guardrails judge by all of them.
 */
export function oneLineAValue(doubts: readonly Doubt[]): readonly Doubt[] {
  const best = new Map<string, Doubt>();
  for (const doubt of doubts.filter(({ rule }) => NEVER.has(rule))) {
    const known = best.get(placeOf(doubt));
    if (known === undefined || rankOf(doubt) > rankOf(known)) best.set(placeOf(doubt), doubt);
  }
  const others = new Set(doubts.filter(({ rule }) => OTHER_VALUE.has(rule)).map(placeOf));
  return doubts.filter((doubt) => {
    if (NEVER.has(doubt.rule)) return best.get(placeOf(doubt)) === doubt;
    return !(OF_WRITING.has(doubt.rule) && others.has(placeOf(doubt)));
  });
}

function placeOf({ path }: Doubt): string {
  return path.join('\n');
}

/** What can be mended before what has a line to write, and that before the rest. */
function rankOf({ rule, repair, advice }: Doubt): number {
  if (rule === 'hidden-character') return 3;
  return repair === undefined ? Number(/[Ww]rite: /.test(advice)) : 2;
}

/** Doubts about a policy that is valid, or may become so, in the order of the rules' names. The caller finds the positions. */
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
  return doubts;
}

/** Of `subjectByName`: `subject-by-name`. */
function ruleName(name: string): string {
  return name === 'yaml11' ? 'yaml-1.1' : name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
