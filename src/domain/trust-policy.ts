import { claimTexts, type Claims, type ClaimValue } from './claims.ts';
import { quoted, type DocumentPath, type Fault } from './fault.ts';
import type { PublicJwk } from './inline-keys.ts';
import { issuerUrlFault, type IssuerUrlRules } from './issuer-url.ts';
import { MatchingSteps, type MatchingResult } from './pattern-matching.ts';
import {
  compileEffort,
  MAX_FOLDED_RANGES,
  MAX_POLICY_CLASS_NUMBERS,
  MAX_POLICY_FOLDED_RANGES,
  MAX_POLICY_INSTRUCTIONS,
  MAX_POLICY_PATTERN_CHARACTERS,
  MAX_POLICY_WIDE_CLASSES,
  MAX_PATTERN_LENGTH,
  MAX_WIDE_CLASSES,
  Pattern,
  type PatternResult,
} from './pattern.ts';
import { isOrganizationPermission, PermissionSet, type PolicyLevel } from './permission-set.ts';
import { isRepositoryName } from './scope.ts';

export type { PublicJwk };

/** At most so many repositories can be named in one token (GitHub REST, "Create an installation access token"). */
export const MAX_REPOSITORIES = 500;
export const MAX_CLAIM_PATTERNS = 100;

/** The fields of a policy file once its shape is checked. An empty string is absent, so none stands here. */
export interface PolicyFields {
  readonly issuer?: string;
  readonly issuerPattern?: string;
  readonly subject?: string;
  readonly subjectPattern?: string;
  readonly audience?: string;
  readonly audiencePattern?: string;
  readonly claimPatterns: ReadonlyMap<string, string>;
  readonly permissions: ReadonlyMap<string, string>;
  /** An empty list does not mean the same as no field: see `TrustPolicy.repositories`. */
  readonly repositories?: readonly string[];
  /** Extension: the issuer's keys inline. */
  readonly jwks?: readonly PublicJwk[];
  /** Extension: the token covers only the repository that the caller's own token names. */
  readonly callerRepositoryOnly: boolean;
  /** Extension: which of several Apps may mint. */
  readonly app?: string;
  readonly appPattern?: string;
}

/** What a policy may be depends on where it stands and on whose server the service works for. */
export interface PolicyContext extends IssuerUrlRules {
  readonly level: PolicyLevel;
  /** Whether an issuer is the configured GitHub server's own Actions issuer. */
  readonly isActionsIssuer: (issuer: string) => boolean;
  /** The operator's issuer list is set: inline keys would let a policy's author speak for any issuer on it. */
  readonly operatorListsIssuers: boolean;
}

export type CompiledPolicy =
  | { readonly kind: 'valid'; readonly policy: TrustPolicy }
  | { readonly kind: 'invalid'; readonly faults: readonly Fault[] };

export interface FieldVerdict {
  /** As in the file: `subject_pattern`, `claim_pattern.ref`. */
  readonly field: string;
  readonly expected: string;
  /** The claim as JSON text would show it; nothing where the token has no such claim. */
  readonly actual: string | undefined;
  readonly matched: boolean;
  /** Why the pattern was not tried to its end. Such a field never matches. */
  readonly untried?: Exclude<MatchingResult, 'matched' | 'unmatched'>;
}

export interface Verdict {
  readonly matched: boolean;
  /** Every field that was checked, mismatches included, in the order of the file format. */
  readonly fields: readonly FieldVerdict[];
}

/** Decides whether a text satisfies a field, exactly or as a pattern. */
type Matcher =
  { readonly kind: 'exact'; readonly value: string } | { readonly kind: 'pattern'; readonly pattern: Pattern };

interface Matchers {
  readonly issuer: Matcher;
  readonly subject: Matcher;
  readonly audience: Matcher | undefined;
  readonly claims: ReadonlyMap<string, Pattern>;
  readonly app: Matcher | undefined;
}

/** Who may exchange a token for what: an immutable, compiled policy. */
export class TrustPolicy {
  private constructor(
    readonly fields: PolicyFields,
    readonly permissions: PermissionSet,
    private readonly matchers: Matchers,
  ) {}

  /** Compiles fields into a policy, or names every fault in them, in the order of the file format. */
  static compile(fields: PolicyFields, context: PolicyContext): CompiledPolicy {
    const builder = new PolicyBuilder(fields, context);
    const matchers = builder.matchers();
    const permissions = PermissionSet.parse(fields.permissions, context.level);
    if (permissions.kind === 'invalid') builder.faults.push(...permissions.faults);
    builder.checkReach();
    if (permissions.kind === 'invalid' || matchers === undefined || builder.faults.length > 0) {
      return { kind: 'invalid', faults: builder.faults };
    }
    return { kind: 'valid', policy: new TrustPolicy(fields, permissions.permissions, matchers) };
  }

