import type { Installation } from '../../domain/apps.ts';
import type { AllowlistReading } from '../../domain/issuer-allowlist.ts';
import { isOrganizationLevel, policyRepository, POLICY_SUFFIX } from '../../domain/policy-location.ts';
import type { Clock } from '../../application/ports/clock.ts';
import type {
  AllowlistRefused,
  PoliciesRead,
  PolicyLookup,
  PolicyQuery,
  PolicyReading,
  PolicySource,
} from '../../application/ports/policy-source.ts';
import type { Unavailable, UnavailableCause } from '../../application/ports/unavailable.ts';
import { isYoungerThan, type CacheEntry } from '../cache/cache-entry.ts';
import type { LookupTurns } from '../kv/lookup-turns.ts';
import type { TwoLevelCache } from '../cache/two-level-cache.ts';
import type { GitHubAllowlists, KnownAllowlist } from './github-allowlists.ts';
import { unavailable } from './github-client.ts';
import type { FolderRead, FoundFolder, GitHubFolderReader } from './github-folder-reader.ts';
import type { GitHubInstallationDirectory } from './github-installation-directory.ts';
import {
  absentRepository,
  FOLDER_CACHE,
  allowlistFile,
  allowlistState,
  folderCopy,
  freshFor,
  LONGEST_STALE_MS,
  type FolderCopy,
} from './policy-copies.ts';
import { nearMisses, type PolicyCompiler } from './policy-compiler.ts';

export interface PolicySourceSettings {
  readonly orgPolicyRepository: string;
  /** A webhook secret is set: then GitHub tells of changes, and copies may stay fresh longer. */
  readonly webhooksTell: boolean;
}

const ABSENT_REPOSITORY_MS = 30_000;
/** With these GitHub may well be up again by the next exchange; the others would go on to fail at the mint. */
const STALE_WILL_DO: ReadonlySet<UnavailableCause> = new Set<UnavailableCause>([
  'limited',
  'down',
  'timeout',
  'unusable',
]);

interface Known {
  readonly folder: CacheEntry<FolderCopy> | undefined;
  readonly allowlist: KnownAllowlist;
}

type AllowlistFound = AllowlistReading | AllowlistRefused;

interface ReadAfresh {
  readonly kind: 'read_afresh';
  readonly folder: FolderCopy;
  readonly allowlist: AllowlistFound;
}

/** Policies from GitHub, cached by repository, beside the owner's issuer allowlist. */
export class GitHubPolicySource implements PolicySource {
  constructor(
    private readonly reader: GitHubFolderReader,
    private readonly installations: GitHubInstallationDirectory,
    private readonly folders: TwoLevelCache<FolderCopy>,
    private readonly allowlists: GitHubAllowlists,
    private readonly compiler: PolicyCompiler,
    private readonly turns: LookupTurns,
    private readonly clock: Clock,
    private readonly settings: PolicySourceSettings,
  ) {}

  async find(query: PolicyQuery): Promise<PolicyLookup> {
    const repository = policyRepository(query.scope, this.settings.orgPolicyRepository);
    const { id, owner } = query.installation;
    return this.turns.run(
      `policies ${id} ${owner}/${repository}`.toLowerCase(),
      async () => this.fromFreshCopies(query, await this.known(query.installation, repository)),
      async () => this.fromGitHub(query, repository, await this.known(query.installation, repository)),
    );
  }

  async findAllowlist(installation: Installation): Promise<AllowlistFound | Unavailable> {
    const repository = this.settings.orgPolicyRepository;
    const known = await this.known(installation, repository);
    // What this App was refused a while ago is asked again: the caller is about to believe it.
    const allowlist: KnownAllowlist =
      known.allowlist.kind === 'believed_unreadable' ? { kind: 'never_seen' } : known.allowlist;
    const fresh = this.allowlists.fresh(allowlist);
    if (fresh !== undefined) return fresh;
    const read = await this.readAfresh(installation, repository, { ...known, allowlist });
    if (read.kind === 'read_afresh') return read.allowlist;
    return read.kind === 'unavailable'
      ? read
      : unavailable('down', 'the account behind the policy repository has changed');
  }

