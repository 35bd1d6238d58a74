import { nearestName } from './edit-distance.ts';
import { quoted, type DocumentPath, type Fault } from './fault.ts';
import { listedIssuerFault, type IssuerUrlRules } from './issuer-url.ts';
import { PatternBudget, POLICY_PATTERN_LIMITS } from './pattern-budget.ts';
import { admitsOnly } from './pattern-language.ts';
import { MatchingSteps } from './pattern-matching.ts';
import { Pattern } from './pattern.ts';
import { isWithinCeiling, parseCeilings, type PermissionCeilings, type PolicyLevel } from './permission-set.ts';
import type { PolicyFields } from './trust-policy.ts';

/** Of all lists of patterns together. */
export const MAX_GUARDRAIL_PATTERNS = 64;
export const MAX_GUARDRAIL_ISSUERS = 64;
/** A year. A policy's own bound on a token's life is the operator's, `MAX_TOKEN_LIFETIME_SECONDS`. */
export const MAX_GUARDRAIL_LIFETIME_SECONDS = 31_536_000;

/** Within so many edits a name of `deny` is told as the one that was meant. */
const MAX_NAME_EDITS = 2;

export const GUARDRAIL_MODES = ['enforce', 'audit'] as const;
/** `enforce` refuses what is outside; `audit` only has it recorded. */
export type GuardrailMode = (typeof GUARDRAIL_MODES)[number];

/** The fields of `guardrails.yaml` once their types are checked. */
export interface GuardrailFields {
  readonly mode?: string;
  readonly organizationOnly?: readonly string[];
  readonly repositoryPolicies?: RepositoryPolicyFields;
  readonly deny?: readonly string[];
  /** As written. */
  readonly maxTokenLifetimeSeconds?: string;
}

export interface RepositoryPolicyFields {
  /** An empty map leaves nothing to repositories. */
  readonly permissions?: ReadonlyMap<string, string>;
  /** An empty list leaves no issuer to repositories. */
  readonly issuers?: readonly string[];
  readonly sameOwnerOnly?: boolean;
}

export interface GuardrailRules extends IssuerUrlRules {
  /** The names of all findings of the linter. */
  readonly lintRules: readonly string[];
}

export type CompiledGuardrails =
  | { readonly kind: 'valid'; readonly guardrails: Guardrails }
  | { readonly kind: 'invalid'; readonly faults: readonly Fault[] };

/** A policy file, as guardrails judge it. */
export interface GuardedPolicy {
  readonly identity: string;
  /** Every policy in the policy repository is an organization's. */
  readonly level: PolicyLevel;
  readonly fields: PolicyFields;
  /** Its patterns that are compiled, by their texts. */
  readonly patterns: ReadonlyMap<string, Pattern>;
  /** The linter's findings about the file. */
  readonly doubts: readonly Fault[];
}

/** A token whose signature and claims are verified, and that matches the policy. */
export interface GuardedToken {
  readonly level: PolicyLevel;
  /** Whether GitHub itself says that this is a workflow of the account that the policy belongs to, by its id. */
  readonly isOfOwnWorkflow: boolean;
  /** How long it is valid in all; nothing where it does not say. */
  readonly lifetimeSeconds: number | undefined;
}

/** What of a token is outside, in words for its holder. */
export interface TokenFault {
  readonly rule: string;
  readonly message: string;
}

interface Rules {
  readonly organizationOnly: readonly Pattern[];
  readonly permissions: PermissionCeilings | undefined;
  readonly issuers: ReadonlySet<string> | undefined;
  readonly sameOwnerOnly: boolean;
  readonly denied: ReadonlySet<string>;
  readonly maxTokenLifetimeSeconds: number | undefined;
}

/** What an organization lets its repositories decide: an immutable, compiled file. */
export class Guardrails {
  private constructor(
    readonly mode: GuardrailMode,
    private readonly rules: Rules,
  ) {}

