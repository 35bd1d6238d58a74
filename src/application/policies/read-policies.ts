import { inject, injectable } from 'tsyringe';
import type { Installation } from '../../domain/apps.ts';
import type { PolicyLevel } from '../../domain/permission-set.ts';
import { nearMisses, policyFile, type NearMiss, type PolicyFile } from '../../domain/policy-folder.ts';
import { isOrganizationLevel, policyRepository } from '../../domain/policy-location.ts';
import type { Scope } from '../../domain/scope.ts';
import type { CacheEntry } from '../ports/cache.ts';
import { CLOCK, type Clock } from '../ports/clock.ts';
import { SINGLE_FLIGHT, type SingleFlight } from '../ports/single-flight.ts';
import {
  TRUST_POLICY_REPOSITORY,
  type FoldersRead,
  type InstallationGone,
  type TrustPolicyRepository,
} from '../ports/trust-policy-repository.ts';
import type { Unavailable, UnavailableCause } from '../ports/unavailable.ts';
import { isFresh, isYoungerThan, LONGEST_STALE_MS } from './freshness.ts';
import { Installations } from './installations.ts';
import type { KnownFile } from './organization-file.ts';
import { OrganizationFiles, type KnownFiles, type OrganizationFound } from './organization-files.ts';
import { PolicyFolders, type KnownFolder } from './policy-folders.ts';
import { POLICY_RULES, type PolicyRules } from './policy-rules.ts';

export interface PolicyQuery {
  readonly installation: Installation;
  readonly scope: Scope;
  readonly identity: string;
}

/** The requested policy, as part of a read that succeeded. */
export type PolicyReading =
  /** Not compiled yet: what is valid depends on the organization's guardrails too. */
  | { readonly kind: 'file'; readonly file: PolicyFile; readonly level: PolicyLevel; readonly repositoryId: number }
  /** No such file, or no such repository; `nearMisses` are files with almost its name. */
  | { readonly kind: 'absent'; readonly nearMisses: readonly NearMiss[] };

export interface PoliciesRead {
  readonly kind: 'read';
  readonly policy: PolicyReading;
  readonly organization: OrganizationFound;
}

/** The name may belong to another account than the installation: the installation must be looked up afresh. */
export interface AccountInDoubt {
  readonly kind: 'account_in_doubt';
  /** What raised the doubt. */
  readonly saw: 'installation_gone' | 'repository_not_found' | 'another_account';
}

export type PolicyLookup =
  | PoliciesRead
  | AccountInDoubt
  /** `stale`: what was last confirmed, at most an hour ago, for use where nothing better is to be had. */
  | (Unavailable & { readonly stale?: PoliciesRead });

/** With these GitHub may well be up again by the next exchange; the others would go on to fail at the mint. */
const STALE_WILL_DO: ReadonlySet<UnavailableCause> = new Set<UnavailableCause>([
  'limited',
  'down',
  'timeout',
  'unusable',
]);

interface Known {
  readonly folder: CacheEntry<KnownFolder> | undefined;
  readonly organization: KnownFiles;
}

interface ReadAfresh {
  readonly kind: 'read_afresh';
  readonly folder: KnownFolder;
  readonly organization: OrganizationFound;
}

/**
 * The policies of a repository, and the owner's issuer allowlist and guardrails, through one installation. They may be 5
 * minutes old (up to 15 while webhooks keep them current), and an hour where GitHub gives no answer. An absence counts only as part of a
 * read that succeeded.
 */
@injectable()
export class ReadPolicies {
  constructor(
    @inject(TRUST_POLICY_REPOSITORY) private readonly repository: TrustPolicyRepository,
    @inject(Installations) private readonly installations: Installations,
    @inject(PolicyFolders) private readonly folders: PolicyFolders,
    @inject(OrganizationFiles) private readonly organizationFiles: OrganizationFiles,
    @inject(SINGLE_FLIGHT) private readonly singleFlight: SingleFlight,
    @inject(CLOCK) private readonly clock: Clock,
    @inject(POLICY_RULES) private readonly rules: PolicyRules,
  ) {}

  async read(query: PolicyQuery): Promise<PolicyLookup> {
    const repository = policyRepository(query.scope, this.rules.orgPolicyRepository);
    const { id, owner } = query.installation;
    return this.singleFlight.run(
      `policies ${id} ${owner}/${repository}`.toLowerCase(),
      async () => this.whileFresh(query, await this.known(query.installation, repository)),
      async () => this.fromGitHub(query, repository, await this.known(query.installation, repository)),
    );
  }

  /** The organization's files alone: through another App of the pool, or for a check of a commit. */
  async readOrganization(installation: Installation): Promise<OrganizationFound | Unavailable> {
    return this.singleFlight.run(
      `organization ${installation.id} ${installation.owner}`.toLowerCase(),
      async () => this.organizationFiles.fresh((await this.withoutBelief(installation)).organization),
      () => this.organizationFromGitHub(installation),
    );
  }

  private async organizationFromGitHub(installation: Installation): Promise<OrganizationFound | Unavailable> {
    const known = await this.withoutBelief(installation);
    const read = await this.readAfresh(installation, this.rules.orgPolicyRepository, known);
    switch (read.kind) {
      case 'read_afresh':
        return read.organization;
      case 'unavailable':
        return read;
      case 'account_in_doubt':
        return { kind: 'unavailable', cause: 'down', detail: `policy repository: ${read.saw}` };
    }
  }

