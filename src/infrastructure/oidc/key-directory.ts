import { inject, injectable } from 'tsyringe';
import type { EventBound } from '../../domain/request-window.ts';
import { CLOCK, type Clock } from '../../application/ports/clock.ts';
import type { KeyKeeping } from '../../application/ports/token-verifier.ts';
import { ownLimit } from '../../application/budget/request-budget.ts';
import { RequestDeadline } from '../../application/budget/request-deadline.ts';
import { isFresh, isYoungerThan } from '../../application/policies/freshness.ts';
import type { LruMap } from '../cache/lru-map.ts';
import type { CachePolicy } from '../cache/two-level-cache.ts';
import type { Cache } from '../../application/ports/cache.ts';
import { DISCOVERY_CLIENT, type DiscoveryClient, type KeysAnswer } from './discovery-client.ts';
import { isKeySet, type KeySet } from './key-set.ts';
import { SINGLE_FLIGHT, type SingleFlight } from '../../application/ports/single-flight.ts';
import { isolateToken, requestToken } from '../../application/ports/token.ts';

const FRESH_MS = 60 * 60_000;
const KEPT_MS = 24 * 60 * 60_000;
/** Unknown values of `kid` make the keys of one issuer be fetched again at most this often. */
const REFETCH_MS = 60_000;
/** The two documents take at most 5 s each. */
const LONGEST_REFETCH_MS = 11_000;

/** The last fetch of an issuer's keys because of an unknown `kid`. */
export interface KeyRefetch {
  readonly begunAt: number;
  /** The minute starts when the fetch ends. Until then other requests wait for its result. */
  readonly endedAt?: number;
}

/** The keys are what they were, and were asked for within the minute. */
interface Unchanged {
  readonly kind: 'unchanged';
}

const UNCHANGED: Unchanged = { kind: 'unchanged' };

export const KEY_VALUES: Omit<CachePolicy<KeySet>, 'prefix'> = {
  isolateMs: 10 * 60_000,
  longestFreshMs: FRESH_MS,
  keepForSeconds: KEPT_MS / 1000,
  isValue: isKeySet,
  migrations: [],
  isSame: (a, b) => JSON.stringify(a) === JSON.stringify(b),
};

export interface KeyFetchLimits {
  /** No bound for an issuer that the operator named, nor for that of the configured GitHub server. */
  readonly boundFor: (issuer: string) => EventBound | undefined;
}

export const KEY_CACHE = requestToken<Cache<KeySet>>('KeyCache');
/** When each issuer's keys were last fetched for an unknown `kid`. */
export const KEY_REFETCHES = isolateToken<LruMap<KeyRefetch>>('KeyRefetches');
export const KEY_FETCH_LIMITS = requestToken<KeyFetchLimits>('KeyFetchLimits');

/** Issuers' keys: cached, fetched, and fetched again when a token names a key that is not among them. */
@injectable()
export class KeyDirectory {
  constructor(
    @inject(DISCOVERY_CLIENT) private readonly discovery: DiscoveryClient,
    @inject(KEY_CACHE) private readonly cache: Cache<KeySet>,
    @inject(KEY_REFETCHES) private readonly refetches: LruMap<KeyRefetch>,
    @inject(SINGLE_FLIGHT) private readonly singleFlight: SingleFlight,
    @inject(KEY_FETCH_LIMITS) private readonly limits: KeyFetchLimits,
    @inject(RequestDeadline) private readonly deadline: RequestDeadline,
    @inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Cached keys, at most a day old. The issuer may have withdrawn them since. */
  async cached(issuer: string): Promise<KeySet | undefined> {
    const found = await this.cache.find(issuer);
    if (found.kind !== 'found' || !isYoungerThan(KEPT_MS, found.entry.readAt, this.clock.now())) return undefined;
    return found.entry.value;
  }

  /** Fresh keys, or cached ones while the issuer is down. */
  async keysOf(issuer: string, keeping: KeyKeeping): Promise<KeysAnswer> {
    const answer = await this.singleFlight.run(
      `keys ${issuer}`,
      () => this.fresh(issuer),
      () => this.fetch(issuer, keeping),
    );
    if (answer.kind !== 'unavailable') return answer;
    const stale = await this.cached(issuer);
    return stale === undefined ? answer : { kind: 'keys', keySet: stale };
  }

  /**
   * Fetches the keys again for a token whose key is not among `known`. Nothing where that was tried within the minute.
   */
  async refetched(issuer: string, known: KeySet, keeping: KeyKeeping): Promise<KeysAnswer | undefined> {
    const answer = await this.singleFlight.run(
      `refetch ${issuer}`,
      () => this.refetchedBefore(issuer, known),
      () => this.refetch(issuer, keeping),
      LONGEST_REFETCH_MS,
    );
    return answer.kind === 'unchanged' ? undefined : answer;
  }

  private async refetchedBefore(issuer: string, known: KeySet): Promise<KeysAnswer | Unchanged | undefined> {
    const current = await this.cached(issuer);
    if (current !== undefined && !KEY_VALUES.isSame(current, known)) return { kind: 'keys', keySet: current };
    const endedAt = this.refetches.get(issuer)?.endedAt ?? Number.NEGATIVE_INFINITY;
    return this.clock.now() - endedAt < REFETCH_MS ? UNCHANGED : undefined;
  }

  /** Where a fetch was cancelled, all requests that waited for it come here at once. One of them fetches. */
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

  /** Cached keys that are still fresh. A key that the issuer withdraws stops counting within the hour. */
  async freshlyCached(issuer: string): Promise<KeySet | undefined> {
    const found = await this.cache.find(issuer);
    return found.kind === 'found' && isFresh(found.entry, this.clock.now()) ? found.entry.value : undefined;
  }

  private async fresh(issuer: string): Promise<KeysAnswer | undefined> {
    const keySet = await this.freshlyCached(issuer);
    return keySet === undefined ? undefined : { kind: 'keys', keySet };
  }

  /**
   * Asks the issuer, whatever is at hand. `own_limit` where too many issuers that nobody configured gave no keys within the
   * minute.
   */
  async fetch(issuer: string, keeping: KeyKeeping): Promise<KeysAnswer> {
    const readAt = this.clock.now();
    const bound = await this.boundFor(issuer);
    if (bound?.isFull(readAt)) return ownLimit(bound.retryAfterSeconds(readAt), 'failed key fetches');
    bound?.record(readAt);
    const answer = await this.discovery.keysOf(issuer, this.deadline);
    if (answer.kind !== 'keys') return answer;
    bound?.release([readAt]);
    const entry = { value: answer.keySet, readAt, revision: 0, freshForMs: FRESH_MS };
    this.cache.put(issuer, entry, keeping);
    return answer;
  }

  /**
   * With an issuer pattern, or with paths of enterprises below GitHub's own issuer, strangers can choose which server
   * is asked.
   */
  private async boundFor(issuer: string): Promise<EventBound | undefined> {
    const bound = this.limits.boundFor(issuer);
    return bound === undefined || (await this.cached(issuer)) !== undefined ? undefined : bound;
  }
}
