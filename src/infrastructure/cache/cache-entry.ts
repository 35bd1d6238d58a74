/** Something that was read elsewhere, as a cache keeps it. */
export interface CacheEntry<Value> {
  readonly value: Value;
  /** When the read BEGAN, in milliseconds since the epoch: what changed while it was under way counts as newer. */
  readonly readAt: number;
  /** Counts what was changed of this entry since that read, from 0. */
  readonly revision: number;
  /** How long it is fresh; it may grow while it is found unchanged. */
  readonly freshForMs: number;
}

/** Left by a purge: no entry that was read by then counts. */
export interface Tombstone {
  readonly purgedAt: number;
}

/** What stands under a key. */
export type CacheRecord<Value> = CacheEntry<Value> | Tombstone;

/** How far the clocks of two isolates may differ. What lies further in the future was not written by a right clock. */
const MAX_CLOCK_SKEW_MS = 5000;

export function entryOf<Value>(record: CacheRecord<Value> | undefined): CacheEntry<Value> | undefined {
  return record === undefined || 'purgedAt' in record ? undefined : record;
}

/** The same read, with what was learnt since. */
export function revised<Value>(
  entry: CacheEntry<Value>,
  change: Partial<Pick<CacheEntry<Value>, 'value' | 'freshForMs'>>,
): CacheEntry<Value> {
  return { ...entry, ...change, revision: entry.revision + 1 };
}

export function isFresh(entry: CacheEntry<unknown> | undefined, nowMs: number): boolean {
  return entry !== undefined && isYoungerThan(entry.freshForMs, entry.readAt, nowMs);
}

/** Whether a time is less than so long ago. One that lies in the future is not, or it would count for too long. */
export function isYoungerThan(ageMs: number, timeMs: number, nowMs: number): boolean {
  return !isFuture(timeMs, nowMs) && Math.max(0, nowMs - timeMs) < ageMs;
}

export function isFromFuture(record: CacheRecord<unknown>, nowMs: number): boolean {
  return isFuture(timeOf(record), nowMs);
}

/**
 * The later of two; at the same time a purge wins, then the higher revision, then `b`. One from the future gives way to any
 * other: a clock that was wrong for a while must not hold back what is learnt afterwards.
 */
export function newer<Value>(
  a: CacheRecord<Value> | undefined,
  b: CacheRecord<Value> | undefined,
  nowMs: number,
): CacheRecord<Value> | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (isFromFuture(a, nowMs) !== isFromFuture(b, nowMs)) return isFromFuture(a, nowMs) ? b : a;
  const difference = timeOf(a) - timeOf(b);
  if (difference !== 0) return difference > 0 ? a : b;
  if ('purgedAt' in a || 'purgedAt' in b) return 'purgedAt' in a ? a : b;
  return a.revision > b.revision ? a : b;
}

function isFuture(timeMs: number, nowMs: number): boolean {
  return timeMs > nowMs + MAX_CLOCK_SKEW_MS;
}

function timeOf(record: CacheRecord<unknown>): number {
  return 'purgedAt' in record ? record.purgedAt : record.readAt;
}