  /**
   * The repositories that a token covers, by name. An empty list means all that the installation sees. Nothing where
   * the file has no such field: then the scope decides, `owner` for all and `owner/repository` for that one alone.
   */
  get repositories(): readonly string[] | undefined {
    return this.fields.repositories;
  }

  get callerRepositoryOnly(): boolean {
    return this.fields.callerRepositoryOnly;
  }

  get inlineKeys(): readonly PublicJwk[] | undefined {
    return this.fields.jwks;
  }

  /** Names one issuer by its value, and not by a pattern that may fit any number of them. */
  get namesIssuerExactly(): boolean {
    return this.fields.issuer !== undefined;
  }

  /** Whether the policy names this issuer: asked before the issuer is contacted at all (CVE-2025-52477). */
  namesIssuer(issuer: string): boolean {
    return matching(this.matchers.issuer, [issuer], new MatchingSteps()) === 'matched';
  }

  /** Whether the App of this name may mint the token; without a pin any may. */
  admitsApp(name: string): boolean {
    return this.matchers.app === undefined || matching(this.matchers.app, [name], new MatchingSteps()) === 'matched';
  }

  get pinsApp(): boolean {
    return this.matchers.app !== undefined;
  }

  /**
   * Judges verified claims, every field of them, with one budget of steps for all patterns. It is spent in the order of
   * the file format, and what it does not reach does not match. So the verdict depends on policy and token alone.
   *
   * @param serviceAudiences the audiences that name this service, of which one is needed where the policy names none
   */
  judge(claims: Claims, serviceAudiences: readonly string[]): Verdict {
    const steps = new MatchingSteps();
    const fields = [
      this.judgeIssuer(claims, steps),
      this.judgeSubject(claims, steps),
      this.judgeAudience(claims, serviceAudiences, steps),
      ...[...this.matchers.claims].map(([name, pattern]) => judgeClaim(claims, name, pattern, steps)),
    ];
    return { matched: fields.every((field) => field.matched), fields };
  }

  private judgeIssuer(claims: Claims, steps: MatchingSteps): FieldVerdict {
    const { issuer } = this.matchers;
    return verdict('issuer', issuer, claims.get('iss'), matching(issuer, [claims.issuer], steps));
  }

  private judgeSubject(claims: Claims, steps: MatchingSteps): FieldVerdict {
    const usable = claims.subject;
    const { subject } = this.matchers;
    return verdict(
      'subject',
      subject,
      claims.get('sub'),
      matching(subject, usable === undefined ? [] : [usable], steps),
    );
  }

  private judgeAudience(claims: Claims, serviceAudiences: readonly string[], steps: MatchingSteps): FieldVerdict {
    const { audience } = this.matchers;
    const audiences = claims.audiences;
    if (audience !== undefined) {
      return verdict('audience', audience, claims.get('aud'), matching(audience, audiences, steps));
    }
    const matched = audiences.some((one) => serviceAudiences.includes(one));
    return { field: 'audience', expected: serviceAudiences[0] ?? '', actual: shown(claims.get('aud')), matched };
  }
}

function judgeClaim(claims: Claims, name: string, pattern: Pattern, steps: MatchingSteps): FieldVerdict {
  const value = claims.get(name);
  const result = pattern.matchAny(claimTexts(value), steps);
  return withResult({ field: `claim_pattern.${name}`, expected: pattern.source, actual: shown(value) }, result);
}

function verdict(
  field: string,
  matcher: Matcher,
  actual: ClaimValue | undefined,
  result: MatchingResult,
): FieldVerdict {
  const compared =
    matcher.kind === 'exact'
      ? { field, expected: matcher.value, actual: shown(actual) }
      : { field: `${field}_pattern`, expected: matcher.pattern.source, actual: shown(actual) };
  return withResult(compared, result);
}

function withResult(compared: Omit<FieldVerdict, 'matched' | 'untried'>, result: MatchingResult): FieldVerdict {
  if (result === 'too-long' || result === 'too-costly') return { ...compared, matched: false, untried: result };
  return { ...compared, matched: result === 'matched' };
}

function shown(value: ClaimValue | undefined): string | undefined {
  return typeof value === 'string' || value === undefined ? value : JSON.stringify(value);
}

