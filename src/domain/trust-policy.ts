import { claimTexts, type Claims, type ClaimValue } from './claims.ts';
import { quoted, type DocumentPath, type Fault } from './fault.ts';
import type { PublicJwk } from './inline-keys.ts';
import { issuerUrlFault, type IssuerUrlRules } from './issuer-url.ts';
import { MatchingSteps, type MatchingResult } from './pattern-matching.ts';
import { compiledIn, PatternBudget, POLICY_PATTERN_LIMITS } from './pattern-budget.ts';
import type { Pattern } from './pattern.ts';
import {
  isOrganizationPermission,
  PermissionSet,
  type PermissionCeilings,
  type PolicyLevel,
} from './permission-set.ts';
import { isRepositoryName } from './scope.ts';

export type { PublicJwk };

/** At most so many repositories can be named in one token (GitHub REST, "Create an installation access token"). */
export const MAX_REPOSITORIES = 500;
export const MAX_CLAIM_PATTERNS = 100;
/** Entries of `subjects` or `subject_patterns`. */
export const MAX_SUBJECTS = 50;

/** The fields of a policy file once its shape is checked. An empty string is absent, so none stands here. */
export interface PolicyFields {
  readonly issuer?: string;
  readonly issuerPattern?: string;
  readonly subject?: string;
  readonly subjectPattern?: string;
  /** Extension: several subjects, of which one must match. */
  readonly subjects?: readonly string[];
  readonly subjectPatterns?: readonly string[];
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

/** The subjects that a policy names, exactly or as patterns: one, or those of its list. */
export function subjectsOf({ subject, subjectPattern, subjects, subjectPatterns }: PolicyFields): readonly string[] {
  const single = [subject, subjectPattern].filter((one) => one !== undefined);
  return [...single, ...(subjects ?? []), ...(subjectPatterns ?? [])];
}

/** What a policy may be depends on where it stands and on whose server the service works for. */
export interface PolicyContext extends IssuerUrlRules {
  readonly level: PolicyLevel;
  /** Whether an issuer is the configured GitHub server's own Actions issuer. */
  readonly isActionsIssuer: (issuer: string) => boolean;
  /** The operator's issuer list is set: inline keys would let a policy's author speak for any issuer on it. */
  readonly operatorListsIssuers: boolean;
  /** Organization permissions that guardrails leave to a repository's policy beyond `read`; none unless given. */
  readonly organizationPermissions?: PermissionCeilings | undefined;
}

export type CompiledPolicy =
  | { readonly kind: 'valid'; readonly policy: TrustPolicy }
  | { readonly kind: 'invalid'; readonly faults: readonly Fault[] };

export interface FieldVerdict {
  /** As in the file: `subject_pattern`, `claim_pattern.ref`. */
  readonly field: string;
  /** For a list (`subjects`): the entry that matched; where none did, the whole list as JSON text. */
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

/** One matcher, or a list of them, of which one must match. `field`: its name in the file. */
type SubjectMatcher =
  | { readonly kind: 'single'; readonly matcher: Matcher }
  | { readonly kind: 'list'; readonly field: 'subjects' | 'subject_patterns'; readonly matchers: readonly Matcher[] };

interface Matchers {
  readonly issuer: Matcher;
  readonly subject: SubjectMatcher;
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
    /** All of its patterns, by their texts. */
    readonly patterns: ReadonlyMap<string, Pattern>,
  ) {}

