import type { AfterAnswer } from '../../application/ports/after-answer.ts';
import type { Clock } from '../../application/ports/clock.ts';
import type { Log } from '../../application/ports/log.ts';
import type { RequestAllowance } from '../../application/request-allowance.ts';
import { copyOf, isFresh, isFromFuture, newer, type Copy, type Stored } from './copy.ts';
import type { CopyStore, StoreAnswer } from './copy-store.ts';
import type { LruMap } from './lru-map.ts';
import { migrated, versionOf, type Schema } from './schema.ts';

/** Why the store gave nothing. Only `missing` says that there is nothing. */
type Nothing = Exclude<StoreAnswer['kind'], 'found'>;

export type CacheAnswer<Value> =
  | { readonly kind: 'found'; readonly copy: Copy<Value> }
  /** Nothing was ever kept, as far as the store has spread it, or what was has expired there. */
  | { readonly kind: 'missing' }
  /** There may be something: the store failed, what it holds can't be read, or it was purged. */
  | { readonly kind: 'untold' };

type Held<Value> = { readonly kind: 'found'; readonly stored: Stored<Value> } | { readonly kind: Nothing };

/** What an isolate knows of a key. */
export interface IsolateEntry<Value> {
  readonly stored: Stored<Value> | undefined;
  /** Why nothing is `stored`, where the store was asked. */
  readonly nothing?: Nothing;
  /** When the store was last asked, so that what others learnt is seen within `isolateMs`. */
  readonly checkedAt: number;
  /** What the store is known to hold: no write where nothing but the time has changed. */
  readonly kept?: Copy<Value>;
}

export interface CachePolicy<Value> extends Schema<Value> {
  /** Begins every key; holds the base URL of the server that the values are about. */
  readonly prefix: string;
  /** How long an isolate answers without asking the store again. */
  readonly isolateMs: number;
  /** How long the store keeps a copy; for good if not given. */
  readonly keepForSeconds?: number;
  /** A copy of the store that claims to be fresh for longer is unreadable: somebody else wrote it. */
  readonly longestFreshMs: number;
  /** Whether two values are the same but for their time. */
  readonly isSame: (a: Value, b: Value) => boolean;
  /** Written even where the owner's writes of this minute are used up: what was seen must never be forgotten. */
  readonly isAlwaysWritten?: true;
}

/** What every cache of a request shares. */
export interface CacheRuntime {
  readonly store: CopyStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly afterAnswer: AfterAnswer;
  readonly allowance: RequestAllowance;
}

/** A copy whose content has not changed is written again after this long, so that other isolates can go on with it. */
const REWRITE_AFTER_MS = 60 * 60_000;
/** Where nothing is known of a key, what others learn of it is asked for this often. */
const NOTHING_KNOWN_MS = 30_000;
/** A store that failed is asked again this soon: not by each of a crowd, but before long. */
const STORE_FAILED_MS = 1000;
/** Longer than any read or stale copy lives that a purge must hold back. What is kept for good is purged for good. */
const TOMBSTONE_SECONDS = 2 * 60 * 60;
/** KV takes one write a second to one key. */
const WRITE_ATTEMPTS = 4;
const WRITE_PAUSE_MS = 1100;

/** The store was not told, for this owner's writes of the minute are used up. */
class WriteLimitError extends Error {
  override readonly name = 'WriteLimitError';
}

/** An isolate's memory before a store that all isolates share. Made for one request; its `isolate` map outlives it. */
export class TwoLevelCache<Value> {
  constructor(
    private readonly isolate: LruMap<IsolateEntry<Value>>,
    private readonly policy: CachePolicy<Value>,
    private readonly runtime: CacheRuntime,
  ) {}

  /** The newest copy at hand, however old: the caller judges its freshness. What can't be told is a miss. */
  async get(key: string): Promise<Copy<Value> | undefined> {
    const answer = await this.find(key);
    return answer.kind === 'found' ? answer.copy : undefined;
  }

  /** Like `get`, for whom a miss is not the same as an absence. */
  async find(key: string): Promise<CacheAnswer<Value>> {
    const checkedAt = this.runtime.clock.now();
    const entry = this.isolate.get(key);
    if (entry !== undefined && this.isRecent(entry, checkedAt)) return answerOf(entry);
    const held = await this.fromStore(key);
    // Another request of this isolate may have learnt more while this one waited.
    const stored = this.newer(this.isolate.get(key)?.stored, storedOf(held));
    const kept = copyOf(storedOf(held));
    const learnt: IsolateEntry<Value> = {
      stored,
      checkedAt,
      ...(held.kind === 'found' ? {} : { nothing: held.kind }),
      ...(kept === undefined ? {} : { kept }),
    };
    this.isolate.set(key, learnt);
    return answerOf(learnt);
  }

