import type { DeferredTasks } from '../../application/ports/deferred-tasks.ts';
import {
  revised,
  type Cache,
  type CacheAnswer,
  type CacheEntry,
  type CacheInvalidation,
  type CacheReach,
} from '../../application/ports/cache.ts';
import type { Clock } from '../../application/ports/clock.ts';
import type { Log } from '../../application/ports/log.ts';
import type { StoreWrites } from '../../application/budget/store-writes.ts';
import { entryOf, expiredBy, isFromFuture, newer, type CacheRecord, type Tombstone } from './cache-entry.ts';
import { StoreSpentError, type CacheStore, type StoreAnswer } from './cache-store.ts';
import type { LruMap } from './lru-map.ts';
import { migrated, versionOf, type Schema } from './schema.ts';

/** Why the store gave nothing. Only `missing` says that there is nothing. */
type Nothing = Exclude<StoreAnswer['kind'], 'found'>;

type Held<Value> = { readonly kind: 'found'; readonly record: CacheRecord<Value> } | { readonly kind: Nothing };

/** What an isolate knows of a key. */
export interface IsolateMemo<Value> {
  readonly record: CacheRecord<Value> | undefined;
  /** Why there is no `record`, where the store was asked. */
  readonly nothing?: Nothing;
  /** When the store was last asked. It is asked again after `isolateMs`, to see what other isolates wrote. */
  readonly checkedAt: number;
  /** What the store holds, as far as is known. It is not written where only the time has changed. */
  readonly kept?: CacheEntry<Value>;
}

export interface CachePolicy<Value> extends Schema<Value> {
  /** Begins every key; holds the base URL of the server that the values are about. */
  readonly prefix: string;
  /** How long an isolate answers without asking the store again. */
  readonly isolateMs: number;
  /** How long the store keeps an entry. Without it entries are kept for ever. */
  readonly keepForSeconds?: number;
  /** A stored entry that claims to be fresh for longer is not accepted: this service did not write it. */
  readonly longestFreshMs: number;
  /** Whether two values are the same, whenever they were read. */
  readonly isSame: (a: Value, b: Value) => boolean;
  /** Written even where the owner has no writes left this minute, because this must not be lost. */
  readonly isAlwaysWritten?: true;
}

/** What every cache of a request shares. */
export interface CacheRuntime {
  readonly store: CacheStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly deferredTasks: DeferredTasks;
  readonly writes: StoreWrites;
}

/** An unchanged entry is written again after this time, so that other isolates see it as fresh. */
const REWRITE_AFTER_MS = 60 * 60_000;
/** Where nothing is known of a key, the store is asked for it this often. */
const NOTHING_KNOWN_MS = 30_000;
/** After a failure the store is asked again this soon. Requests in between do not ask it. */
const STORE_FAILED_MS = 1000;
/**
 * Longer than any read that is under way, or any stale entry, can live. Tombstones of values that are kept for ever are
 * kept for ever too.
 */
const TOMBSTONE_SECONDS = 2 * 60 * 60;
/** KV takes one write a second to one key. */
const WRITE_ATTEMPTS = 4;
const WRITE_PAUSE_MS = 1100;

/** The store was not written, because this owner has no writes left this minute. */
class WriteLimitError extends Error {
  override readonly name = 'WriteLimitError';
}

/**
 * An isolate's memory in front of a store that all isolates share. One object a request; the `isolate` map outlives it.
 */
export class TwoLevelCache<Value> implements Cache<Value>, CacheInvalidation {
  constructor(
    private readonly isolate: LruMap<IsolateMemo<Value>>,
    private readonly policy: CachePolicy<Value>,
    private readonly runtime: CacheRuntime,
  ) {}

  async find(key: string): Promise<CacheAnswer<Value>> {
    const checkedAt = this.runtime.clock.now();
    const memo = this.isolate.get(key);
    if (memo !== undefined && this.isRecent(memo, checkedAt)) return answerOf(memo);
    const held = await this.fromStore(key);
    // Another request of this isolate may have learnt more while this one waited.
    const record = this.newest(this.isolate.get(key)?.record, recordOf(held));
    const kept = entryOf(recordOf(held));
    const learnt: IsolateMemo<Value> = {
      record,
      checkedAt,
      ...(held.kind === 'found' ? {} : { nothing: held.kind }),
      ...(kept === undefined ? {} : { kept }),
    };
    this.isolate.set(key, learnt);
    return answerOf(learnt);
  }