  /** What this App was refused a while ago is asked again: the caller is about to believe it. */
  private async withoutBelief(installation: Installation): Promise<Known> {
    const { folder, organization } = await this.known(installation, this.rules.orgPolicyRepository);
    const { allowlist, guardrails } = organization;
    return { folder, organization: { allowlist: asked(allowlist), guardrails: asked(guardrails) } };
  }

  private async known(installation: Installation, repository: string): Promise<Known> {
    const [folder, organization] = await Promise.all([
      this.folders.known(installation, repository),
      this.organizationFiles.known(installation),
    ]);
    return { folder, organization };
  }

  private async whileFresh(query: PolicyQuery, { folder, organization }: Known): Promise<PolicyLookup | undefined> {
    const fresh = this.organizationFiles.fresh(organization);
    if (fresh === undefined || folder === undefined || !isFresh(folder, this.clock.now())) return undefined;
    return this.answer(query, folder.value, fresh);
  }

  private async fromGitHub(query: PolicyQuery, repository: string, known: Known): Promise<PolicyLookup> {
    const read = await this.readAfresh(query.installation, repository, known);
    if (read.kind === 'read_afresh') return this.answer(query, read.folder, read.organization);
    if (read.kind === 'account_in_doubt' || !STALE_WILL_DO.has(read.cause)) return read;
    const stale = await this.stale(query, known);
    return stale === undefined ? read : { ...read, stale };
  }

  private async readAfresh(
    installation: Installation,
    repository: string,
    known: Known,
  ): Promise<ReadAfresh | AccountInDoubt | Unavailable> {
    const readAt = this.clock.now();
    const read = await this.readFolders(installation, repository, known.organization);
    if (read.kind === 'unavailable') return read;
    if (read.kind === 'gone') return { kind: 'account_in_doubt', saw: 'installation_gone' };
    if (read.target.kind === 'not_found') return { kind: 'account_in_doubt', saw: 'repository_not_found' };
    if (!belongsTo(installation, read)) return { kind: 'account_in_doubt', saw: 'another_account' };
    const folder = this.folders.keep(installation, repository, read.target, known.folder, readAt);
    const files = await this.organizationFiles.after(installation, read.organization, known.organization, readAt);
    return 'kind' in files ? files : { kind: 'read_afresh', folder, organization: files };
  }

  /** A refusal that is only remembered can spare a request; it is no ground for restraining nobody. */
  private async readFolders(
    installation: Installation,
    repository: string,
    known: KnownFiles,
  ): Promise<FoldersRead | InstallationGone | Unavailable> {
    const { pairRefused = false, unreadableAt } = await this.installations.learntOf(installation);
    const areBelieved = [known.allowlist, known.guardrails].every(({ kind }) => kind === 'believed_unreadable');
    const wasReadable = unreadableAt === undefined || areBelieved;
    const first = await this.repository.read(installation, repository, pairRefused && wasReadable ? 'alone' : 'pair');
    const isUntold = first.kind === 'read' && first.organization.kind === 'invisible';
    const isNeeded = this.organizationFiles.fresh(known) === undefined;
    const read = isUntold && isNeeded ? await this.repository.read(installation, repository, 'pair') : first;
    const learnt = read.kind === 'read' ? read.pairRefused : undefined;
    if (learnt !== undefined && learnt !== pairRefused)
      await this.installations.learn(installation, { pairRefused: learnt });
    return read;
  }

  private async stale(query: PolicyQuery, { folder, organization }: Known): Promise<PoliciesRead | undefined> {
    if (folder === undefined || folder.value.repositoryId === null) return undefined;
    if (!isYoungerThan(LONGEST_STALE_MS, folder.readAt, this.clock.now())) return undefined;
    const last = this.organizationFiles.last(organization);
    if (last === undefined) return undefined;
    const answer = await this.answer(query, folder.value, last);
    return answer.kind === 'read' ? answer : undefined;
  }

  private async answer(
    query: PolicyQuery,
    folder: KnownFolder,
    organization: OrganizationFound,
  ): Promise<PoliciesRead | Unavailable> {
    const policy = await this.policyIn(query, folder);
    if (policy.kind === 'unavailable') return policy;
    return { kind: 'read', policy, organization };
  }

  private async policyIn(query: PolicyQuery, folder: KnownFolder): Promise<PolicyReading | Unavailable> {
    const { scope, identity, installation } = query;
    const { files, repositoryId, listingOnly } = folder;
    const file = policyFile(files, identity);
    if (file === undefined || repositoryId === null) return { kind: 'absent', nearMisses: nearMisses(files, identity) };
    const repository = policyRepository(scope, this.rules.orgPolicyRepository);
    const whole = listingOnly ? await this.repository.readText(installation, repository, repositoryId, file) : file;
    if (whole.kind === 'unavailable') return whole;
    const level = isOrganizationLevel(scope, this.rules.orgPolicyRepository) ? 'organization' : 'repository';
    return { kind: 'file', file: whole, level, repositoryId };
  }
}

function belongsTo({ accountId }: Installation, { target, organization }: FoldersRead): boolean {
  const accounts = [target, organization].flatMap((one) => (one.kind === 'found' ? [one.folder.accountId] : []));
  return accounts.every((one) => one === accountId);
}

function asked(known: KnownFile): KnownFile {
  return known.kind === 'believed_unreadable' ? { kind: 'never_seen' } : known;
}
