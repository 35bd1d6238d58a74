import type { Installation } from '../../domain/apps.ts';
import type { AllowlistReading } from '../../domain/issuer-allowlist.ts';
import {
  ALLOWLIST_PATH,
  isOrganizationLevel,
  policyPath,
  policyRepository,
  POLICY_SUFFIX,
} from '../../domain/policy-location.ts';
import type { Clock } from '../../application/ports/clock.ts';
import type {
  PoliciesRead,
  PolicyLookup,
  PolicyQuery,
  PolicyReading,
  PolicySource,
} from '../../application/ports/policy-source.ts';
import type { Unavailable } from '../../application/ports/unavailable.ts';
import type { Copy } from '../kv/copy.ts';
import type { TwoLevelCache } from '../kv/two-level-cache.ts';
import { unavailable } from './github-client.ts';
import type { FolderRead, GitHubFolderReader } from './github-folder-reader.ts';
import type { GitHubInstallationDirectory } from './github-installation-directory.ts';
import {
  absentRepository,
  allowlistState,
  folderCopy,
  freshFor,
  LONGEST_STALE_MS,
  type AllowlistCopy,
  type FolderCopy,
} from './policy-copies.ts';
import { nearMisses, type PolicyCompiler } from './policy-compiler.ts';

export interface PolicySourceSettings {
  readonly orgPolicyRepository: string;
  /** A webhook secret is set: then GitHub tells of changes, and copies may stay fresh longer. */
  readonly webhooksTell: boolean;
}

/** "No App can read the policy repository" is believed for this long. */
const UNREADABLE_MS = 5 * 60_000;
const ABSENT_REPOSITORY_MS = 30_000;
/** An installation that was looked up this recently counts as looked up afresh. */
const JUST_LOOKED_UP_MS = 60_000;

/** What is known of the allowlist, and how well. */
type KnownAllowlist = Copy<AllowlistCopy> | 'unreadable' | undefined;

interface Known {
  readonly folder: Copy<FolderCopy> | undefined;
  readonly allowlist: KnownAllowlist;
}

/** Policies and allowlists from GitHub, cached by repository and by owner. */
export class GitHubPolicySource implements PolicySource {
  constructor(
    private readonly reader: GitHubFolderReader,
    private readonly installations: GitHubInstallationDirectory,
    private readonly folders: TwoLevelCache<FolderCopy>,
    private readonly allowlists: TwoLevelCache<AllowlistCopy>,
    private readonly compiler: PolicyCompiler,
    private readonly clock: Clock,
    private readonly settings: PolicySourceSettings,
  ) {}

  async find(query: PolicyQuery): Promise<PolicyLookup> {
    const { installation } = query;
    const repository = policyRepository(query.scope, this.settings.orgPolicyRepository);
    const known = await this.known(installation, repository);
    if (this.isFresh(known)) return this.assembled(query, known.folder, known.allowlist);
    const read = await this.readAfresh(installation, repository, known);
    if (read.kind === 'known') return this.assembled(query, read.folder, read.allowlist);
    if (read.kind === 'account_changed') return read;
    const stale = await this.stale(query, known);
    return stale === undefined ? read : { ...read, stale };
  }

  async findAllowlist(installation: Installation): Promise<AllowlistReading | Unavailable> {
    const repository = this.settings.orgPolicyRepository;
    const known = await this.known(installation, repository);
    if (this.isFresh(known)) return this.allowlistReading(known.allowlist);
    const read = await this.readAfresh(installation, repository, known);
    if (read.kind === 'known') return this.allowlistReading(read.allowlist);
    return read.kind === 'unavailable'
      ? read
      : unavailable('down', 'the account behind the policy repository has changed');
  }

  private async known(installation: Installation, repository: string): Promise<Known> {
    const owner = installation.owner.toLowerCase();
    const [folder, allowlist, installed] = await Promise.all([
      this.folders.get(`${owner}/${repository.toLowerCase()}`),
      this.allowlists.get(owner),
      this.installations.copyOf(installation),
    ]);
    // An account id that has changed discards what was cached under its name.
    const ofAccount = <Value extends { readonly accountId: number }>(copy: Copy<Value> | undefined) =>
      copy?.value.accountId === installation.accountId ? copy : undefined;
    const list = ofAccount(allowlist);
    const unreadableAt = installed?.unreadableAt ?? Number.NEGATIVE_INFINITY;
    const isUnreadable = list === undefined && this.clock.now() - unreadableAt < UNREADABLE_MS;
    return { folder: ofAccount(folder), allowlist: isUnreadable ? 'unreadable' : list };
  }