  /** Keeps a copy in the isolate now and in the store after the answer; an older one never replaces a newer one. */
  put(key: string, copy: Copy<Value>): void {
    const kept = this.isolate.get(key)?.kept;
    if (!this.keepInIsolate(key, copy) || !this.isWorthWriting(kept, copy)) return;
    this.runtime.afterAnswer.add('cache_write', async () => {
      if (this.runtime.allowance.mayWriteCache) await this.write(key);
    });
  }

  /** For what may be remembered by this isolate alone. @returns whether it was kept */
  keepInIsolate(key: string, copy: Copy<Value>): boolean {
    const entry = this.isolate.get(key);
    const stored = this.newer(entry?.stored, copy);
    if (stored !== copy) return false;
    const checkedAt = this.runtime.clock.now();
    this.isolate.set(key, { stored, checkedAt, ...(entry?.kept === undefined ? {} : { kept: entry.kept }) });
    return true;
  }

  /** Forgets what is known by now, here at once and elsewhere as the store spreads it. @throws where the store fails */
  async purge(key: string): Promise<void> {
    const tombstone = this.forgetHere(key, this.runtime.clock.now());
    if (!this.takesWrite()) throw new WriteLimitError();
    await this.putWithRetries(key, tombstone);
  }

  /** Like `purge`, on behalf of a caller: the store learns of it after the answer, if the caller may write to it. */
  drop(key: string): void {
    // What is looked up from now on counts, even where the clock stands still until then.
    const tombstone = this.forgetHere(key, this.runtime.clock.now() - 1);
    this.runtime.afterAnswer.add('cache_purge', async () => {
      const isReplaced = this.isolate.get(key)?.stored !== tombstone;
      if (!isReplaced && this.takesWrite()) await this.putWithRetries(key, tombstone);
    });
  }

  /** Like `put`, but written before it returns. @throws where the store fails */
  async putNow(key: string, copy: Copy<Value>): Promise<void> {
    if (this.keepInIsolate(key, copy)) await this.write(key);
  }

  /**
   * Keeps the newest copy and ends its freshness, here at once and elsewhere as the store spreads it. What the store
   * holds and this version can't read gives way to a tombstone, so that no other version goes on with it.
   * @throws where the store fails
   */
  async outdate(key: string): Promise<void> {
    const held = await this.fromStore(key);
    const copy = copyOf(this.newer(this.isolate.get(key)?.stored, storedOf(held)));
    // A copy of the same time never replaces another, so this one is a millisecond younger.
    const isKept = copy !== undefined && this.keepInIsolate(key, { ...copy, readAt: copy.readAt + 1, freshForMs: 0 });
    if (held.kind === 'failed') throw unreadableStore();
    if (isKept) await this.write(key);
    else if (copy === undefined && held.kind === 'unreadable') await this.purge(key);
  }

  /** When the key was last purged, as far as the latest `get` could tell. */
  purgedAt(key: string): number | undefined {
    const stored = this.isolate.get(key)?.stored;
    return stored !== undefined && 'purgedAt' in stored ? stored.purgedAt : undefined;
  }

  isFresh(copy: Copy<Value> | undefined): boolean {
    return isFresh(copy, this.runtime.clock.now());
  }

  private newer(a: Stored<Value> | undefined, b: Stored<Value> | undefined): Stored<Value> | undefined {
    return newer(a, b, this.runtime.clock.now());
  }

  /** Not where the clock has gone back since. */
  private isRecent(entry: IsolateEntry<Value>, nowMs: number): boolean {
    const age = nowMs - entry.checkedAt;
    return age >= 0 && age < this.answersFor(entry);
  }

  private answersFor({ stored, nothing }: IsolateEntry<Value>): number {
    const { isolateMs } = this.policy;
    if (copyOf(stored) !== undefined) return isolateMs;
    return Math.min(isolateMs, nothing === 'failed' ? STORE_FAILED_MS : NOTHING_KNOWN_MS);
  }

  private forgetHere(key: string, purgedAt: number): { readonly purgedAt: number } {
    const tombstone = { purgedAt };
    this.isolate.set(key, { stored: tombstone, checkedAt: this.runtime.clock.now() });
    return tombstone;
  }