  /** Compiles fields into guardrails, or names every fault in them. */
  static compile(fields: GuardrailFields, rules: GuardrailRules): CompiledGuardrails {
    const builder = new GuardrailsBuilder(fields, rules);
    const compiled = builder.rules();
    if (builder.faults.length > 0) return { kind: 'invalid', faults: builder.faults };
    const mode = fields.mode === 'audit' ? 'audit' : 'enforce';
    return { kind: 'valid', guardrails: new Guardrails(mode, compiled) };
  }

  /**
   * Organization permissions that policies of repositories may ask for beyond `read`. Auditing guardrails change no
   * exchange, so they allow none either.
   */
  get organizationPermissions(): PermissionCeilings | undefined {
    return this.mode === 'enforce' ? this.rules.permissions : undefined;
  }

  /** Findings of the linter that make a policy invalid here; without any the linter need not run. */
  get denied(): ReadonlySet<string> {
    return this.rules.denied;
  }

  /** What of a policy is outside, each at its place in the file. */
  judgePolicy(policy: GuardedPolicy): readonly Fault[] {
    const ofRepository =
      policy.level === 'repository'
        ? [...this.identityFaults(policy), ...this.permissionFaults(policy), ...this.issuerFaults(policy)]
        : [];
    return [...ofRepository, ...this.deniedFaults(policy)];
  }

  judgeToken({ level, isOfOwnWorkflow, lifetimeSeconds }: GuardedToken): readonly TokenFault[] {
    const { sameOwnerOnly, maxTokenLifetimeSeconds: most } = this.rules;
    const faults: TokenFault[] = [];
    if (sameOwnerOnly && level === 'repository' && !isOfOwnWorkflow) {
      const message = "The organization's guardrails take only tokens of its own GitHub Actions workflows here.";
      faults.push({ rule: 'guardrail-same-owner', message });
    }
    // Asked this way round, a lifetime that is no number is refused too.
    if (most !== undefined && !(lifetimeSeconds !== undefined && lifetimeSeconds <= most)) {
      const message = `The token is valid for longer than the ${most} seconds of the organization's guardrails.`;
      faults.push({ rule: 'guardrail-token-lifetime', message });
    }
    return faults;
  }

  private identityFaults({ identity }: GuardedPolicy): readonly Fault[] {
    const steps = new MatchingSteps();
    // What is too costly to decide is reserved: else a long name would be a way around it.
    const pattern = this.rules.organizationOnly.find((one) => one.matchAny([identity], steps) !== 'unmatched');
    if (pattern === undefined) return [];
    const message = `Only the organization's policy repository may define the identity ${quoted(identity)}: its guardrails reserve ${quoted(pattern.source)}.`;
    const advice = 'Give the identity another name, or move the policy there.';
    return [{ rule: 'guardrail-organization-only', path: [], message, advice }];
  }

  private permissionFaults({ fields }: GuardedPolicy): readonly Fault[] {
    const { permissions: ceilings } = this.rules;
    if (ceilings === undefined) return [];
    return [...fields.permissions]
      .filter(([name, level]) => !isImplicit(name, level) && !isWithinCeiling(ceilings, name, level))
      .map(([name, level]) => {
        const most = ceilings.get(name);
        const message =
          most === undefined
            ? `The organization's guardrails do not leave ${quoted(name)} to policies of repositories.`
            : `The organization's guardrails leave no more than ${name}: ${most} to policies of repositories, not ${quoted(level)}.`;
        return { rule: 'guardrail-permission', path: ['permissions', name], message, advice: PERMISSION_ADVICE };
      });
  }

