import { inject, injectable } from 'tsyringe';
import type { AcceptedPermissions } from '../../domain/accepted-permissions.ts';
import type { App, Installation } from '../../domain/apps.ts';
import { revised, type Cache, type CacheEntry, type CacheInvalidation } from '../ports/cache.ts';
import { CLOCK, type Clock } from '../ports/clock.ts';
import {
  INSTALLATION_REPOSITORY,
  type InstallationLookup,
  type InstallationRepository,
} from '../ports/installation-repository.ts';
import { SINGLE_FLIGHT, type SingleFlight } from '../ports/single-flight.ts';
import { isFresh } from './freshness.ts';
import { requestToken } from '../ports/token.ts';

/** What is remembered of an owner's installation. */
export interface KnownInstallation {
  readonly id: number;
  readonly accountId: number;
  /** GitHub refuses the pair with the policy repository, though not the repository alone: ask for that at once. */
  readonly pairRefused?: boolean;
  /** When every App of the pool was last refused the policy repository, in milliseconds since the epoch. */
  readonly unreadableAt?: number;
  /** As it was looked up. It serves to explain, never to refuse: an owner may have accepted more since. */
  readonly accepted?: AcceptedPermissions;
}

/** GitHub said that the App is not installed there. */
interface KnownAbsence {
  readonly absent: true;
}

export type InstallationEntry = KnownInstallation | KnownAbsence;
export type Learnt = Pick<KnownInstallation, 'pairRefused' | 'unreadableAt'>;

/** How recent an answer must be: what is remembered will do, or only what was looked up within the last minute. */
export type Recency = 'remembered' | 'afresh';

export const INSTALLATION_CACHE = requestToken<Cache<InstallationEntry> & CacheInvalidation>('InstallationCache');

export const INSTALLATION_FRESH_MS = 60 * 60_000;
/** An absence is never written to the store: whoever installs the App at once is served within this time. */
const ABSENT_MS = 5 * 60_000;
/** What was looked up this recently counts as looked up afresh. */
const AFRESH_MS = 60_000;

/** Where the Apps are installed: how long an answer is believed, and when GitHub is asked again. */
@injectable()
export class Installations {
  constructor(
    @inject(INSTALLATION_REPOSITORY) private readonly repository: InstallationRepository,
    @inject(INSTALLATION_CACHE) private readonly cache: Cache<InstallationEntry> & CacheInvalidation,
    @inject(SINGLE_FLIGHT) private readonly singleFlight: SingleFlight,
    @inject(CLOCK) private readonly clock: Clock,
  ) {}

  async find(app: App, owner: string, recency: Recency): Promise<InstallationLookup> {
    return this.singleFlight.run(
      `installation ${installationKey(app, owner)} ${recency}`,
      () => this.remembered(app, owner, recency),
      () => this.lookUp(app, owner),
    );
  }

  /** For when GitHub does not know the installation any more, or another account has its name. */
  forget(app: App, owner: string): void {
    this.cache.drop(installationKey(app, owner));
  }

  /**
   * After GitHub refused a permission that the installation seemed to lack: looks it up again at the next request, unless
   * it was looked up within the last minute. So a permission that was accepted meanwhile is not told as missing for long.
   */
  async doubt({ app, owner, id }: Installation): Promise<void> {
    const entry = await this.entry(app, owner);
    if (entry === undefined || !isInstalled(entry.value, id)) return;
    if (entry.readAt < this.clock.now() - AFRESH_MS) this.forget(app, owner);
  }

  /** What was learnt of the policy repository through this very installation. */
  async learntOf({ app, owner, id }: Installation): Promise<Learnt> {
    const entry = await this.entry(app, owner);
    return entry !== undefined && isInstalled(entry.value, id) ? entry.value : {};
  }

  /** Keeps what was learnt for as long as the installation itself. */
  async learn({ app, owner, id }: Installation, learnt: Learnt): Promise<void> {
    const entry = await this.entry(app, owner);
    if (entry === undefined || !isInstalled(entry.value, id)) return;
    const value = { ...entry.value, ...learnt };
    this.cache.put(installationKey(app, owner), revised(entry, { value }), 'shared');
  }

  private async remembered(app: App, owner: string, recency: Recency): Promise<InstallationLookup | undefined> {
    const entry = await this.entry(app, owner);
    const now = this.clock.now();
    if (entry === undefined || !isFresh(entry, now)) return undefined;
    if (recency === 'afresh' && entry.readAt < now - AFRESH_MS) return undefined;
    return answer(app, owner, entry.value);
  }

  private async lookUp(app: App, owner: string): Promise<InstallationLookup> {
    const readAt = this.clock.now();
    const found = await this.repository.find(app, owner);
    const key = installationKey(app, owner);
    if (found.kind === 'absent') {
      this.cache.put(key, { value: { absent: true }, readAt, revision: 0, freshForMs: ABSENT_MS }, 'isolate');
    } else if (found.kind === 'found') {
      const { id, accountId, accepted } = found.installation;
      const value = { id, accountId, ...optional(accepted) };
      this.cache.put(key, { value, readAt, revision: 0, freshForMs: INSTALLATION_FRESH_MS }, 'shared');
    }
    return found;
  }

  private async entry(app: App, owner: string): Promise<CacheEntry<InstallationEntry> | undefined> {
    const found = await this.cache.find(installationKey(app, owner));
    return found.kind === 'found' ? found.entry : undefined;
  }
}

export function installationKey(app: App, owner: string): string {
  return `${app.id}/${owner.toLowerCase()}`;
}

function answer(app: App, owner: string, value: InstallationEntry): InstallationLookup {
  if ('absent' in value) return { kind: 'absent' };
  const { id, accountId, accepted } = value;
  return { kind: 'found', installation: { app, owner, id, accountId, ...optional(accepted) } };
}

function optional(accepted: AcceptedPermissions | undefined): Pick<KnownInstallation, 'accepted'> {
  return accepted === undefined ? {} : { accepted };
}

function isInstalled(value: InstallationEntry, id: number): value is KnownInstallation {
  return 'id' in value && value.id === id;
}