  /** Compiles fields into a policy, or names every fault in them, in the order of the file format. */
  static compile(fields: PolicyFields, context: PolicyContext): CompiledPolicy {
    const builder = new PolicyBuilder(fields, context);
    const matchers = builder.matchers();
    const permissions = PermissionSet.parse(fields.permissions, context.level, context.organizationPermissions);
    if (permissions.kind === 'invalid') builder.faults.push(...permissions.faults);
    builder.checkReach();
    if (permissions.kind === 'invalid' || matchers === undefined || builder.faults.length > 0) {
      return { kind: 'invalid', faults: builder.faults };
    }
    return { kind: 'valid', policy: new TrustPolicy(fields, permissions.permissions, matchers, builder.patterns) };
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
    const texts = usable === undefined ? [] : [usable];
    const { subject } = this.matchers;
    const actual = claims.get('sub');
    return subject.kind === 'single'
      ? verdict('subject', subject.matcher, actual, matching(subject.matcher, texts, steps))
      : listVerdict(subject.field, subject.matchers, actual, (matcher) => matching(matcher, texts, steps));
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

/** The entries of a list are tried in its order, up to the first that matches. */
function listVerdict(
  field: string,
  matchers: readonly Matcher[],
  actual: ClaimValue | undefined,
  match: (matcher: Matcher) => MatchingResult,
): FieldVerdict {
  let worst: MatchingResult = 'unmatched';
  for (const matcher of matchers) {
    const result = match(matcher);
    if (result === 'matched') return { field, expected: sourceOf(matcher), actual: shown(actual), matched: true };
    if (result !== 'unmatched') worst = result;
  }
  return withResult({ field, expected: JSON.stringify(matchers.map(sourceOf)), actual: shown(actual) }, worst);
}

function sourceOf(matcher: Matcher): string {
  return matcher.kind === 'exact' ? matcher.value : matcher.pattern.source;
}

function withResult(compared: Omit<FieldVerdict, 'matched' | 'untried'>, result: MatchingResult): FieldVerdict {
  if (result === 'too-long' || result === 'too-costly') return { ...compared, matched: false, untried: result };
  return { ...compared, matched: result === 'matched' };
}

function shown(value: ClaimValue | undefined): string | undefined {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function matching(matcher: Matcher, texts: readonly string[], steps: MatchingSteps): MatchingResult {
  if (matcher.kind === 'pattern') return matcher.pattern.matchAny(texts, steps);
  return texts.includes(matcher.value) ? 'matched' : 'unmatched';
}

/** As messages call it: a field, an entry of a list, or a claim. */
function patternName(field: string | number, name: string | number | undefined): string {
  if (name === undefined) return String(field);
  return typeof name === 'number' ? `Item ${name + 1} of ${field}` : `${field} for ${quoted(name)}`;
}

function organizationOnlyFault(field: string): Fault {
  const message = `${field} is for policies in the organization's policy repository only.`;
  return { rule: 'organization-only', path: [field], message };
}

/** Collects every fault on the way, so that an author mends a file once. */
class PolicyBuilder {
  readonly faults: Fault[] = [];
  private readonly budget = new PatternBudget(POLICY_PATTERN_LIMITS);
  private readonly fields: PolicyFields;
  private readonly context: PolicyContext;

  constructor(fields: PolicyFields, context: PolicyContext) {
    this.fields = fields;
    this.context = context;
  }

  get patterns(): ReadonlyMap<string, Pattern> {
    return compiledIn(this.budget.tried);
  }

  /** @returns nothing if a required one is missing; the faults then say so, as they do of one that does not compile */
  matchers(): Matchers | undefined {
    const { fields } = this;
    const issuer = this.oneOf('issuer', fields.issuer, fields.issuerPattern);
    this.checkIssuer();
    const subject = this.subject();
    const audience = this.atMostOne('audience', fields.audience, fields.audiencePattern);
    const claims = this.claimPatterns();
    const app = this.atMostOne('app', fields.app, fields.appPattern);
    const excess = this.budget.excess();
    if (excess !== undefined) this.fault('policy-cost', [], `The patterns together ${excess}.`);
    if (issuer === undefined || subject === undefined) return undefined;
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
      return;
    }
    repositories.forEach((name, index) => {
      if (isRepositoryName(name)) return;
      const message = `${quoted(name)} is not the name of a repository (without its owner).`;
      this.faults.push({ rule: 'repository-name', path: ['repositories', index], message, ...repositoryAdvice(name) });
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

  /** Exactly one of four fields. */
  private subject(): SubjectMatcher | undefined {
    const { subject, subjectPattern, subjects, subjectPatterns } = this.fields;
    const given = Object.entries({
      subject,
      subject_pattern: subjectPattern,
      subjects,
      subject_patterns: subjectPatterns,
    }).flatMap(([name, value]) => (value === undefined ? [] : [name]));
    const [first, ...others] = given;
    if (first === undefined) {
      const message = 'A policy needs subject, subject_pattern, subjects or subject_patterns.';
      this.fault('subject-missing', [], message);
    }
    for (const name of others) this.fault('subject-both', [name], `${first} and ${name} exclude each other.`);
    const patterns = subjectPatterns === undefined ? undefined : this.subjectList('subject_patterns', subjectPatterns);
    const exact = subjects === undefined ? undefined : this.subjectList('subjects', subjects);
    const list = exact ?? patterns;
    if (list !== undefined) return list;
    const matcher = this.matcher('subject', subject, subjectPattern);
    return matcher === undefined ? undefined : { kind: 'single', matcher };
  }

  private subjectList(field: 'subjects' | 'subject_patterns', entries: readonly string[]): SubjectMatcher | undefined {
    if (entries.length === 0) this.fault('subjects-empty', [field], `${field} must have at least one entry.`);
    if (entries.length > MAX_SUBJECTS) {
      this.fault('subjects-too-many', [field], `${field} holds more than ${MAX_SUBJECTS}.`);
      return undefined;
    }
    entries.forEach((entry, index) => {
      const at = [field, index];
      if (entry === '') this.fault('subjects-empty', at, `Item ${index + 1} of ${field} is empty.`);
      else if (entries.indexOf(entry) < index)
        this.fault('subjects-duplicate', at, `${quoted(entry)} stands twice in ${field}.`);
    });
    const matchers = entries.map((entry, index) => this.listed(field, entry, index));
    return { kind: 'list', field, matchers: matchers.filter((one) => one !== undefined) };
  }

  private listed(field: 'subjects' | 'subject_patterns', entry: string, index: number): Matcher | undefined {
    if (field === 'subjects') return { kind: 'exact', value: entry };
    const pattern = this.compile(entry, [field, index]);
    return pattern === undefined ? undefined : { kind: 'pattern', pattern };
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
    return this.matcher(name, exact, pattern);
  }

  private matcher(name: string, exact: string | undefined, pattern: string | undefined): Matcher | undefined {
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

  private compile(source: string, path: DocumentPath): Pattern | undefined {
    const result = this.budget.compile(source);
    if (result?.kind === 'compiled') return result.pattern;
    if (result !== undefined) this.refusePattern(result, path);
    return undefined;
  }

  private refusePattern({ reason, advice }: { reason: string; advice?: string }, path: DocumentPath): void {
    const [field = '', name] = path;
    const fault = { rule: 'pattern', path, message: `${patternName(field, name)} ${reason}.` };
    this.faults.push(advice === undefined ? fault : { ...fault, advice });
  }

  private organizationOnly(field: string): void {
    this.faults.push(organizationOnlyFault(field));
  }

  private fault(rule: string, path: DocumentPath, message: string): void {
    this.faults.push({ rule, path, message });
  }
}

const ALL_REPOSITORIES = 'For all that the App sees leave repositories out; there are no patterns here.';

/** For what is no repository's name: the name within an address or after an owner. */
function repositoryAdvice(text: string): { readonly advice?: string } {
  if (text.includes('*')) return { advice: ALL_REPOSITORIES };
  const whole = text.endsWith('/') ? text.slice(0, -1) : text;
  const last = whole.slice(whole.lastIndexOf('/') + 1);
  const name = last.endsWith('.git') ? last.slice(0, -'.git'.length) : last;
  return isRepositoryName(name) ? { advice: `Write: - ${name}` } : {};
}