  private issuerFaults({ fields, patterns }: GuardedPolicy): readonly Fault[] {
    const { issuers } = this.rules;
    if (issuers === undefined) return [];
    const { issuer, issuerPattern } = fields;
    if (issuer !== undefined && !issuers.has(issuer)) {
      const message = `The organization's guardrails do not leave the issuer ${quoted(issuer)} to policies of repositories.`;
      return [{ rule: 'guardrail-issuer', path: ['issuer'], message }];
    }
    if (issuerPattern === undefined || takesOnly(issuerPattern, patterns, issuers)) return [];
    const message =
      "issuer_pattern admits more issuers than the organization's guardrails leave to policies of repositories.";
    const advice = 'Name the one that is meant with issuer.';
    return [{ rule: 'guardrail-issuer', path: ['issuer_pattern'], message, advice }];
  }

  private deniedFaults({ doubts }: GuardedPolicy): readonly Fault[] {
    return doubts
      .filter(({ rule }) => this.rules.denied.has(rule))
      .map(({ rule, path, message, advice }) => ({
        rule: 'guardrail-deny',
        path,
        message: `The organization's guardrails deny ${rule}: ${message}`,
        ...(advice === undefined ? {} : { advice }),
      }));
  }
}

const PERMISSION_ADVICE = "Leave it out, or grant it in a policy of the organization's policy repository.";

/** `metadata: read` is in every token that GitHub makes, whatever was asked for. */
function isImplicit(name: string, level: string): boolean {
  return name === 'metadata' && level === 'read';
}

function takesOnly(source: string, patterns: ReadonlyMap<string, Pattern>, issuers: ReadonlySet<string>): boolean {
  const pattern = patterns.get(source) ?? compiledAlone(source);
  return pattern !== undefined && admitsOnly(pattern.automaton, [...issuers], new MatchingSteps());
}

/** Of a policy that is invalid for something else. */
function compiledAlone(source: string): Pattern | undefined {
  const result = Pattern.compile(source);
  return result.kind === 'compiled' ? result.pattern : undefined;
}

/** What is known of an organization's guardrails. Age, and GitHub being unavailable, are settled before this is made. */
export type GuardrailsReading =
  | { readonly kind: 'absent' }
  /** Every App of the pool was refused the policy repository. */
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'present'; readonly guardrails: Guardrails }
  | { readonly kind: 'invalid' };

/** The guardrails that hold, where there are any. */
export function guardrailsOf(reading: GuardrailsReading): Guardrails | undefined {
  return reading.kind === 'present' ? reading.guardrails : undefined;
}

/** Collects every fault on the way, so that an author mends a file once. */
class GuardrailsBuilder {
  readonly faults: Fault[] = [];
  private readonly budget = new PatternBudget(POLICY_PATTERN_LIMITS);

  constructor(
    private readonly fields: GuardrailFields,
    private readonly known: GuardrailRules,
  ) {}

  rules(): Rules {
    const { repositoryPolicies = {}, deny = [] } = this.fields;
    this.checkMode();
    const organizationOnly = this.organizationOnly();
    const permissions = this.permissions(repositoryPolicies.permissions);
    const issuers = this.issuers(repositoryPolicies.issuers);
    this.checkDeny(deny);
    const maxTokenLifetimeSeconds = this.lifetime();
    const rules = {
      organizationOnly,
      permissions,
      issuers,
      sameOwnerOnly: repositoryPolicies.sameOwnerOnly ?? false,
      denied: new Set(deny),
      maxTokenLifetimeSeconds,
    };
    this.checkEffect();
    return rules;
  }

  private checkMode(): void {
    const { mode } = this.fields;
    if (mode === undefined || GUARDRAIL_MODES.some((one) => one === mode)) return;
    this.fault('guardrails-mode', ['mode'], `mode can be ${GUARDRAIL_MODES.join(' or ')}, not ${quoted(mode)}.`);
  }

  /** Whoever writes a file that restrains nobody believes that it does. */
  private checkEffect(): void {
    const { organizationOnly = [], repositoryPolicies, deny = [], maxTokenLifetimeSeconds } = this.fields;
    const { permissions, issuers, sameOwnerOnly = false } = repositoryPolicies ?? {};
    const restrains = [permissions, issuers, maxTokenLifetimeSeconds].some((one) => one !== undefined);
    if (restrains || sameOwnerOnly || organizationOnly.length + deny.length > 0) return;
    const message =
      'The file restrains nobody: it needs organization_only, repository_policies, deny or max_token_lifetime_seconds.';
    this.fault('guardrails-empty', [], message);
  }