  private isWorthWriting(kept: Copy<Value> | undefined, copy: Copy<Value>): boolean {
    if (kept === undefined || !this.policy.isSame(kept.value, copy.value)) return true;
    return copy.freshForMs !== kept.freshForMs || copy.readAt - kept.readAt >= REWRITE_AFTER_MS;
  }

  /** Writes the isolate's newest copy: once, however many writes were asked for. */
  private async write(key: string): Promise<void> {
    const entry = this.isolate.get(key);
    const copy = copyOf(entry?.stored);
    if (entry === undefined || copy === undefined || !this.isWorthWriting(entry.kept, copy)) return;
    this.isolate.set(key, { ...entry, kept: copy });
    try {
      const held = await this.fromStore(key);
      // What can't be read now may be newer than this.
      if (held.kind === 'failed') throw unreadableStore();
      if (this.newer(storedOf(held), copy) !== copy) return;
      if (this.takesWrite()) await this.putWithRetries(key, copy);
      else this.notKept(key, copy);
    } catch (error) {
      this.notKept(key, copy);
      throw error;
    }
  }

  /** Counts a write on the owner's account. */
  private takesWrite(): boolean {
    const { allowance } = this.runtime;
    return allowance.takeWrite() || (this.policy.isAlwaysWritten === true && allowance.mayWriteCache);
  }

  private notKept(key: string, copy: Copy<Value>): void {
    const entry = this.isolate.get(key);
    if (entry?.kept === copy) this.isolate.set(key, { stored: entry.stored, checkedAt: entry.checkedAt });
  }

  private async putWithRetries(key: string, stored: Stored<Value>): Promise<void> {
    const { keepForSeconds } = this.policy;
    const seconds = 'purgedAt' in stored && keepForSeconds !== undefined ? TOMBSTONE_SECONDS : keepForSeconds;
    const keeping = { version: versionOf(this.policy), ...(seconds === undefined ? {} : { keepForSeconds: seconds }) };
    for (let attempt = 1; !this.isOutdated(key, stored); attempt++) {
      try {
        await this.runtime.store.put(this.policy.prefix + key, stored, keeping);
        return;
      } catch (error) {
        // A key that takes one write a second was just written: perhaps with something as new as this.
        if (await this.isOvertaken(key, stored)) return;
        if (attempt === WRITE_ATTEMPTS) throw error;
        await new Promise((resolve) => setTimeout(resolve, WRITE_PAUSE_MS));
      }
    }
  }

  /** A purge, or a newer read, has come while this copy waited to be written. A tombstone always goes out. */
  private isOutdated(key: string, stored: Stored<Value>): boolean {
    return !('purgedAt' in stored) && this.newer(this.isolate.get(key)?.stored, stored) !== stored;
  }

  private async isOvertaken(key: string, stored: Stored<Value>): Promise<boolean> {
    const kept = storedOf(await this.fromStore(key));
    return kept !== undefined && this.newer(stored, kept) === kept;
  }

  private async fromStore(key: string): Promise<Held<Value>> {
    const answer = await this.runtime.store.get(this.policy.prefix + key);
    if (answer.kind === 'missing' || answer.kind === 'failed') return answer;
    const stored = answer.kind === 'found' ? this.judged(answer.stored, answer.version) : undefined;
    if (stored !== undefined) return { kind: 'found', stored };
    this.runtime.log.warn('cache_value_unreadable', { key: this.policy.prefix + key });
    return { kind: 'unreadable' };
  }

  /** Whoever edits the store must not make anything count for longer than it may. */
  private judged(stored: Stored<unknown>, version: number): Stored<Value> | undefined {
    if (isFromFuture(stored, this.runtime.clock.now())) return undefined;
    if ('purgedAt' in stored) return stored;
    if (stored.freshForMs < 0 || stored.freshForMs > this.policy.longestFreshMs) return undefined;
    const value = migrated(this.policy, version, stored.value);
    return value === undefined ? undefined : { ...stored, value };
  }
}

function storedOf<Value>(held: Held<Value>): Stored<Value> | undefined {
  return held.kind === 'found' ? held.stored : undefined;
}

function answerOf<Value>({ stored, nothing }: IsolateEntry<Value>): CacheAnswer<Value> {
  const copy = copyOf(stored);
  if (copy !== undefined) return { kind: 'found', copy };
  return stored === undefined && nothing === 'missing' ? { kind: 'missing' } : { kind: 'untold' };
}

function unreadableStore(): Error {
  return new Error('the store could not be read');
}