  async believeUnreadable(installation: Installation): Promise<void> {
    await this.allowlists.believeUnreadable(installation);
  }

  private async fromFreshCopies(query: PolicyQuery, known: Known): Promise<PolicyLookup | undefined> {
    const allowlist = this.allowlists.fresh(known.allowlist);
    if (allowlist === undefined || known.folder === undefined || !this.folders.isFresh(known.folder)) return undefined;
    return this.assembled(query, known.folder.value, allowlist);
  }

  private async fromGitHub(query: PolicyQuery, repository: string, known: Known): Promise<PolicyLookup> {
    const read = await this.readAfresh(query.installation, repository, known);
    if (read.kind === 'read_afresh') return this.assembled(query, read.folder, read.allowlist);
    if (read.kind === 'account_changed' || !STALE_WILL_DO.has(read.cause)) return read;
    const stale = await this.stale(query, known);
    return stale === undefined ? read : { ...read, stale };
  }

  private async known(installation: Installation, repository: string): Promise<Known> {
    const key = `${installation.owner}/${repository}`.toLowerCase();
    const [folder, allowlist] = await Promise.all([this.folders.get(key), this.allowlists.known(installation)]);
    // An account id that has changed discards what was cached under its name.
    return { folder: folder?.value.accountId === installation.accountId ? folder : undefined, allowlist };
  }

  private async readAfresh(
    installation: Installation,
    repository: string,
    known: Known,
  ): Promise<ReadAfresh | { readonly kind: 'account_changed' } | Unavailable> {
    const readAt = this.clock.now();
    const read = await this.readFolders(installation, repository, known.allowlist);
    if (read.kind === 'unavailable') return read;
    if (read.kind === 'gone' || !belongsTo(installation, read)) return { kind: 'account_changed' };
    const folder = this.keepFolder(installation, repository, read, known.folder, readAt);
    const allowlist = await this.allowlistAfter(installation, read.organization, known.allowlist, readAt);
    return allowlist.kind === 'unavailable' ? allowlist : { kind: 'read_afresh', folder, allowlist };
  }

  /** A refusal that is only remembered can spare a request; it is no ground for letting every issuer federate. */
  private async readFolders(
    installation: Installation,
    repository: string,
    allowlist: KnownAllowlist,
  ): ReturnType<GitHubFolderReader['read']> {
    const installed = await this.installations.copyOf(installation);
    const wasReadable = installed?.unreadableAt === undefined || allowlist.kind === 'believed_unreadable';
    const asking = installed?.pairRefused === true && wasReadable ? 'alone' : 'pair';
    const first = await this.reader.read(installation, repository, asking);
    const isUntold = first.kind === 'read' && first.organization.kind === 'invisible';
    const isNeeded = this.allowlists.fresh(allowlist) === undefined;
    const read = isUntold && isNeeded ? await this.reader.read(installation, repository, 'pair') : first;
    const learnt = read.kind === 'read' ? read.pairRefused : undefined;
    const isNews = learnt !== undefined && learnt !== (installed?.pairRefused ?? false);
    if (isNews) await this.installations.note(installation, { pairRefused: learnt });
    return read;
  }

  private keepFolder(
    installation: Installation,
    repository: string,
    { target }: FolderRead,
    previous: CacheEntry<FolderCopy> | undefined,
    readAt: number,
  ): FolderCopy {
    const key = `${installation.owner}/${repository}`.toLowerCase();
    if (target.kind === 'refused') {
      const value = absentRepository(installation.accountId);
      this.folders.keepInIsolate(key, { value, readAt, revision: 0, freshForMs: ABSENT_REPOSITORY_MS });
      return value;
    }
    const read = folderCopy(target.folder, target.listingOnly);
    const unchanged = previous !== undefined && FOLDER_CACHE.isSame(previous.value, read);
    // The same object again, so that a folder is held once.
    const value = unchanged ? previous.value : read;
    this.folders.put(key, {
      value,
      readAt,
      revision: 0,
      freshForMs: freshFor(previous, unchanged, this.settings.webhooksTell),
    });
    return value;
  }