  private organizationOnly(): readonly Pattern[] {
    const { organizationOnly: sources = [] } = this.fields;
    if (sources.length > MAX_GUARDRAIL_PATTERNS) {
      const message = `organization_only holds more than ${MAX_GUARDRAIL_PATTERNS} patterns.`;
      this.fault('guardrails-too-many', ['organization_only'], message);
      return [];
    }
    const patterns = sources.map((source, index) => this.pattern(source, index));
    const excess = this.budget.excess();
    if (excess !== undefined) this.fault('policy-cost', ['organization_only'], `The patterns together ${excess}.`);
    return patterns.filter((one) => one !== undefined);
  }

  private pattern(source: string, index: number): Pattern | undefined {
    const name = `Item ${index + 1} of organization_only`;
    const path = ['organization_only', index];
    if (source === '') {
      this.fault('pattern', path, `${name} is empty.`);
      return undefined;
    }
    const result = this.budget.compile(source);
    if (result?.kind === 'compiled') return result.pattern;
    if (result !== undefined) {
      const { reason, advice } = result;
      this.faults.push({ rule: 'pattern', path, message: `${name} ${reason}.`, ...(advice && { advice }) });
    }
    return undefined;
  }

  private permissions(entries: ReadonlyMap<string, string> | undefined): PermissionCeilings | undefined {
    if (entries === undefined) return undefined;
    const { ceilings, faults } = parseCeilings(entries);
    this.faults.push(...faults.map((one) => ({ ...one, path: ['repository_policies', ...one.path] })));
    return ceilings;
  }

  private issuers(issuers: readonly string[] | undefined): ReadonlySet<string> | undefined {
    if (issuers === undefined) return undefined;
    const path = ['repository_policies', 'issuers'];
    if (issuers.length > MAX_GUARDRAIL_ISSUERS) {
      this.fault('guardrails-too-many', path, `issuers names more than ${MAX_GUARDRAIL_ISSUERS}.`);
    }
    issuers.forEach((issuer, index) => {
      const reason = listedIssuerFault(issuer, this.known);
      if (reason !== undefined) this.fault('issuer-url', [...path, index], `Issuer ${quoted(issuer)} ${reason}.`);
    });
    return new Set(issuers);
  }

  private checkDeny(deny: readonly string[]): void {
    if (deny.length > this.known.lintRules.length) {
      this.fault('guardrails-too-many', ['deny'], 'deny holds more than the linter has findings.');
      return;
    }
    deny.forEach((rule, index) => {
      if (this.known.lintRules.includes(rule)) return;
      const near = nearestName(rule.trim().toLowerCase().replaceAll('_', '-'), this.known.lintRules, MAX_NAME_EDITS);
      const hint = near === undefined ? '' : ` Did you mean ${near}?`;
      this.fault('guardrails-deny-unknown', ['deny', index], `The linter has no finding ${quoted(rule)}.${hint}`);
    });
  }

  private lifetime(): number | undefined {
    const { maxTokenLifetimeSeconds: text } = this.fields;
    if (text === undefined) return undefined;
    const seconds = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : Infinity;
    if (seconds <= MAX_GUARDRAIL_LIFETIME_SECONDS) return seconds;
    const message = `max_token_lifetime_seconds must be a whole number from 1 to ${MAX_GUARDRAIL_LIFETIME_SECONDS}, not ${quoted(text)}.`;
    this.fault('guardrails-lifetime', ['max_token_lifetime_seconds'], message);
    return undefined;
  }

  private fault(rule: string, path: DocumentPath, message: string): void {
    this.faults.push({ rule, path, message });
  }
}
