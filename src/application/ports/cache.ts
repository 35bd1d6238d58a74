/** Something that was read elsewhere, as a cache keeps it. Plain data: entries outlive the request that made them. */
export interface CacheEntry<Value> {
  readonly value: Value;
  /** When the read BEGAN, in milliseconds since the epoch: what changed while it was under way counts as newer. */
  readonly readAt: number;
  /** How often this entry was changed since that read, from 0. */
  readonly revision: number;
  /** How long it is fresh; it may grow while it is found unchanged. */
  readonly freshForMs: number;
  /** When a change was told of: what was read before, or at that time, is not fresh. In milliseconds since the epoch. */
  readonly expiredAt?: number;
}

/** The same entry with a change, under the next revision. */
export function revised<Value>(
  entry: CacheEntry<Value>,
  change: Partial<Pick<CacheEntry<Value>, 'value' | 'freshForMs' | 'expiredAt'>>,
): CacheEntry<Value> {
  return { ...entry, ...change, revision: entry.revision + 1 };
}

export type CacheAnswer<Value> =
  | { readonly kind: 'found'; readonly entry: CacheEntry<Value> }
  /** Nothing was ever kept, or it has expired. KV takes up to a minute to show new values everywhere. */
  | { readonly kind: 'missing' }
  /** Something may have been kept: the store failed, its value can't be read, or the entry was purged. */
  | { readonly kind: 'untold' };

/** `isolate`: never written to the store that all isolates share. */
export type CacheReach = 'shared' | 'isolate';

/** Remembers values by key, in this isolate and in a store that all isolates share. It may forget. */
export interface Cache<Value> {
  /** The newest known entry, however old. The caller decides whether it may be used. */
  find(key: string): Promise<CacheAnswer<Value>>;
  /** In this isolate at once, in the store after the answer. An older entry never replaces a newer one. */
  put(key: string, entry: CacheEntry<Value>, reach: CacheReach): void;
  /** Forgets what is known now: in this isolate at once, in the store after the answer. */
  drop(key: string): void;
}

/** For changes that GitHub reports. The store is written before these return; they throw if that fails. */
export interface CacheInvalidation {
  /** Forgets what is known now. A read that has begun already can't bring it back. */
  purge(key: string): Promise<void>;
  /** Keeps the newest entry and ends its freshness. What a read brings that has begun already is not fresh either. */
  expire(key: string): Promise<void>;
}