  private isFresh(
    known: Known,
  ): known is Known & { folder: Copy<FolderCopy>; allowlist: Copy<AllowlistCopy> | 'unreadable' } {
    return (
      this.folders.isFresh(known.folder) &&
      (known.allowlist === 'unreadable' || this.allowlists.isFresh(known.allowlist))
    );
  }

  private async readAfresh(
    installation: Installation,
    repository: string,
    known: Known,
  ): Promise<
    | {
        readonly kind: 'known';
        readonly folder: Copy<FolderCopy>;
        readonly allowlist: Copy<AllowlistCopy> | 'unreadable';
      }
    | { readonly kind: 'account_changed' }
    | Unavailable
  > {
    const readAt = this.clock.now();
    const installed = await this.installations.copyOf(installation);
    const read = await this.reader.read(installation, repository, installed?.pairRefused === true);
    if (read.kind === 'unavailable') return read;
    if (read.kind === 'gone' || !belongsTo(installation, read)) return { kind: 'account_changed' };
    if (read.pairRefused && installed?.pairRefused !== true)
      await this.installations.note(installation, { pairRefused: true });
    const allowlist = await this.allowlistAfter(installation, read, known.allowlist, readAt);
    if (allowlist !== 'unreadable' && 'kind' in allowlist) return allowlist;
    return { kind: 'known', folder: this.keepFolder(installation, repository, read, known.folder, readAt), allowlist };
  }

  private keepFolder(
    installation: Installation,
    repository: string,
    { target }: FolderRead,
    previous: Copy<FolderCopy> | undefined,
    readAt: number,
  ): Copy<FolderCopy> {
    const key = `${installation.owner}/${repository}`.toLowerCase();
    if (target.kind === 'invisible') {
      const absence = { value: absentRepository(installation.accountId), readAt, freshForMs: ABSENT_REPOSITORY_MS };
      this.folders.keepInIsolate(key, absence);
      return absence;
    }
    const value = folderCopy(target.folder, target.listingOnly);
    const unchanged = previous !== undefined && JSON.stringify(previous.value) === JSON.stringify(value);
    const copy = { value, readAt, freshForMs: freshFor(previous, unchanged, this.settings.webhooksTell) };
    this.folders.put(key, copy);
    return copy;
  }

  /** What a read says of the allowlist. What was seen once is never taken for gone until its absence is read. */
  private async allowlistAfter(
    installation: Installation,
    { organization }: FolderRead,
    previous: KnownAllowlist,
    readAt: number,
  ): Promise<Copy<AllowlistCopy> | 'unreadable' | { readonly kind: 'account_changed' } | Unavailable> {
    if (organization.kind === 'found' && !organization.listingOnly) {
      return this.keepAllowlist(installation, allowlistState(organization.folder), previous, readAt);
    }
    if (organization.kind === 'found')
      return this.readBigAllowlist(installation, organization.folder, previous, readAt);
    const lastCopy = previous === 'unreadable' ? undefined : previous;
    if (lastCopy !== undefined && readAt - lastCopy.readAt < LONGEST_STALE_MS) return lastCopy;
    if (organization.kind === 'unavailable') return organization;
    const wasSeen = lastCopy !== undefined && lastCopy.value.state.kind !== 'absent';
    if (wasSeen)
      return unavailable('down', 'the policy repository can no longer be read, and its allowlist was seen before');
    return this.believedUnreadable(installation, readAt);
  }

  private async readBigAllowlist(
    installation: Installation,
    folder: Parameters<typeof allowlistState>[0],
    previous: KnownAllowlist,
    readAt: number,
  ): Promise<Copy<AllowlistCopy> | Unavailable> {
    const state = allowlistState(folder);
    if (state.kind === 'absent') return this.keepAllowlist(installation, state, previous, readAt);
    const text = await this.reader.readFile(installation, this.settings.orgPolicyRepository, ALLOWLIST_PATH);
    if (typeof text !== 'string') return text;
    return this.keepAllowlist(installation, { kind: 'file', text }, previous, readAt);
  }