function matching(matcher: Matcher, texts: readonly string[], steps: MatchingSteps): MatchingResult {
  if (matcher.kind === 'pattern') return matcher.pattern.matchAny(texts, steps);
  return texts.includes(matcher.value) ? 'matched' : 'unmatched';
}

function organizationOnlyFault(field: string): Fault {
  const message = `${field} is for policies in the organization's policy repository only.`;
  return { rule: 'organization-only', path: [field], message };
}

/** Collects every fault on the way, so that an author mends a file once. */
class PolicyBuilder {
  readonly faults: Fault[] = [];
  private instructions = 0;
  private classNumbers = 0;
  private wideClasses = 0;
  private foldedRanges = 0;
  private characters = 0;
  private readonly compiled = new Map<string, PatternResult>();
  private readonly fields: PolicyFields;
  private readonly context: PolicyContext;

  constructor(fields: PolicyFields, context: PolicyContext) {
    this.fields = fields;
    this.context = context;
  }

  /** @returns nothing if a required one is missing or any does not compile; the faults then say so */
  matchers(): Matchers | undefined {
    const { fields } = this;
    const issuer = this.oneOf('issuer', fields.issuer, fields.issuerPattern);
    this.checkIssuer();
    const subject = this.oneOf('subject', fields.subject, fields.subjectPattern);
    const audience = this.atMostOne('audience', fields.audience, fields.audiencePattern);
    const claims = this.claimPatterns();
    const app = this.atMostOne('app', fields.app, fields.appPattern);
    const excess = this.excess();
    if (excess !== undefined) this.fault('policy-cost', [], `The patterns together ${excess}.`);
    if (issuer === undefined || subject === undefined || this.faults.length > 0) return undefined;
    return { issuer, subject, audience, claims, app };
  }

  /** Rules on what the policy may reach: `repositories`, `caller_repository_only`, `jwks`. */
  checkReach(): void {
    const { fields, context } = this;
    if (context.level === 'repository') {
      if (fields.repositories !== undefined) this.organizationOnly('repositories');
      if (fields.callerRepositoryOnly) this.organizationOnly('caller_repository_only');
    }
    this.checkRepositories();
    if (fields.callerRepositoryOnly) this.checkCallerRepository();
    if (fields.jwks !== undefined) this.checkInlineKeys();
  }

  private checkIssuer(): void {
    const { issuer } = this.fields;
    if (issuer === undefined) return;
    const reason = issuerUrlFault(issuer, this.context);
    if (reason !== undefined) this.fault('issuer-url', ['issuer'], `issuer ${quoted(issuer)} ${reason}.`);
  }

  private checkRepositories(): void {
    const { repositories = [] } = this.fields;
    if (repositories.length > MAX_REPOSITORIES) {
      this.fault('repositories-too-many', ['repositories'], `repositories names more than ${MAX_REPOSITORIES}.`);
    }
    repositories.forEach((name, index) => {
      if (isRepositoryName(name)) return;
      const message = `${quoted(name)} is not the name of a repository (without its owner).`;
      this.fault('repository-name', ['repositories', index], message);
    });
  }

  /** An organization permission reaches beyond one repository, so the field could not keep its promise. */
  private checkCallerRepository(): void {
    for (const name of this.fields.permissions.keys()) {
      if (!isOrganizationPermission(name)) continue;
      const message = `${name} is an organization permission, which reaches beyond the one repository that caller_repository_only promises.`;
      this.fault('caller-repository-permission', ['permissions', name], message);
    }
  }

  private checkInlineKeys(): void {
    const { issuer, issuerPattern } = this.fields;
    if (issuerPattern !== undefined)
      this.fault('jwks-issuer-pattern', ['jwks'], 'jwks needs an exact issuer, not an issuer_pattern.');
    if (issuer !== undefined && this.resemblesActions(issuer)) {
      this.fault('jwks-actions-issuer', ['jwks'], "jwks can't stand in for GitHub Actions' own keys.");
    }
    if (this.context.operatorListsIssuers) {
      this.fault(
        'jwks-operator-list',
        ['jwks'],
        'jwks is not allowed here: the operator of this service lists the issuers.',
      );
    }
  }

  /**
   * Whether an issuer is that of GitHub Actions, stands below it or is another spelling of either. Keys of a policy's
   * author must not make tokens that anyone takes for GitHub's, and that isActionsIssuer, which is exact, lets pass.
   */
  private resemblesActions(issuer: string): boolean {
    const [scheme = '', , host = '', ...path] = issuer.toLowerCase().split('/');
    const names = path.filter((name) => name !== '' && name !== '.');
    return [host, host.replace(/:\d+$/, '')].some((authority) =>
      [...names, ''].some((_, length) =>
        this.context.isActionsIssuer([scheme, '', authority, ...names.slice(0, length)].join('/')),
      ),
    );
  }