  /** What a read says of the allowlist. What was seen once is never taken for gone until its absence is read. */
  private async allowlistAfter(
    installation: Installation,
    organization: FolderRead['organization'],
    known: KnownAllowlist,
    readAt: number,
  ): Promise<AllowlistFound | Unavailable> {
    if (organization.kind === 'found') return this.allowlistIn(installation, organization, known, readAt);
    const fresh = this.allowlists.fresh(known);
    if (fresh !== undefined) return fresh;
    const last = this.allowlists.last(known);
    switch (organization.kind) {
      case 'unavailable':
        return last === undefined || last.kind === 'unavailable' ? organization : last;
      case 'refused':
        return last === undefined ? { kind: 'refused' } : { kind: 'refused', last };
      case 'invisible':
        return unavailable('down', 'the policy repository was told as missing, and not refused');
    }
  }

  private async allowlistIn(
    installation: Installation,
    { folder, listingOnly }: FoundFolder,
    known: KnownAllowlist,
    readAt: number,
  ): Promise<AllowlistReading | Unavailable> {
    const listed = allowlistFile(folder);
    const repository = this.settings.orgPolicyRepository;
    const file =
      listingOnly && listed !== undefined
        ? await this.reader.withText(installation, repository, folder.repositoryId, listed)
        : listed;
    if (file?.kind === 'unavailable') return file;
    return this.allowlists.keep(installation, allowlistState(file), known, readAt);
  }

  private async stale(query: PolicyQuery, { folder, allowlist }: Known): Promise<PoliciesRead | undefined> {
    if (folder === undefined || folder.value.repositoryId === null) return undefined;
    if (!isYoungerThan(LONGEST_STALE_MS, folder.readAt, this.clock.now())) return undefined;
    const last = this.allowlists.last(allowlist);
    if (last === undefined || last.kind === 'unavailable') return undefined;
    const assembled = await this.assembled(query, folder.value, last);
    return assembled.kind === 'read' ? assembled : undefined;
  }

  private async assembled(
    query: PolicyQuery,
    folder: FolderCopy,
    allowlist: AllowlistFound,
  ): Promise<PoliciesRead | Unavailable> {
    const policy = await this.policyReading(query, folder);
    if (policy.kind === 'unavailable') return policy;
    return { kind: 'read', repositoryId: folder.repositoryId ?? undefined, policy, allowlist };
  }

  private async policyReading(query: PolicyQuery, folder: FolderCopy): Promise<PolicyReading | Unavailable> {
    const { scope, identity, installation } = query;
    const file = folder.files.find((one) => one.name === identity + POLICY_SUFFIX && one.kind === 'file');
    if (file === undefined) return { kind: 'absent', nearMisses: nearMisses(folder.files, identity) };
    const level = isOrganizationLevel(scope, this.settings.orgPolicyRepository) ? 'organization' : 'repository';
    if (!folder.listingOnly || folder.repositoryId === null) return this.compiler.policy(file, level);
    const repository = policyRepository(scope, this.settings.orgPolicyRepository);
    const whole = await this.reader.withText(installation, repository, folder.repositoryId, file);
    return whole.kind === 'unavailable' ? whole : this.compiler.policy(whole, level);
  }
}

function belongsTo(installation: Installation, { target, organization }: FolderRead): boolean {
  const accounts = [target, organization].flatMap((one) => (one.kind === 'found' ? [one.folder.accountId] : []));
  return accounts.every((accountId) => accountId === installation.accountId);
}
