import type { CacheRecord } from './cache-entry.ts';

export type StoreAnswer =
  /** `version` is the schema version of the value; a tombstone is the same in every version. */
  | { readonly kind: 'found'; readonly record: CacheRecord<unknown>; readonly version: number }
  /** The store has nothing under this key. Only this is an absence. */
  | { readonly kind: 'missing' }
  /** The stored text is neither an entry nor a tombstone. */
  | { readonly kind: 'unreadable' }
  /** The store gave no answer; `reason` is for the log. */
  | { readonly kind: 'failed'; readonly reason: string };

export type KeysAnswer =
  { readonly kind: 'listed'; readonly keys: readonly string[] } | { readonly kind: 'failed'; readonly reason: string };

export interface Keeping {
  /** Schema version of the value. */
  readonly version: number;
  /** How long the store keeps it. Without it the entry is kept for ever. */
  readonly keepForSeconds?: number;
}

/** The store takes no more writes for hours: trying again would only cost more. */
export class StoreSpentError extends Error {
  override readonly name = 'StoreSpentError';
}

/** Where entries outlive an isolate. Eventually consistent: a write is seen elsewhere within about a minute. */
export interface CacheStore {
  /** Never throws. */
  get(key: string): Promise<StoreAnswer>;
  /**
   * What keys there are that begin so; tombstones' too. Never throws.
   *
   * @param most no more than so many
   */
  keys(prefix: string, most: number): Promise<KeysAnswer>;
  /** @throws where the store fails; StoreSpentError where trying again is of no use */
  put(key: string, record: CacheRecord<unknown>, keeping: Keeping): Promise<void>;
}
