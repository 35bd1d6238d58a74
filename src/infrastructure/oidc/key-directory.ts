import type { EventBound } from '../../domain/request-window.ts';
import type { Clock } from '../../application/ports/clock.ts';
import type { KeyKeeping } from '../../application/ports/token-verifier.ts';
import { ownLimit } from '../../application/request-allowance.ts';
import { isYoungerThan } from '../cache/cache-entry.ts';
import type { LookupTurns } from '../kv/lookup-turns.ts';
import type { LruMap } from '../cache/lru-map.ts';
import type { CachePolicy, TwoLevelCache } from '../cache/two-level-cache.ts';
import type { DiscoveryClient, KeysAnswer } from './discovery-client.ts';
import { isKeySet, type KeySet } from './key-set.ts';

const FRESH_MS = 60 * 60_000;
const KEPT_MS = 24 * 60 * 60_000;
/** An unknown `kid` fetches the keys again at most this often for one issuer. */
const REFETCH_MS = 60_000;
/** The two documents take 5 s each at the most. */
const LONGEST_REFETCH_MS = 11_000;

/** The last time that an issuer's keys were fetched for an unknown `kid`. */
export interface KeyRefetch {
  readonly begunAt: number;
  /** Only an end starts the minute: until then those who come wait for what is found. */
  readonly endedAt?: number;
}

/** The keys are what they were, and were asked for within the minute. */
interface Unchanged {
  readonly kind: 'unchanged';
}

const UNCHANGED: Unchanged = { kind: 'unchanged' };

export const KEY_CACHE: Omit<CachePolicy<KeySet>, 'prefix'> = {
  isolateMs: 10 * 60_000,
  longestFreshMs: FRESH_MS,
  keepForSeconds: KEPT_MS / 1000,
  isValue: isKeySet,
  migrations: [],
  isSame: (a, b) => JSON.stringify(a) === JSON.stringify(b),
};

export interface KeyFetchLimits {
  /** Nothing for an issuer that the operator named, or the configured server's own. */
  readonly boundFor: (issuer: string) => EventBound | undefined;
}

/** Issuers' keys: cached, fetched, and fetched again when a token names a key that is not among them. */
export class KeyDirectory {
  constructor(
    private readonly discovery: DiscoveryClient,
    private readonly cache: TwoLevelCache<KeySet>,
    /** Of this isolate alone. */
    private readonly refetches: LruMap<KeyRefetch>,
    private readonly turns: LookupTurns,
    private readonly limits: KeyFetchLimits,
    private readonly clock: Clock,
  ) {}

  /** Keys at hand, a day old at the most: the issuer may have withdrawn them by now. */
  async cached(issuer: string): Promise<KeySet | undefined> {
    const copy = await this.cache.get(issuer);
    return copy !== undefined && isYoungerThan(KEPT_MS, copy.readAt, this.clock.now()) ? copy.value : undefined;
  }

  /** Fresh keys, or cached ones while the issuer is down. */
  async keysOf(issuer: string, keeping: KeyKeeping): Promise<KeysAnswer> {
    const answer = await this.turns.run(
      `keys ${issuer}`,
      () => this.fresh(issuer),
      () => this.fetch(issuer, keeping),
    );
    if (answer.kind !== 'unavailable') return answer;
    const stale = await this.cached(issuer);
    return stale === undefined ? answer : { kind: 'keys', keySet: stale };
  }

  /** The keys once more, for a token whose key is not among `known`; nothing where that was tried within the minute. */
  async refetched(issuer: string, known: KeySet, keeping: KeyKeeping): Promise<KeysAnswer | undefined> {
    const answer = await this.turns.run(
      `refetch ${issuer}`,
      () => this.refetchedBefore(issuer, known),
      () => this.refetch(issuer, keeping),
      LONGEST_REFETCH_MS,
    );
    return answer.kind === 'unchanged' ? undefined : answer;
  }

  private async refetchedBefore(issuer: string, known: KeySet): Promise<KeysAnswer | Unchanged | undefined> {
    const current = await this.cached(issuer);
    if (current !== undefined && !KEY_CACHE.isSame(current, known)) return { kind: 'keys', keySet: current };
    const endedAt = this.refetches.get(issuer)?.endedAt ?? Number.NEGATIVE_INFINITY;
    return this.clock.now() - endedAt < REFETCH_MS ? UNCHANGED : undefined;
  }

  /** Those who waited in vain for a request that was cancelled all come here at once: one of them fetches. */
  private async refetch(issuer: string, keeping: KeyKeeping): Promise<KeysAnswer | Unchanged> {
    const begunAt = this.clock.now();
    const last = this.refetches.get(issuer);
    if (last !== undefined && last.endedAt === undefined && begunAt - last.begunAt < LONGEST_REFETCH_MS) {
      return UNCHANGED;
    }
    this.refetches.set(issuer, { begunAt });
    try {
      return await this.fetch(issuer, keeping);
    } finally {
      this.refetches.set(issuer, { begunAt, endedAt: this.clock.now() });
    }
  }

  /** Keys that need not be asked for again yet: an issuer that withdraws a key is believed within the hour. */
  async freshlyCached(issuer: string): Promise<KeySet | undefined> {
    const copy = await this.cache.get(issuer);
    return copy !== undefined && this.cache.isFresh(copy) ? copy.value : undefined;
  }

  private async fresh(issuer: string): Promise<KeysAnswer | undefined> {
    const keySet = await this.freshlyCached(issuer);
    return keySet === undefined ? undefined : { kind: 'keys', keySet };
  }

  /** @throws Refusal `rate_limited` where too many issuers that nobody configured gave no keys within the minute */
  private async fetch(issuer: string, keeping: KeyKeeping): Promise<KeysAnswer> {
    const readAt = this.clock.now();
    const bound = await this.boundFor(issuer);
    if (bound?.isFull(readAt)) throw ownLimit(bound.retryAfterSeconds(readAt), 'failed key fetches');
    bound?.record(readAt);
    const answer = await this.discovery.keysOf(issuer);
    if (answer.kind !== 'keys') return answer;
    bound?.release([readAt]);
    const entry = { value: answer.keySet, readAt, revision: 0, freshForMs: FRESH_MS };
    if (keeping === 'shared') this.cache.put(issuer, entry);
    else this.cache.keepInIsolate(issuer, entry);
    return answer;
  }

  /** An issuer pattern, or the paths of enterprises below GitHub's own issuer, let strangers choose whom we ask. */
  private async boundFor(issuer: string): Promise<EventBound | undefined> {
    const bound = this.limits.boundFor(issuer);
    return bound === undefined || (await this.cached(issuer)) !== undefined ? undefined : bound;
  }
}
