import { inject, injectable } from 'tsyringe';
import type { Installation } from '../domain/apps.ts';
import { quoted } from '../domain/fault.ts';
import { decideAllowlist, inlineKeysAdmitted, type AllowlistDecision } from '../domain/issuer-allowlist.ts';
import { narrow, type Grant, type Narrowing, type RepositorySelection } from '../domain/narrowing.ts';
import { isOrganizationLevel, policyPath, policyRepository } from '../domain/policy-location.ts';
import { sameName, scopeText, type Scope } from '../domain/scope.ts';
import type { TrustPolicy, Verdict } from '../domain/trust-policy.ts';
import { explainMismatch, explainNotes } from './explanation.ts';
import { recordedRefusal, type ExchangeEvent, type ExchangeFacts } from './exchange-event.ts';
import { EXCHANGE_RULES, type ExchangeRules } from './exchange-rules.ts';
import { FindPolicy, type FoundPolicies } from './find-policy.ts';
import { MintGrant, type MintedGrant } from './mint-grant.ts';
import { AFTER_ANSWER, type AfterAnswer } from './ports/after-answer.ts';
import { AUDIT_LOG, type AuditLog } from './ports/audit-log.ts';
import { BRANCH_SIGHTINGS, type BranchSightings } from './ports/branch-sightings.ts';
import { CLOCK, type Clock } from './ports/clock.ts';
import type { PolicyReading } from './ports/policy-source.ts';
import type { UnverifiedToken } from './ports/token-decoder.ts';
import { ProveCaller, type ProvenCaller } from './prove-caller.ts';
import { Refusal, veiled, type Explanation, type RefusalKind } from './refusal.ts';
import { RequestAllowance } from './request-allowance.ts';

export interface ExchangeRequest {
  readonly requestId: string;
  /** The OIDC token, a compact JWS. */
  readonly token: string;
  readonly scope: Scope;
  readonly identity: string;
  readonly narrowing: Narrowing;
  readonly userAgent?: string;
  readonly clientAddress?: string;
}

export interface ExchangeGrant {
  /** The GitHub installation token: opaque, of any length. */
  readonly secret: string;
  /** RFC 3339, as GitHub wrote it. */
  readonly expiresAt: string;
  /** As GitHub granted them. */
  readonly permissions: Readonly<Record<string, string>>;
  /** As they were asked of GitHub, without the implicit `metadata`. */
  readonly askedPermissions: Readonly<Record<string, string>>;
}

/** One attempt on its way: what was asked, what is known of the caller by now, and what the audit event will say. */
interface Attempt {
  readonly request: ExchangeRequest;
  readonly facts: ExchangeFacts;
  caller?: ProvenCaller;
  installation?: Installation;
}

/** Exchanges a workload's OIDC token for a GitHub token that holds what a trust policy grants (docs/architecture.md). */
@injectable()
export class ExchangeToken {
  constructor(
    @inject(EXCHANGE_RULES) private readonly rules: ExchangeRules,
    @inject(ProveCaller) private readonly proveCaller: ProveCaller,
    @inject(FindPolicy) private readonly findPolicy: FindPolicy,
    @inject(MintGrant) private readonly mintGrant: MintGrant,
    @inject(RequestAllowance) private readonly allowance: RequestAllowance,
    @inject(AUDIT_LOG) private readonly auditLog: AuditLog,
    @inject(AFTER_ANSWER) private readonly afterAnswer: AfterAnswer,
    @inject(CLOCK) private readonly clock: Clock,
    @inject(BRANCH_SIGHTINGS) private readonly sightings: BranchSightings,
  ) {}

  /** @throws Refusal for every expected outcome that is not a grant */
  async execute(request: ExchangeRequest): Promise<ExchangeGrant> {
    const attempt: Attempt = { request, facts: {} };
    const startedAt = this.clock.now();
    this.allowance.comesFrom({ owner: request.scope.owner, clientAddress: request.clientAddress });
    try {
      const grant = await this.attempt(attempt);
      this.record(attempt, startedAt, { outcome: 'granted' }, grant.secret);
      return grant;
    } catch (error) {
      if (!(error instanceof Refusal)) {
        this.record(attempt, startedAt, {
          outcome: 'refused',
          refusal: { kind: 'internal_error', detail: 'a bug: see the log' },
        });
        throw error;
      }
      this.settle(error);
      this.record(attempt, startedAt, { outcome: 'refused', refusal: recordedRefusal(error) });
      throw this.forCaller(error, attempt);
    } finally {
      this.allowance.end();
    }
  }

