import type { Clock } from '../../application/ports/clock.ts';
import type { Stored } from '../kv/copy.ts';
import type { CopyStore } from '../kv/copy-store.ts';

interface Entry {
  readonly text: string;
  readonly expiresAt: number;
}

/** The least that KV allows. */
const LEAST_SECONDS = 60;

/** Keeps text, as KV does: nobody shares an object with the store. */
export class MemoryCopyStore implements CopyStore {
  reads = 0;
  writes = 0;
  /** The next so many writes fail, as KV's second one within a second does. */
  failingWrites = 0;
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly clock: Clock) {}

  get(key: string): Promise<Stored<unknown> | undefined> {
    this.reads += 1;
    const entry = this.entries.get(key);
    const isThere = entry !== undefined && this.clock.now() < entry.expiresAt;
    return Promise.resolve(isThere ? (JSON.parse(entry.text) as Stored<unknown>) : undefined);
  }

  put(key: string, stored: Stored<unknown>, keepForSeconds = Number.POSITIVE_INFINITY): Promise<void> {
    if (this.failingWrites > 0) {
      this.failingWrites -= 1;
      return Promise.reject(new Error('too many writes'));
    }
    this.writes += 1;
    const expiresAt = this.clock.now() + Math.max(LEAST_SECONDS, keepForSeconds) * 1000;
    this.entries.set(key, { text: JSON.stringify(stored), expiresAt });
    return Promise.resolve();
  }
}
