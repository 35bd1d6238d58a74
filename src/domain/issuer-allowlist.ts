import { quoted, type DocumentPath, type Fault } from './fault.ts';
import { slashFault } from './host-bound-pattern.ts';
import { listedIssuerFault, type IssuerUrlRules } from './issuer-url.ts';
import { isLongerThan, MatchingSteps } from './pattern-matching.ts';
import { ALLOWLIST_PATTERN_LIMITS, PatternBudget } from './pattern-budget.ts';
import { Pattern } from './pattern.ts';

export const MAX_ALLOWLIST_ISSUERS = 64;
export const MAX_ALLOWLIST_PATTERNS = 16;
/** In characters (code points). */
export const MAX_ALLOWLIST_PATTERN_LENGTH = 256;

export const ALLOWLIST_MODES = ['enforce', 'audit'] as const;
/** `enforce` refuses an issuer that is not listed; `audit` only has it recorded. */
export type AllowlistMode = (typeof ALLOWLIST_MODES)[number];

/** The fields of `trusted-token-issuers.yaml` once their types are checked. */
export interface AllowlistFields {
  readonly mode?: string;
  readonly issuers: readonly string[];
  readonly issuerPatterns: readonly string[];
}

export type CompiledAllowlist =
  | { readonly kind: 'valid'; readonly allowlist: IssuerAllowlist }
  | { readonly kind: 'invalid'; readonly faults: readonly Fault[] };

/** The issuers that an organization lets federate: an immutable, compiled list. */
export class IssuerAllowlist {
  private constructor(
    readonly mode: AllowlistMode,
    private readonly issuers: ReadonlySet<string>,
    private readonly patterns: readonly Pattern[],
  ) {}

  /** Compiles fields into a list, or names every fault in them. */
  static compile(fields: AllowlistFields, rules: IssuerUrlRules): CompiledAllowlist {
    const budget = new PatternBudget(ALLOWLIST_PATTERN_LIMITS);
    // Of more patterns than there may be, none is looked into.
    const sources = fields.issuerPatterns.length > MAX_ALLOWLIST_PATTERNS ? [] : fields.issuerPatterns;
    const patterns = sources.map((source, index) => compilePattern(source, index, budget));
    const excess = budget.excess();
    const faults = [
      ...modeFaults(fields.mode),
      ...countFaults(fields),
      ...fields.issuers.flatMap((issuer, index) => issuerFaults(issuer, index, rules)),
      ...patterns.flatMap((one, index) =>
        one === undefined || one instanceof Pattern ? [] : [fault(one.rule, ['issuer_patterns', index], one.message)],
      ),
      ...(excess === undefined ? [] : [fault('policy-cost', ['issuer_patterns'], `The patterns together ${excess}.`)]),
    ];
    if (faults.length > 0) return { kind: 'invalid', faults };
    const mode = fields.mode === 'audit' ? 'audit' : 'enforce';
    const compiled = patterns.filter((one) => one instanceof Pattern);
    return { kind: 'valid', allowlist: new IssuerAllowlist(mode, new Set(fields.issuers), compiled) };
  }

  /** The patterns share the steps of one judgement, in their order. An issuer that these do not reach is not listed. */
  lists(issuer: string): boolean {
    const steps = new MatchingSteps();
    return this.issuers.has(issuer) || this.patterns.some((one) => one.matchAny([issuer], steps) === 'matched');
  }
}

/** What is known of an organization's list. Its age, and GitHub being unavailable, are settled before this is made. */
export type AllowlistReading =
  | { readonly kind: 'absent' }
  /** Every App of the pool was refused the policy repository. */
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'present'; readonly allowlist: IssuerAllowlist }
  | { readonly kind: 'invalid' };

export type AllowlistDecision =
  | {
      readonly kind: 'allowed';
      /** Why: `audit` is an issuer that is not listed, and to be recorded. */
      readonly note: 'absent' | 'listed' | 'audit' | 'unreadable';
      /** Whether the list would have refused another issuer: what inline keys depend on. */
      readonly enforcing: boolean;
    }
  | { readonly kind: 'refused'; readonly reason: 'not_listed' | 'unreadable' }
  | { readonly kind: 'invalid' };