  private async attempt(attempt: Attempt): Promise<ExchangeGrant> {
    const { scope, identity, token: compact } = attempt.request;
    const token = this.proveCaller.read(compact);
    attempt.facts.issuer = token.issuer;
    this.nowProven(attempt, await this.proveCaller.early(token));
    if (attempt.caller === undefined && (await this.proveCaller.presumably(token))) this.allowance.presumeOutsider();
    const found = await this.findPolicies(attempt, scope, identity);
    const decision = this.decideIssuer(attempt, found, token.issuer);
    const policy = await this.requirePolicy(attempt, found, token.issuer);
    const caller = await this.proveForPolicy(attempt, token, policy, decision);
    this.requireMatch(attempt, policy, caller);
    this.allowance.admit();
    const grant = this.narrowed(attempt, this.granted(attempt, found, policy, caller));
    return this.mint(attempt, found.installation, policy, grant, caller);
  }

  private async findPolicies(attempt: Attempt, scope: Scope, identity: string): Promise<FoundPolicies> {
    this.presumeInsiderByName(attempt, scope);
    attempt.facts.policyPath = policyPath(identity);
    const found = await this.findPolicy.execute(scope, identity);
    attempt.installation = found.installation;
    Object.assign(attempt.facts, installationFacts(found.installation));
    if (this.isInsider(attempt)) this.allowance.proveInsider();
    if (found.read.policy.kind !== 'absent') this.allowance.endedInPresence();
    const { policy } = found.read;
    if (policy.kind !== 'absent') attempt.facts.policyHash = policy.contentHash;
    return found;
  }

  /** Before the account's id is known, a verified token of an owner of that name counts as the owner's. */
  private presumeInsiderByName({ caller }: Attempt, scope: Scope): void {
    if (caller === undefined || !this.speaksForGitHub(caller)) return;
    const owner = caller.claims.text('repository_owner');
    if (owner !== undefined && sameName(owner, scope.owner)) this.allowance.proveInsider();
  }

  private decideIssuer(attempt: Attempt, { read }: FoundPolicies, issuer: string): AllowlistDecision {
    const decision = decideAllowlist(read.allowlist, issuer, { unreadable: this.rules.allowlistUnreadable });
    attempt.facts.allowlist = decision.kind === 'allowed' ? decision.note : decision.kind;
    if (decision.kind === 'invalid') {
      throw new Refusal('issuer_allowlist_invalid', "The organization's list of trusted issuers can't be used.");
    }
    if (decision.kind === 'refused') {
      const detail = `issuer allowlist: ${decision.reason}`;
      throw new Refusal('issuer_not_allowed', "The token's issuer is not trusted by this organization.", { detail });
    }
    return decision;
  }

  private async requirePolicy(attempt: Attempt, { read }: FoundPolicies, issuer: string): Promise<TrustPolicy> {
    const reading = read.policy;
    if (reading.kind === 'absent') {
      const seen = await this.seenElsewhere(attempt);
      throw new Refusal('policy_not_found', 'There is no such trust policy.', this.notes(attempt, reading, seen));
    }
    if (reading.kind === 'invalid') {
      throw new Refusal('policy_invalid', 'The trust policy is invalid.', {
        detail: reading.findings.map((finding) => `${finding.line}:${finding.column} ${finding.message}`).join(' '),
        ...this.notes(attempt, reading),
      });
    }
    // An issuer that is neither known nor named by the policy is never contacted (CVE-2025-52477).
    if (attempt.caller === undefined && !reading.policy.namesIssuer(issuer)) {
      throw new Refusal('issuer_not_allowed', "The trust policy does not name the token's issuer.");
    }
    return reading.policy;
  }

  private async proveForPolicy(
    attempt: Attempt,
    token: UnverifiedToken,
    policy: TrustPolicy,
    decision: AllowlistDecision,
  ): Promise<ProvenCaller> {
    const { inlineKeys } = policy;
    if (inlineKeys !== undefined && policy.namesIssuer(token.issuer)) {
      const inPolicyRepository = isOrganizationLevel(attempt.request.scope, this.rules.orgPolicyRepository);
      if (!inlineKeysAdmitted(decision, inPolicyRepository)) {
        throw new Refusal('policy_invalid', 'The trust policy is invalid.', {
          detail: 'inline keys under an enforcing issuer allowlist, outside the policy repository',
        });
      }
      this.nowProven(attempt, await this.proveCaller.byInlineKeys(token, inlineKeys));
    } else if (attempt.caller === undefined) {
      this.nowProven(attempt, await this.proveCaller.byIssuer(token, policy.namesIssuerExactly ? 'shared' : 'isolate'));
    }
    if (attempt.caller === undefined)
      throw new Refusal('token_verification_failed', 'The token could not be verified.');
    return attempt.caller;
  }

