import type { App, Installation } from '../../domain/apps.ts';
import type {
  InstallationDirectory,
  InstallationLookup,
  Recency,
} from '../../application/ports/installation-directory.ts';
import type { Clock } from '../../application/ports/clock.ts';
import type { Unavailable } from '../../application/ports/unavailable.ts';
import { member } from '../http/bounded-fetch.ts';
import type { LookupTurns } from '../kv/lookup-turns.ts';
import type { LruMap } from '../cache/lru-map.ts';
import { revised } from '../cache/cache-entry.ts';
import type { CachePolicy, TwoLevelCache } from '../cache/two-level-cache.ts';
import { unavailable, type GitHubClient } from './github-client.ts';

/** An installation as it is kept, with what was learnt about the policy repository through it. */
export interface InstallationCopy {
  readonly id: number;
  readonly accountId: number;
  /** A token for a repository together with the policy repository is refused: ask for the repository alone at once. */
  readonly pairRefused?: boolean;
  /** When every App of the pool was last refused the policy repository. */
  readonly unreadableAt?: number;
}

const FRESH_MS = 60 * 60_000;
const ABSENT_MS = 5 * 60_000;
/** What was looked up this recently counts as looked up afresh. */
const AFRESH_MS = 60_000;

export const INSTALLATION_CACHE: Omit<CachePolicy<InstallationCopy>, 'prefix'> = {
  isolateMs: 10 * 60_000,
  longestFreshMs: FRESH_MS,
  keepForSeconds: 60 * 60,
  isValue: isInstallationCopy,
  migrations: [],
  isSame: (a, b) =>
    a.id === b.id &&
    a.accountId === b.accountId &&
    (a.pairRefused === true) === (b.pairRefused === true) &&
    (a.unreadableAt === undefined) === (b.unreadableAt === undefined),
};

/** Looks installations up by the account's name: one request, however many installations the App has. */
export class GitHubInstallationDirectory implements InstallationDirectory {
  constructor(
    private readonly client: GitHubClient,
    private readonly cache: TwoLevelCache<InstallationCopy>,
    /** When each owner was last found to have no installation; of this isolate alone. */
    private readonly absences: LruMap<number>,
    private readonly turns: LookupTurns,
    private readonly clock: Clock,
  ) {}

  async find(app: App, owner: string, recency: Recency = 'remembered'): Promise<InstallationLookup> {
    const key = cacheKey(app, owner);
    const notBefore = recency === 'afresh' ? this.clock.now() - AFRESH_MS : Number.NEGATIVE_INFINITY;
    return this.turns.run(
      `installation ${key} ${recency}`,
      () => this.remembered(app, owner, notBefore),
      () => this.lookUp(app, owner, key),
    );
  }

  forget(app: App, owner: string): void {
    const key = cacheKey(app, owner);
    this.absences.delete(key);
    this.cache.drop(key);
  }

  /** Like `forget`, and known to every isolate before it returns. @throws where the store fails */
  async forgetEverywhere(app: App, owner: string): Promise<void> {
    const key = cacheKey(app, owner);
    this.absences.delete(key);
    await this.cache.purge(key);
  }

  /** What is kept of an installation beyond its id. */
  async copyOf(installation: Installation): Promise<InstallationCopy | undefined> {
    const copy = await this.cache.get(cacheKey(installation.app, installation.owner));
    return copy?.value.id === installation.id ? copy.value : undefined;
  }

  /** Keeps what was learnt about the policy repository, for as long as the installation itself. */
  async note(
    installation: Installation,
    learnt: Pick<InstallationCopy, 'pairRefused' | 'unreadableAt'>,
  ): Promise<void> {
    const key = cacheKey(installation.app, installation.owner);
    const entry = await this.cache.get(key);
    if (entry?.value.id !== installation.id) return;
    this.cache.put(key, revised(entry, { value: { ...entry.value, ...learnt } }));
  }

  private async remembered(app: App, owner: string, notBefore: number): Promise<InstallationLookup | undefined> {
    const key = cacheKey(app, owner);
    const cached = await this.cache.get(key);
    if (cached !== undefined && this.cache.isFresh(cached) && cached.readAt >= notBefore) {
      return found(app, owner, cached.value);
    }
    return this.isKnownAbsent(key, notBefore) ? { kind: 'absent' } : undefined;
  }

  /** A purge tells that something has changed since. */
  private isKnownAbsent(key: string, notBefore: number): boolean {
    const since = this.absences.get(key);
    if (since === undefined || since < notBefore || this.clock.now() - since >= ABSENT_MS) return false;
    return (this.cache.purgedAt(key) ?? Number.NEGATIVE_INFINITY) <= since;
  }

  private async lookUp(app: App, owner: string, key: string): Promise<InstallationLookup> {
    const readAt = this.clock.now();
    // Finds organizations too; the second path is for servers where it does not.
    for (const path of [`/users/${owner}/installation`, `/orgs/${owner}/installation`]) {
      const answer = await this.client.asApp(app, owner, { method: 'GET', path });
      if (answer.kind === 'unavailable') return answer;
      if (answer.status === 404) continue;
      const value = answer.status === 200 ? installationOf(answer.json) : undefined;
      if (value === undefined) return unusable(path, answer.status);
      this.cache.put(key, { value, readAt, revision: 0, freshForMs: FRESH_MS });
      return found(app, owner, value);
    }
    this.absences.set(key, readAt);
    return { kind: 'absent' };
  }
}

function cacheKey(app: App, owner: string): string {
  return `${app.id}/${owner.toLowerCase()}`;
}

function found(app: App, owner: string, { id, accountId }: InstallationCopy): InstallationLookup {
  return { kind: 'found', installation: { app, owner, id, accountId } };
}

function installationOf(json: unknown): InstallationCopy | undefined {
  const id = member(json, 'id');
  const accountId = member(member(json, 'account'), 'id');
  return typeof id === 'number' && typeof accountId === 'number' ? { id, accountId } : undefined;
}

function isInstallationCopy(value: unknown): value is InstallationCopy {
  const pairRefused = member(value, 'pairRefused');
  const unreadableAt = member(value, 'unreadableAt');
  return (
    typeof member(value, 'id') === 'number' &&
    typeof member(value, 'accountId') === 'number' &&
    (pairRefused === undefined || typeof pairRefused === 'boolean') &&
    (unreadableAt === undefined || typeof unreadableAt === 'number')
  );
}

function unusable(path: string, status: number): Unavailable {
  return unavailable('unusable', `GET ${path}: status ${status}, or no installation in it`);
}