  put(key: string, entry: CacheEntry<Value>, reach: CacheReach): void {
    const kept = this.isolate.get(key)?.kept;
    if (!this.keepHere(key, entry) || reach === 'isolate' || !this.isWorthWriting(kept, entry)) return;
    this.runtime.deferredTasks.add('cache_write', async () => {
      if (this.runtime.writes.isAllowed) await this.write(key);
    });
  }

  async purge(key: string): Promise<void> {
    const tombstone = this.forgetHere(key, this.runtime.clock.now());
    if (!this.takesWrite()) throw new WriteLimitError();
    await this.putWithRetries(key, tombstone);
  }

  drop(key: string): void {
    // A read that begins from now on counts, even if the clock shows the same millisecond.
    const tombstone = this.forgetHere(key, this.runtime.clock.now() - 1);
    this.runtime.deferredTasks.add('cache_purge', async () => {
      const isReplaced = this.isolate.get(key)?.record !== tombstone;
      if (!isReplaced && this.takesWrite()) await this.putWithRetries(key, tombstone);
    });
  }

  /** A stored entry that this version can't read is replaced by a tombstone too, so that no other version uses it. */
  async expire(key: string): Promise<void> {
    const held = await this.fromStore(key);
    const entry = entryOf(this.newest(this.isolate.get(key)?.record, recordOf(held)));
    const expired = { freshForMs: 0, expiredAt: this.runtime.clock.now() };
    const isKept = entry !== undefined && this.keepHere(key, revised(entry, expired));
    if (held.kind === 'failed') throw unreadableStore();
    if (isKept) await this.write(key);
    else if (entry === undefined && held.kind === 'unreadable') await this.purge(key);
  }

  /** @returns whether it was kept: an older entry never replaces a newer one */
  private keepHere(key: string, read: CacheEntry<Value>): boolean {
    const memo = this.isolate.get(key);
    const entry = expiredBy(read, memo?.record, this.runtime.clock.now());
    const record = this.newer(memo?.record, entry);
    if (record !== entry) return false;
    const checkedAt = this.runtime.clock.now();
    this.isolate.set(key, { record, checkedAt, ...(memo?.kept === undefined ? {} : { kept: memo.kept }) });
    return true;
  }

  /** The newer of two, which is not fresh where the other tells of a change since its read began. */
  private newest(a: CacheRecord<Value> | undefined, b: CacheRecord<Value> | undefined): CacheRecord<Value> | undefined {
    const record = this.newer(a, b);
    const entry = entryOf(record);
    return entry === undefined ? record : expiredBy(entry, record === a ? b : a, this.runtime.clock.now());
  }

  private newer(a: CacheRecord<Value> | undefined, b: CacheRecord<Value> | undefined): CacheRecord<Value> | undefined {
    return newer(a, b, this.runtime.clock.now());
  }

  /** False where the clock was set back since. */
  private isRecent(memo: IsolateMemo<Value>, nowMs: number): boolean {
    const age = nowMs - memo.checkedAt;
    return age >= 0 && age < this.answersFor(memo);
  }

  private answersFor({ record, nothing }: IsolateMemo<Value>): number {
    const { isolateMs } = this.policy;
    if (entryOf(record) !== undefined) return isolateMs;
    return Math.min(isolateMs, nothing === 'failed' ? STORE_FAILED_MS : NOTHING_KNOWN_MS);
  }

  private forgetHere(key: string, purgedAt: number): Tombstone {
    const tombstone = { purgedAt };
    this.isolate.set(key, { record: tombstone, checkedAt: this.runtime.clock.now() });
    return tombstone;
  }

  private isWorthWriting(kept: CacheEntry<Value> | undefined, entry: CacheEntry<Value>): boolean {
    if (kept === undefined || !this.policy.isSame(kept.value, entry.value)) return true;
    return entry.freshForMs !== kept.freshForMs || entry.readAt - kept.readAt >= REWRITE_AFTER_MS;
  }

  /** Writes the isolate's newest entry: once, however many writes were asked for. */
  private async write(key: string): Promise<void> {
    const memo = this.isolate.get(key);
    let entry = entryOf(memo?.record);
    if (memo === undefined || entry === undefined || !this.isWorthWriting(memo.kept, entry)) return;
    this.isolate.set(key, { ...memo, kept: entry });
    try {
      const held = await this.fromStore(key);
      // The store's entry can't be read at the moment, and may be newer than this one.
      if (held.kind === 'failed') throw unreadableStore();
      if (this.newer(recordOf(held), entry) !== entry) return;
      entry = this.expiredHere(key, entry, recordOf(held));
      if (this.takesWrite()) await this.putWithRetries(key, entry);
      else this.notKept(key, entry);
    } catch (error) {
      this.notKept(key, entry);
      throw error;
    }
  }