  private nowProven(attempt: Attempt, caller: ProvenCaller | undefined): void {
    if (caller === undefined) return;
    attempt.caller = caller;
    const subject = caller.claims.text('sub');
    if (subject !== undefined) attempt.facts.subject = subject;
    this.allowance.proveOutsider();
  }

  private requireMatch(attempt: Attempt, policy: TrustPolicy, { claims }: ProvenCaller): void {
    const verdict = policy.judge(claims, this.rules.serviceAudiences);
    attempt.facts.fields = verdict.fields;
    if (verdict.matched) return;
    const mismatches = verdict.fields.filter((field) => !field.matched).map((field) => field.field);
    throw new Refusal('permission_denied', 'The token does not match the trust policy.', {
      detail: `mismatch: ${mismatches.join(', ')}`,
      ...this.mismatch(attempt, verdict),
    });
  }

  private granted(attempt: Attempt, found: FoundPolicies, policy: TrustPolicy, caller: ProvenCaller): Grant {
    const { permissions, repositories } = policy;
    if (policy.callerRepositoryOnly) {
      return { permissions, repositories: this.callerRepository(found.installation, policy, caller) };
    }
    if (repositories !== undefined && repositories.length > 0)
      return { permissions, repositories: { kind: 'names', names: repositories } };
    const { scope } = attempt.request;
    // An explicit empty list means all, whatever the scope; without a list the scope says which.
    if (scope.repository === undefined || repositories !== undefined)
      return { permissions, repositories: { kind: 'all' } };
    const id = found.read.repositoryId;
    if (id === undefined) throw new Refusal('policy_not_found', 'There is no such trust policy.');
    return { permissions, repositories: { kind: 'id', id, name: scope.repository } };
  }

  /** The repository that the caller's verified token of this server names, if it is the installation's account's. */
  private callerRepository(installation: Installation, policy: TrustPolicy, caller: ProvenCaller): RepositorySelection {
    const { claims } = caller;
    const id = Number(claims.text('repository_id'));
    const name = claims.text('repository')?.split('/')[1];
    const ownerMatches = claims.text('repository_owner_id') === String(installation.accountId);
    if (!this.speaksForGitHub(caller) || !ownerMatches || !Number.isSafeInteger(id) || id <= 0 || name === undefined) {
      throw new Refusal('permission_denied', 'This policy serves only workflows of the same owner.', {
        detail: 'caller_repository_only: the token names no repository of the installation account',
      });
    }
    const { repositories = [] } = policy;
    if (repositories.length > 0 && !repositories.some((one) => sameName(one, name))) {
      throw new Refusal('permission_denied', 'The token does not match the trust policy.', {
        detail: 'caller_repository_only: the calling repository is not among the policy repositories',
      });
    }
    return { kind: 'id', id, name };
  }

  private narrowed(attempt: Attempt, grant: Grant): Grant {
    const result = narrow(grant, attempt.request.narrowing);
    if (result.kind === 'granted') return result.grant;
    throw new Refusal('narrowing_not_granted', `The trust policy does not grant these ${result.what}.`);
  }

  private async mint(
    attempt: Attempt,
    reader: Installation,
    policy: TrustPolicy,
    grant: Grant,
    caller: ProvenCaller,
  ): Promise<ExchangeGrant> {
    const { scope, identity } = attempt.request;
    const routingKey = [scopeText(scope).toLowerCase(), identity, caller.claims.text('sub') ?? ''].join('\n');
    const minted = await this.explained(attempt, () => this.mintGrant.execute({ policy, grant, reader, routingKey }));
    Object.assign(attempt.facts, factsOf(minted, grant));
    const { secret, expiresAt, access } = minted.minted;
    const asked = grant.permissions.withoutImplicitMetadata().toRecord();
    return { secret, expiresAt, permissions: access.permissions.toRecord(), askedPermissions: asked };
  }

  /** GitHub's own sentence on a refused mint goes to the log and to an insider, to nobody else. */
  private async explained(attempt: Attempt, mint: () => Promise<MintedGrant>): Promise<MintedGrant> {
    try {
      return await mint();
    } catch (error) {
      if (!(error instanceof Refusal) || error.kind !== 'permission_denied') throw error;
      throw error.withExplanation(explainNotes(attempt.request, [`GitHub: ${error.details.detail ?? ''}`]));
    }
  }

