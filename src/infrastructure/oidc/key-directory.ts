import type { RequestWindow } from '../../domain/request-window.ts';
import type { Clock } from '../../application/ports/clock.ts';
import { ownLimit } from '../../application/request-allowance.ts';
import type { LookupTurns } from '../kv/lookup-turns.ts';
import type { LruMap } from '../kv/lru-map.ts';
import type { CachePolicy, TwoLevelCache } from '../kv/two-level-cache.ts';
import type { DiscoveryClient, KeysAnswer } from './discovery-client.ts';
import { isKeySet, type KeySet } from './key-set.ts';

const FRESH_MS = 60 * 60_000;
const KEPT_MS = 24 * 60 * 60_000;
/** An unknown `kid` fetches the keys again at most this often for one issuer. */
const REFETCH_MS = 60_000;

export const KEY_CACHE: Omit<CachePolicy<KeySet>, 'prefix'> = {
  isolateMs: 10 * 60_000,
  keepForSeconds: KEPT_MS / 1000,
  isValue: isKeySet,
  isSame: (a, b) => JSON.stringify(a) === JSON.stringify(b),
};

export interface KeyFetchLimits {
  readonly failedFetches: RequestWindow;
  /** Whether the operator named this very issuer, or it is the configured server's own. */
  readonly isConfigured: (issuer: string) => boolean;
}

/** Issuers' keys: cached, fetched, and fetched again when a token names a key that is not among them. */
export class KeyDirectory {
  constructor(
    private readonly discovery: DiscoveryClient,
    private readonly cache: TwoLevelCache<KeySet>,
    /** When each issuer's keys were last fetched for an unknown `kid`; of this isolate alone. */
    private readonly refetches: LruMap<number>,
    private readonly turns: LookupTurns,
    private readonly limits: KeyFetchLimits,
    private readonly clock: Clock,
  ) {}

  private async cached(issuer: string): Promise<KeySet | undefined> {
    const copy = await this.cache.get(issuer);
    return copy !== undefined && this.clock.now() - copy.readAt < KEPT_MS ? copy.value : undefined;
  }

  /** Fresh keys, or cached ones while the issuer is down. */
  async keysOf(issuer: string): Promise<KeysAnswer> {
    const answer = await this.turns.run(
      `keys ${issuer}`,
      () => this.fresh(issuer),
      () => this.fetch(issuer),
    );
    if (answer.kind !== 'unavailable') return answer;
    const stale = await this.cached(issuer);
    return stale === undefined ? answer : { kind: 'keys', keySet: stale };
  }

  /** The keys once more, for a token whose key is not among `known`; nothing where that was tried within the minute. */
  async refetched(issuer: string, known: KeySet): Promise<KeysAnswer | undefined> {
    const now = this.clock.now();
    const current = await this.cached(issuer);
    if (current !== undefined && !KEY_CACHE.isSame(current, known)) return { kind: 'keys', keySet: current };
    if (now - (this.refetches.get(issuer) ?? Number.NEGATIVE_INFINITY) < REFETCH_MS) return undefined;
    this.refetches.set(issuer, now);
    return this.fetch(issuer);
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
  private async fetch(issuer: string): Promise<KeysAnswer> {
    const readAt = this.clock.now();
    const bound = await this.boundFor(issuer);
    if (bound?.isFull(readAt)) throw ownLimit(bound, readAt, 'failed key fetches');
    bound?.record(readAt);
    const answer = await this.discovery.keysOf(issuer);
    if (answer.kind !== 'keys') return answer;
    bound?.release([readAt]);
    this.cache.put(issuer, { value: answer.keySet, readAt, freshForMs: FRESH_MS });
    return answer;
  }

  /** An issuer pattern, or the paths of enterprises below GitHub's own issuer, let strangers choose whom we ask. */
  private async boundFor(issuer: string): Promise<RequestWindow | undefined> {
    const isTrusted = this.limits.isConfigured(issuer) || (await this.cached(issuer)) !== undefined;
    return isTrusted ? undefined : this.limits.failedFetches;
  }
}