  private oneOf(name: string, exact: string | undefined, pattern: string | undefined): Matcher | undefined {
    if (exact === undefined && pattern === undefined) {
      this.fault(`${name}-missing`, [], `A policy needs ${name} or ${name}_pattern.`);
      return undefined;
    }
    return this.atMostOne(name, exact, pattern);
  }

  private atMostOne(name: string, exact: string | undefined, pattern: string | undefined): Matcher | undefined {
    if (exact !== undefined && pattern !== undefined) {
      this.fault(`${name}-both`, [`${name}_pattern`], `${name} and ${name}_pattern exclude each other.`);
    }
    const compiled = pattern === undefined ? undefined : this.compile(pattern, [`${name}_pattern`]);
    if (compiled !== undefined) return { kind: 'pattern', pattern: compiled };
    return exact === undefined ? undefined : { kind: 'exact', value: exact };
  }

  private claimPatterns(): ReadonlyMap<string, Pattern> {
    const { claimPatterns } = this.fields;
    if (claimPatterns.size > MAX_CLAIM_PATTERNS) {
      this.fault('claim-patterns-too-many', ['claim_pattern'], `claim_pattern holds more than ${MAX_CLAIM_PATTERNS}.`);
      return new Map();
    }
    const compiled = new Map<string, Pattern>();
    for (const [name, source] of claimPatterns) {
      const pattern = this.compile(source, ['claim_pattern', name]);
      if (pattern !== undefined) compiled.set(name, pattern);
    }
    return compiled;
  }

  /** What the patterns so far have too much of. */
  private excess(): string | undefined {
    if (this.instructions > MAX_POLICY_INSTRUCTIONS) return `cost more than ${MAX_POLICY_INSTRUCTIONS} instructions`;
    if (this.wideClasses > MAX_POLICY_WIDE_CLASSES)
      return `have more than ${MAX_POLICY_WIDE_CLASSES} character classes beyond ASCII such as \\p{L}`;
    if (this.classNumbers > MAX_POLICY_CLASS_NUMBERS)
      return `have character classes of more than ${MAX_POLICY_CLASS_NUMBERS} numbers, as those such as \\p{L} are`;
    if (this.foldedRanges > MAX_POLICY_FOLDED_RANGES)
      return `have more than ${MAX_POLICY_FOLDED_RANGES} ranges in classes that ignore case`;
    if (this.characters > MAX_POLICY_PATTERN_CHARACTERS)
      return `are longer than ${MAX_POLICY_PATTERN_CHARACTERS} characters`;
    return undefined;
  }

  private compile(source: string, path: DocumentPath): Pattern | undefined {
    // A policy that costs too much already is not compiled further: else its author could make us try a hundred patterns.
    if (this.excess() !== undefined) return undefined;
    this.countText(source);
    if (this.excess() !== undefined) return undefined;
    // What stands in several fields is compiled once, and counts in each of them.
    const result = this.compiled.get(source) ?? Pattern.compile(source);
    this.compiled.set(source, result);
    if (result.kind === 'refused') {
      this.refusePattern(result, path);
      if (result.costly) this.instructions += MAX_POLICY_INSTRUCTIONS / 2;
      return undefined;
    }
    this.instructions += result.pattern.instructions;
    this.classNumbers += result.pattern.classNumbers;
    return result.pattern;
  }

  /** Counted before compiling, which takes time even if it fails. A pattern that is too big alone is not compiled. */
  private countText(source: string): void {
    this.characters += Math.min(source.length, MAX_PATTERN_LENGTH);
    const { wideClasses, foldedRanges } = compileEffort(source);
    if (wideClasses <= MAX_WIDE_CLASSES) this.wideClasses += wideClasses;
    if (foldedRanges <= MAX_FOLDED_RANGES) this.foldedRanges += foldedRanges;
  }

  private refusePattern({ reason, advice }: { reason: string; advice?: string }, path: DocumentPath): void {
    const [field = '', name] = path;
    const subject = name === undefined ? String(field) : `${field} for ${quoted(String(name))}`;
    const fault = { rule: 'pattern', path, message: `${subject} ${reason}.` };
    this.faults.push(advice === undefined ? fault : { ...fault, advice });
  }

  private organizationOnly(field: string): void {
    this.faults.push(organizationOnlyFault(field));
  }

  private fault(rule: string, path: DocumentPath, message: string): void {
    this.faults.push({ rule, path, message });
  }
}
