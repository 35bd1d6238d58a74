import type { Stored } from './copy.ts';

export type StoreAnswer =
  /** `version` is the schema version of the value; a tombstone is the same in every version. */
  | { readonly kind: 'found'; readonly stored: Stored<unknown>; readonly version: number }
  /** The store has nothing under this key. Only this is an absence. */
  | { readonly kind: 'missing' }
  /** Something stands there that is neither a copy nor a tombstone. */
  | { readonly kind: 'unreadable' }
  /** The store gave no answer, and has logged why. */
  | { readonly kind: 'failed' };

export interface Keeping {
  /** Schema version of the value. */
  readonly version: number;
  /** How long the store keeps it; for good if not given. */
  readonly keepForSeconds?: number;
}

/** Where copies outlive an isolate. Eventually consistent: a write is seen elsewhere within about a minute. */
export interface CopyStore {
  /** Never throws. */
  get(key: string): Promise<StoreAnswer>;
  /** @throws where the store fails */
  put(key: string, stored: Stored<unknown>, keeping: Keeping): Promise<void>;
}
