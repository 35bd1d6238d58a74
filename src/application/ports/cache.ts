/** Something that was read elsewhere, as a cache keeps it. Plain data: entries outlive the request that made them. */
export interface CacheEntry<Value> {
  readonly value: Value;
  /** When the read BEGAN, in milliseconds since the epoch: what changed while it was under way counts as newer. */
  readonly readAt: number;
  /** Counts what was changed of this entry since that read, from 0. */
  readonly revision: number;
  /** How long it is fresh; it may grow while it is found unchanged. */
  readonly freshForMs: number;
}

/** The same read, with what was learnt since. */
export function revised<Value>(
  entry: CacheEntry<Value>,
  change: Partial<Pick<CacheEntry<Value>, 'value' | 'freshForMs'>>,
): CacheEntry<Value> {
  return { ...entry, ...change, revision: entry.revision + 1 };
}

export type CacheAnswer<Value> =
  | { readonly kind: 'found'; readonly entry: CacheEntry<Value> }
  /** Nothing was ever kept, as far as the store has spread it, or what was has expired there. */
  | { readonly kind: 'missing' }
  /** There may be something: the store failed, what it holds can't be read, or it was purged. */
  | { readonly kind: 'untold' };

/** `isolate`: never written to the store that all isolates share. */
export type CacheReach = 'shared' | 'isolate';

/** Remembers values by key: in this isolate, and in a store that all isolates share. May forget; never invents. */
export interface Cache<Value> {
  /** The newest entry at hand, however old: whoever asks judges its freshness. */
  find(key: string): Promise<CacheAnswer<Value>>;
  /** Here at once, in the store after the answer. An older entry never replaces a newer one. */
  put(key: string, entry: CacheEntry<Value>, reach: CacheReach): void;
  /** Forgets what is known by now: here at once, in the store after the answer. */
  drop(key: string): void;
}

/** For what GitHub tells of changes: done in the store before it returns. Both throw where the store fails. */
export interface CacheInvalidation {
  /** Forgets what is known by now. A read that is under way can't bring it back. */
  purge(key: string): Promise<void>;
  /** Keeps the newest entry and ends its freshness. */
  expire(key: string): Promise<void>;
}
