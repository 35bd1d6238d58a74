import type { Stored } from './copy.ts';

/** Where copies outlive an isolate. Eventually consistent: a write is seen elsewhere within about a minute. */
export interface CopyStore {
  /** A value that can't be read as this version's is a miss, and so is a failing store. */
  get(key: string): Promise<Stored<unknown> | undefined>;
  /** @param keepForSeconds how long the store keeps it; for good if not given. @throws where the store fails */
  put(key: string, stored: Stored<unknown>, keepForSeconds?: number): Promise<void>;
}