  /** An isolate's entry, which is not fresh where the store tells of a change since its read began. */
  private expiredHere(key: string, entry: CacheEntry<Value>, held: CacheRecord<Value> | undefined): CacheEntry<Value> {
    const expired = expiredBy(entry, held, this.runtime.clock.now());
    const memo = this.isolate.get(key);
    if (expired === entry || memo?.record !== entry) return entry;
    this.isolate.set(key, { record: expired, checkedAt: memo.checkedAt, kept: expired });
    return expired;
  }

  /** Counts a write on the owner's account. */
  private takesWrite(): boolean {
    const { writes } = this.runtime;
    return writes.take() || (this.policy.isAlwaysWritten === true && writes.isAllowed);
  }

  private notKept(key: string, entry: CacheEntry<Value>): void {
    const memo = this.isolate.get(key);
    if (memo?.kept === entry) this.isolate.set(key, { record: memo.record, checkedAt: memo.checkedAt });
  }

  private async putWithRetries(key: string, record: CacheRecord<Value>): Promise<void> {
    const { keepForSeconds } = this.policy;
    const seconds = 'purgedAt' in record && keepForSeconds !== undefined ? TOMBSTONE_SECONDS : keepForSeconds;
    const keeping = { version: versionOf(this.policy), ...(seconds === undefined ? {} : { keepForSeconds: seconds }) };
    for (let attempt = 1; !this.isOvertakenHere(key, record); attempt++) {
      try {
        await this.runtime.store.put(this.policy.prefix + key, record, keeping);
        return;
      } catch (error) {
        if (error instanceof StoreSpentError) throw error;
        // KV takes one write a second to a key. Another isolate has just written it, perhaps something as new as this.
        if (await this.isOvertaken(key, record)) return;
        if (attempt === WRITE_ATTEMPTS) throw error;
        await new Promise((resolve) => setTimeout(resolve, WRITE_PAUSE_MS));
      }
    }
  }

  /** Whether a purge or a newer read came while this entry waited to be written. A tombstone is always written. */
  private isOvertakenHere(key: string, record: CacheRecord<Value>): boolean {
    return !('purgedAt' in record) && this.newer(this.isolate.get(key)?.record, record) !== record;
  }

  private async isOvertaken(key: string, record: CacheRecord<Value>): Promise<boolean> {
    const kept = recordOf(await this.fromStore(key));
    return kept !== undefined && this.newer(record, kept) === kept;
  }

  private async fromStore(key: string): Promise<Held<Value>> {
    const answer = await this.runtime.store.get(this.policy.prefix + key);
    if (answer.kind === 'failed') {
      this.runtime.log.error('kv_get_failed', { key: this.policy.prefix + key, error: answer.reason });
      return { kind: 'failed' };
    }
    if (answer.kind === 'missing') return answer;
    const record = answer.kind === 'found' ? this.judged(answer.record, answer.version) : undefined;
    if (record !== undefined) return { kind: 'found', record };
    this.runtime.log.warn('cache_value_unreadable', { key: this.policy.prefix + key });
    return { kind: 'unreadable' };
  }

  /** Someone who can edit the store must not make an entry count for longer than allowed. */
  private judged(record: CacheRecord<unknown>, version: number): CacheRecord<Value> | undefined {
    if (isFromFuture(record, this.runtime.clock.now())) return undefined;
    if ('purgedAt' in record) return record;
    if (record.freshForMs < 0 || record.freshForMs > this.policy.longestFreshMs) return undefined;
    const value = migrated(this.policy, version, record.value);
    return value === undefined ? undefined : { ...record, value };
  }
}

function recordOf<Value>(held: Held<Value>): CacheRecord<Value> | undefined {
  return held.kind === 'found' ? held.record : undefined;
}

function answerOf<Value>({ record, nothing }: IsolateMemo<Value>): CacheAnswer<Value> {
  const entry = entryOf(record);
  if (entry !== undefined) return { kind: 'found', entry };
  return record === undefined && nothing === 'missing' ? { kind: 'missing' } : { kind: 'untold' };
}

function unreadableStore(): Error {
  return new Error('the store could not be read');
}
