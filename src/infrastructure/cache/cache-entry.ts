import { isFuture } from '../../application/policies/freshness.ts';
import type { CacheEntry } from '../../application/ports/cache.ts';

/** Written by a purge. Entries that were read at this time or before no longer count. */
export interface Tombstone {
  readonly purgedAt: number;
}

/** What is kept under a key. */
export type CacheRecord<Value> = CacheEntry<Value> | Tombstone;

export function entryOf<Value>(record: CacheRecord<Value> | undefined): CacheEntry<Value> | undefined {
  return record === undefined || 'purgedAt' in record ? undefined : record;
}

export function isFromFuture(record: CacheRecord<unknown>, nowMs: number): boolean {
  const expiredAt = entryOf(record)?.expiredAt ?? 0;
  return isFuture(Math.max(timeOf(record), expiredAt), nowMs);
}

/**
 * An entry beside another record of its key: not fresh, where the other tells of a change after the entry's read began.
 *
 * @returns the same object where nothing changes
 */
export function expiredBy<Value>(
  entry: CacheEntry<Value>,
  other: CacheRecord<Value> | undefined,
  nowMs: number,
): CacheEntry<Value> {
  const expiredAt = entryOf(other)?.expiredAt;
  const isTold = other !== undefined && expiredAt !== undefined && !isFromFuture(other, nowMs);
  if (!isTold || entry.readAt > expiredAt || (entry.expiredAt ?? 0) >= expiredAt) return entry;
  return { ...entry, freshForMs: 0, expiredAt };
}

/**
 * The later of two records. At the same time a tombstone wins, then the higher revision, then `b`. A record from the future
 * loses to any other: a clock that was wrong for a while must not keep newer values out.
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

function timeOf(record: CacheRecord<unknown>): number {
  return 'purgedAt' in record ? record.purgedAt : record.readAt;
}
