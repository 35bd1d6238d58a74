import { inject, injectable } from 'tsyringe';
import type { App, Installation } from '../../domain/apps.ts';
import { guardrailsOf, type GuardrailsReading } from '../../domain/guardrails.ts';
import { policyRepository } from '../../domain/policy-location.ts';
import type { Scope } from '../../domain/scope.ts';
import { APP_DIRECTORY, type AppDirectory } from '../ports/app-directory.ts';
import {
  COMPILED_POLICIES,
  type CompiledPolicies,
  type FoundPolicy,
  type InvalidPolicy,
} from '../ports/compiled-policies.ts';
import { LOG, type Log } from '../ports/log.ts';
import type { Unavailable, UnavailableCause } from '../ports/unavailable.ts';
import { Refusal } from '../refusal.ts';
import { Installations, type Recency } from './installations.ts';
import type { OrganizationReadings } from './organization-files.ts';
import { POLICY_RULES, type PolicyRules } from './policy-rules.ts';
import { ReadPolicies, type AccountInDoubt, type PoliciesRead, type PolicyReading } from './read-policies.ts';
import { SettleOrganizationFiles } from './settle-organization-files.ts';

/** A policy, with the repository that holds it. */
export interface PolicyInRepository extends FoundPolicy {
  readonly repositoryId: number;
}

/** The requested policy as the organization's guardrails leave it. */
export type JudgedPolicy = PolicyInRepository | InvalidPolicy | Extract<PolicyReading, { kind: 'absent' }>;

/** What was read, with the one answer about the organization's files that all Apps together gave. */
export interface SettledPolicies extends OrganizationReadings {
  readonly policy: JudgedPolicy;
}

export interface FoundPolicies {
  readonly installation: Installation;
  readonly read: SettledPolicies;
}

interface ReadThrough {
  readonly kind: 'read';
  readonly installation: Installation;
  readonly read: PoliciesRead;
}

/** One App gave no answer; `stale` is what may be used if no other one does. */
type Failure = Unavailable & { readonly stale?: ReadThrough };
type Attempt = ReadThrough | Failure | { readonly kind: 'absent' };

/** Failures of one App alone: another one of the pool may do better. */
const OF_ONE_APP: ReadonlySet<UnavailableCause> = new Set<UnavailableCause>(['limited', 'refused']);

/** Finds an owner's installation and reads its policies, through whichever App of the pool is able to. */
@injectable()
export class FindPolicies {
  constructor(
    @inject(APP_DIRECTORY) private readonly apps: AppDirectory,
    @inject(Installations) private readonly installations: Installations,
    @inject(ReadPolicies) private readonly policies: ReadPolicies,
    @inject(SettleOrganizationFiles) private readonly settleFiles: SettleOrganizationFiles,
    @inject(COMPILED_POLICIES) private readonly compiled: CompiledPolicies,
    @inject(POLICY_RULES) private readonly rules: PolicyRules,
    @inject(LOG) private readonly log: Log,
  ) {}

  /** @throws Refusal where the App is not installed, or GitHub gives no answer and nothing recent enough is at hand */
  async find(scope: Scope, identity: string): Promise<FoundPolicies> {
    const pool = this.apps.poolOf(scope.owner);
    let failure: Failure | undefined;
    for (const app of pool) {
      const attempt = await this.attempt(app, scope, identity);
      if (attempt.kind === 'read') return this.settled(attempt, scope, identity);
      if (attempt.kind === 'absent') continue;
      failure = failure?.stale === undefined ? attempt : failure;
      if (!OF_ONE_APP.has(attempt.cause)) break;
    }
    if (failure === undefined) throw notInstalled(pool);
    return this.settledStale(failure, scope, identity);
  }

  /**
   * Names get recycled: where it is in doubt whose a name is, the installation is looked up afresh, once, and what is
   * found then counts.
   */
  private async attempt(app: App, scope: Scope, identity: string): Promise<Attempt> {
    const first = await this.readThrough(app, scope, identity, 'remembered');
    if (first.kind !== 'account_in_doubt') return first;
    this.installations.forget(app, scope.owner);
    const second = await this.readThrough(app, scope, identity, 'afresh');
    if (second.kind !== 'account_in_doubt') return second;
    if (second.saw !== 'repository_not_found') return { kind: 'absent' };
    // GitHub has just made a token for this very repository: it does not answer as it should.
    return { kind: 'unavailable', cause: 'down', detail: 'NOT_FOUND for a repository that the token names' };
  }

  private async readThrough(
    app: App,
    scope: Scope,
    identity: string,
    recency: Recency,
  ): Promise<Attempt | AccountInDoubt> {
    const found = await this.installations.find(app, scope.owner, recency);
    if (found.kind !== 'found') return found;
    const { installation } = found;
    const lookup = await this.policies.read({ installation, scope, identity });
    if (lookup.kind === 'read') return { kind: 'read', installation, read: lookup };
    if (lookup.kind === 'account_in_doubt') return lookup;
    const { stale, ...failure } = lookup;
    return stale === undefined ? failure : { ...failure, stale: { kind: 'read', installation, read: stale } };
  }

  private settledStale({ stale, ...failure }: Failure, scope: Scope, identity: string): Promise<FoundPolicies> {
    if (stale === undefined) throw Refusal.unavailable(failure, 'GitHub');
    this.log.warn('policies_stale', { owner: scope.owner, cause: failure.cause, detail: failure.detail });
    return this.settled(stale, scope, identity);
  }

  private async settled({ installation, read }: ReadThrough, scope: Scope, identity: string): Promise<FoundPolicies> {
    const readings = await this.settleFiles.settle(installation, read.organization);
    const policy = await this.judged(read.policy, readings.guardrails, scope, identity);
    return { installation, read: { policy, ...readings } };
  }

  private async judged(
    policy: PolicyReading,
    guardrails: GuardrailsReading,
    scope: Scope,
    identity: string,
  ): Promise<JudgedPolicy> {
    if (policy.kind === 'absent') return policy;
    const repository = policyRepository(scope, this.rules.orgPolicyRepository);
    const { file, level, repositoryId } = policy;
    const judged = await this.compiled.policy(file, { level, repository, identity }, guardrailsOf(guardrails));
    return judged.kind === 'found' ? { ...judged, repositoryId } : judged;
  }
}

function notInstalled(pool: readonly App[]): Refusal {
  const detail = pool.length === 0 ? 'no App is configured for this owner' : 'no App of the pool is installed there';
  return new Refusal('installation_not_found', 'No GitHub App of this service is installed there.', { detail });
}