  /** Looked up for those alone who may be told, so that nobody else's answer takes the time. */
  private async seenElsewhere(attempt: Attempt): Promise<readonly string[]> {
    const { installation, request } = attempt;
    if (installation === undefined || !this.isInsider(attempt) || this.rules.explainTo === 'nobody') return [];
    const { accountId, owner } = installation;
    const repository = policyRepository(request.scope, this.rules.orgPolicyRepository);
    const branch = await this.sightings.find({ accountId, owner, repository }, request.identity);
    return branch === undefined ? [] : [`A push brought it to ${quoted(branch)}; only the default branch is read.`];
  }

  private notes(
    attempt: Attempt,
    reading: Exclude<PolicyReading, { kind: 'found' }>,
    seen: readonly string[] = [],
  ): { explanation: Explanation } {
    const repository = policyRepository(attempt.request.scope, this.rules.orgPolicyRepository);
    const notes =
      reading.kind === 'absent'
        ? [...reading.nearMisses.map((name) => `${repository} holds ${name}, which is not read.`), ...seen]
        : reading.findings.map(({ line, column, message }) => `line ${line}, column ${column}: ${message}`);
    return { explanation: explainNotes(attempt.request, notes) };
  }

  private mismatch(attempt: Attempt, verdict: Verdict): { explanation?: Explanation } {
    if (attempt.caller === undefined || !this.isEntitled(attempt)) return {};
    const { serviceAudiences, isActionsIssuer } = this.rules;
    const context = { serviceAudience: serviceAudiences[0] ?? '', isActionsIssuer };
    return { explanation: explainMismatch(attempt.request, verdict, attempt.caller.claims, context) };
  }

  /** GitHub's failures are no absences. Our own limit counts on: or each refused attempt would be free of charge. */
  private settle({ kind, details }: Refusal): void {
    if (NO_ABSENCES.has(kind) && details.isOwnLimit !== true) this.allowance.endedInPresence();
  }

  private forCaller(refusal: Refusal, attempt: Attempt): Refusal {
    if (
      attempt.caller === undefined &&
      refusal.kind !== 'token_verification_failed' &&
      refusal.kind !== 'invalid_token'
    ) {
      return veiled(refusal);
    }
    return this.isEntitled(attempt) ? refusal : refusal.withoutExplanation();
  }

  private isEntitled(attempt: Attempt): boolean {
    const { explainTo } = this.rules;
    return explainTo === 'everybody' || (explainTo === 'owner' && this.isInsider(attempt));
  }

  /** Belongs to the scope's owner: a token of this server's Actions issuer, by its own keys, that names the account. */
  private isInsider({ caller, installation }: Attempt): boolean {
    if (caller === undefined || installation === undefined || !this.speaksForGitHub(caller)) return false;
    return caller.claims.text('repository_owner_id') === String(installation.accountId);
  }

  private speaksForGitHub({ claims, byIssuerKeys }: ProvenCaller): boolean {
    return byIssuerKeys && this.rules.isActionsIssuer(claims.issuer);
  }

  private record(
    attempt: Attempt,
    startedAt: number,
    outcome: Pick<ExchangeEvent, 'outcome' | 'refusal'>,
    secret?: string,
  ): void {
    const { request, facts, caller } = attempt;
    const event: ExchangeEvent = {
      ...facts,
      ...outcome,
      time: startedAt,
      requestId: request.requestId,
      scope: scopeText(request.scope),
      identity: request.identity,
      ...(request.userAgent === undefined ? {} : { userAgent: request.userAgent }),
      ...(request.clientAddress === undefined ? {} : { clientAddress: request.clientAddress }),
      durationMs: this.clock.now() - startedAt,
      githubRequests: this.allowance.spent,
      proven: caller !== undefined,
    };
    this.afterAnswer.add('audit', () => this.auditLog.record(event, secret));
  }
}

/** What GitHub answers for reasons of its own. `rate_limited` is one where the limit is GitHub's. */
const NO_ABSENCES: ReadonlySet<RefusalKind> = new Set<RefusalKind>([
  'rate_limited',
  'misconfigured',
  'unavailable',
  'upstream_error',
  'upstream_timeout',
]);

function installationFacts({ app, id }: Installation): ExchangeFacts {
  return { app: app.name, appId: app.id, installationId: id };
}

function factsOf({ minted, installation }: MintedGrant, grant: Grant): ExchangeFacts {
  const { repositories } = grant;
  const names =
    repositories.kind === 'names' ? repositories.names : repositories.kind === 'id' ? [repositories.name] : undefined;
  return {
    ...installationFacts(installation),
    permissions: minted.access.permissions.toRecord(),
    ...(names === undefined ? {} : { repositories: names }),
    expiresAt: minted.expiresAt,
  };
}