  /** Only on an installation that was looked up afresh. */
  private async believedUnreadable(
    installation: Installation,
    now: number,
  ): Promise<'unreadable' | { kind: 'account_changed' } | Unavailable> {
    const fresh = await this.installations.findAfresh(installation, now - JUST_LOOKED_UP_MS);
    if (fresh.kind === 'unavailable') return fresh;
    if (fresh.kind === 'absent' || fresh.installation.id !== installation.id) return { kind: 'account_changed' };
    await this.installations.note(installation, { pairRefused: true, unreadableAt: now });
    return 'unreadable';
  }

  private keepAllowlist(
    installation: Installation,
    state: AllowlistCopy['state'],
    previous: KnownAllowlist,
    readAt: number,
  ): Copy<AllowlistCopy> {
    const last = previous === 'unreadable' ? undefined : previous;
    const lastGood = this.isGood(state) ? undefined : this.lastGoodOf(last);
    const value: AllowlistCopy = {
      accountId: installation.accountId,
      state,
      ...(lastGood === undefined ? {} : { lastGood }),
    };
    const unchanged = last !== undefined && JSON.stringify(last.value) === JSON.stringify(value);
    const copy = { value, readAt, freshForMs: freshFor(last, unchanged, this.settings.webhooksTell) };
    this.allowlists.put(installation.owner.toLowerCase(), copy);
    return copy;
  }

  private isGood(state: AllowlistCopy['state']): boolean {
    return state.kind === 'absent' || (state.kind === 'file' && this.compiler.allowlist(state.text).kind === 'present');
  }

  private lastGoodOf(copy: Copy<AllowlistCopy> | undefined): AllowlistCopy['lastGood'] {
    if (copy === undefined) return undefined;
    const { state, lastGood } = copy.value;
    return state.kind === 'file' && this.isGood(state) ? { text: state.text, readAt: copy.readAt } : lastGood;
  }

  private async stale(query: PolicyQuery, { folder, allowlist }: Known): Promise<PoliciesRead | undefined> {
    const oldest = this.clock.now() - LONGEST_STALE_MS;
    if (folder === undefined || folder.readAt <= oldest || folder.value.repositoryId === null) return undefined;
    if (allowlist === undefined || (allowlist !== 'unreadable' && allowlist.readAt <= oldest)) return undefined;
    const assembled = await this.assembled(query, folder, allowlist);
    return assembled.kind === 'read' ? assembled : undefined;
  }

  private async assembled(
    query: PolicyQuery,
    folder: Copy<FolderCopy>,
    allowlist: Copy<AllowlistCopy> | 'unreadable',
  ): Promise<PoliciesRead | Unavailable> {
    const policy = await this.policyReading(query, folder.value);
    if (policy.kind === 'unavailable') return policy;
    return {
      kind: 'read',
      repositoryId: folder.value.repositoryId ?? undefined,
      policy,
      allowlist: this.allowlistReading(allowlist),
    };
  }

  private async policyReading(query: PolicyQuery, folder: FolderCopy): Promise<PolicyReading | Unavailable> {
    const { scope, identity, installation } = query;
    const file = folder.files.find((one) => one.name === identity + POLICY_SUFFIX && one.kind === 'file');
    if (file === undefined) return { kind: 'absent', nearMisses: nearMisses(folder.files, identity) };
    const level = isOrganizationLevel(scope, this.settings.orgPolicyRepository) ? 'organization' : 'repository';
    if (!folder.listingOnly) return this.compiler.policy(file, level);
    const repository = policyRepository(scope, this.settings.orgPolicyRepository);
    const text = await this.reader.readFile(installation, repository, policyPath(identity));
    return typeof text === 'string' ? this.compiler.policy({ ...file, text }, level) : text;
  }

  private allowlistReading(allowlist: Copy<AllowlistCopy> | 'unreadable'): AllowlistReading {
    if (allowlist === 'unreadable') return { kind: 'unreadable' };
    const { state, lastGood } = allowlist.value;
    if (state.kind === 'absent') return state;
    const current = state.kind === 'file' ? this.compiler.allowlist(state.text) : undefined;
    if (current?.kind === 'present') return current;
    const isUsable = lastGood !== undefined && this.clock.now() - lastGood.readAt < LONGEST_STALE_MS;
    return isUsable ? this.compiler.allowlist(lastGood.text) : (current ?? { kind: 'invalid', faults: [] });
  }
}

function belongsTo(installation: Installation, { target, organization }: FolderRead): boolean {
  const accounts = [target, organization].flatMap((one) => (one.kind === 'found' ? [one.folder.accountId] : []));
  return accounts.every((accountId) => accountId === installation.accountId);
}
