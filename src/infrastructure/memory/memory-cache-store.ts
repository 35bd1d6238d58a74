import type { Clock } from '../../application/ports/clock.ts';
import type { CacheRecord } from '../cache/cache-entry.ts';
import type { CacheStore, Keeping, KeysAnswer, StoreAnswer } from '../cache/cache-store.ts';
import { storeAnswer, recordText } from '../cache/record-text.ts';

interface Entry {
  readonly text: string;
  readonly expiresAt: number;
}

/** The shortest time that KV accepts. */
const LEAST_SECONDS = 60;

/** Keeps text, as KV does, so that no object is shared with the store. */
export class MemoryCacheStore implements CacheStore {
  reads = 0;
  writes = 0;
  /** Every read fails while this is set. */
  failsReads = false;
  /** So many of the next writes fail, as a second write within a second does in KV. */
  failingWrites = 0;
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly clock: Clock) {}

  get(key: string): Promise<StoreAnswer> {
    this.reads += 1;
    if (this.failsReads) return Promise.resolve({ kind: 'failed', reason: 'test' });
    const entry = this.entries.get(key);
    const isThere = entry !== undefined && this.clock.now() < entry.expiresAt;
    return Promise.resolve(isThere ? storeAnswer(entry.text) : { kind: 'missing' });
  }

  keys(prefix: string, most: number): Promise<KeysAnswer> {
    if (this.failsReads) return Promise.resolve({ kind: 'failed', reason: 'test' });
    const now = this.clock.now();
    const live = [...this.entries].flatMap(([key, { expiresAt }]) => (now < expiresAt ? [key] : []));
    return Promise.resolve({ kind: 'listed', keys: live.filter((key) => key.startsWith(prefix)).slice(0, most) });
  }

  put(key: string, record: CacheRecord<unknown>, { version, keepForSeconds }: Keeping): Promise<void> {
    if (this.failingWrites > 0) {
      this.failingWrites -= 1;
      return Promise.reject(new Error('too many writes'));
    }
    this.writes += 1;
    this.putText(key, recordText(record, version), keepForSeconds);
    return Promise.resolve();
  }

  /** Puts any text there, as somebody who edits the store could. */
  putText(key: string, text: string, keepForSeconds = Number.POSITIVE_INFINITY): void {
    const expiresAt = this.clock.now() + Math.max(LEAST_SECONDS, keepForSeconds) * 1000;
    this.entries.set(key, { text, expiresAt });
  }
}
