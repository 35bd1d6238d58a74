import { admits, type TextPart } from '../pattern-language.ts';
import { Pattern } from '../pattern.ts';
import { conditionsOf, type Condition } from '../policy-conditions.ts';
import { sameName } from '../scope.ts';
import type { PolicyContext, PolicyFields } from '../trust-policy.ts';

/** Where the file that is linted stands. */
export interface PolicyLintContext {
  /** In its repository: `.github/chainguard/deploy.sts.yaml`. */
  readonly path: string;
  /** The repository's name, without its owner. */
  readonly repository: string;
  /** The issuer of the configured GitHub server's Actions tokens. */
  readonly actionsIssuer: string;
}

export type LintContext = PolicyContext & PolicyLintContext;

/** After so many patterns that are far too big no others are compiled: each takes as long as a whole valid policy. */
const MAX_COSTLY_PATTERNS = 2;

/** A policy as the rules see it. Its patterns are compiled once for all rules. */
export class LintedPolicy {
  readonly conditions: readonly Condition[];
  private readonly compiled: ReadonlyMap<string, Pattern>;

  constructor(
    readonly fields: PolicyFields,
    readonly context: LintContext,
  ) {
    this.conditions = conditionsOf(fields);
    this.compiled = compiledPatterns(this.patterns);
  }

  get patterns(): readonly Condition[] {
    return this.conditions.filter(({ by }) => by === 'pattern');
  }

  get exactValues(): readonly Condition[] {
    return this.conditions.filter(({ by }) => by === 'value');
  }

  /** The conditions on the subject: an exact one, a pattern, or several. One of them is enough. */
  get subjects(): readonly Condition[] {
    return this.conditions.filter(({ of }) => of === 'subject');
  }

  /** Whether the policy is for tokens of the configured server's GitHub Actions. */
  get isForActions(): boolean {
    const { isActionsIssuer, actionsIssuer } = this.context;
    return this.conditions
      .filter(({ of }) => of === 'issuer')
      .some((issuer) => (issuer.by === 'value' ? isActionsIssuer(issuer.text) : this.matches(issuer, actionsIssuer)));
  }

  /** Whether the policy's token can reach the repository that the policy stands in. */
  get reachesOwnRepository(): boolean {
    const { context, fields } = this;
    if (context.level === 'repository') return true;
    if (!this.namesRepositories) return !fields.callerRepositoryOnly;
    return (fields.repositories ?? []).some((one) => sameName(one, context.repository));
  }

  get namesRepositories(): boolean {
    return (this.fields.repositories ?? []).length > 0;
  }

  /** Whether a condition is a pattern, compiles, and matches the value. */
  matches({ by, text }: Condition, value: string): boolean {
    return by === 'pattern' && this.compiled.get(text)?.matches(value) === true;
  }

  /** Whether a condition is a pattern, compiles, and matches some text of these parts. */
  admits({ by, text }: Condition, parts: readonly TextPart[]): boolean {
    const pattern = by === 'pattern' ? this.compiled.get(text) : undefined;
    return pattern !== undefined && admits(pattern.automaton, parts);
  }

  /** Whether a `claim_pattern` of the policy compiles and refuses all these values of a claim. */
  claimRefuses(claim: string, values: readonly string[]): boolean {
    const condition = this.conditions.find((one) => one.claim === claim);
    const pattern = condition === undefined ? undefined : this.compiled.get(condition.text);
    return pattern !== undefined && !values.some((value) => pattern.matches(value));
  }
}

export function isWriteLevel(level: string | undefined): boolean {
  return level === 'write' || level === 'admin';
}

function compiledPatterns(patterns: readonly Condition[]): ReadonlyMap<string, Pattern> {
  const compiled = new Map<string, Pattern>();
  let costly = 0;
  for (const { text } of patterns) {
    if (costly >= MAX_COSTLY_PATTERNS || compiled.has(text)) continue;
    const result = Pattern.compile(text);
    if (result.kind === 'compiled') compiled.set(text, result.pattern);
    else if (result.costly) costly += 1;
  }
  return compiled;
}