export interface AllowlistOptions {
  /** `ALLOWLIST_UNREADABLE`: a list that no App can read admits every issuer, unless the operator says `deny`. */
  readonly unreadable: 'allow' | 'deny';
}

/** Whether an issuer may federate with an organization: the one place where that is decided. */
export function decideAllowlist(
  reading: AllowlistReading,
  issuer: string,
  options: AllowlistOptions,
): AllowlistDecision {
  switch (reading.kind) {
    case 'absent':
      return { kind: 'allowed', note: 'absent', enforcing: false };
    case 'unreadable':
      if (options.unreadable === 'deny') return { kind: 'refused', reason: 'unreadable' };
      return { kind: 'allowed', note: 'unreadable', enforcing: false };
    case 'present':
      return decideListed(reading.allowlist, issuer);
    case 'invalid':
      return { kind: 'invalid' };
  }
}

/**
 * Whether a policy's inline keys may prove a token. Their author signs as the issuer, so an enforcing list would be
 * worthless if everybody who can write to some repository could bring keys for a listed issuer.
 */
export function inlineKeysAdmitted(decision: AllowlistDecision, inPolicyRepository: boolean): boolean {
  return decision.kind === 'allowed' && (inPolicyRepository || !decision.enforcing);
}

function decideListed(allowlist: IssuerAllowlist, issuer: string): AllowlistDecision {
  const enforcing = allowlist.mode === 'enforce';
  if (allowlist.lists(issuer)) return { kind: 'allowed', note: 'listed', enforcing };
  return enforcing ? { kind: 'refused', reason: 'not_listed' } : { kind: 'allowed', note: 'audit', enforcing };
}

function modeFaults(mode: string | undefined): readonly Fault[] {
  if (mode === undefined || ALLOWLIST_MODES.some((one) => one === mode)) return [];
  return [fault('allowlist-mode', ['mode'], `mode can be ${ALLOWLIST_MODES.join(' or ')}, not ${quoted(mode)}.`)];
}

function countFaults({ issuers, issuerPatterns }: AllowlistFields): readonly Fault[] {
  const faults: Fault[] = [];
  if (issuers.length + issuerPatterns.length === 0) {
    faults.push(fault('allowlist-empty', [], 'The list must name at least one issuer or issuer pattern.'));
  }
  if (issuers.length > MAX_ALLOWLIST_ISSUERS) {
    faults.push(fault('allowlist-too-many', ['issuers'], `issuers names more than ${MAX_ALLOWLIST_ISSUERS}.`));
  }
  if (issuerPatterns.length > MAX_ALLOWLIST_PATTERNS) {
    faults.push(
      fault('allowlist-too-many', ['issuer_patterns'], `issuer_patterns holds more than ${MAX_ALLOWLIST_PATTERNS}.`),
    );
  }
  return faults;
}

function issuerFaults(issuer: string, index: number, rules: IssuerUrlRules): readonly Fault[] {
  const reason = listedIssuerFault(issuer, rules);
  return reason === undefined ? [] : [fault('issuer-url', ['issuers', index], `Issuer ${quoted(issuer)} ${reason}.`)];
}

interface RefusedPattern {
  readonly rule: string;
  readonly message: string;
}

/** @returns nothing where the patterns so far come to too much */
function compilePattern(source: string, index: number, budget: PatternBudget): Pattern | RefusedPattern | undefined {
  const name = `Pattern ${index + 1} of issuer_patterns`;
  if (isLongerThan(source, MAX_ALLOWLIST_PATTERN_LENGTH)) {
    return { rule: 'pattern', message: `${name} is longer than ${MAX_ALLOWLIST_PATTERN_LENGTH} characters.` };
  }
  if (source === '') return { rule: 'pattern', message: `${name} is empty.` };
  const result = budget.compile(source);
  if (result === undefined) return undefined;
  if (result.kind === 'refused') return { rule: 'pattern', message: `${name} ${result.reason}.` };
  const reason = slashFault(result.pattern.automaton);
  return reason === undefined ? result.pattern : { rule: 'allowlist-pattern-reach', message: `${name} ${reason}.` };
}

function fault(rule: string, path: DocumentPath, message: string): Fault {
  return { rule, path, message };
}
