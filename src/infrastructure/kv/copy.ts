/** Something that was read elsewhere, as a cache keeps it. */
export interface Copy<Value> {
  readonly value: Value;
  /** When the read BEGAN, in milliseconds since the epoch: what changed while it was under way counts as newer. */
  readonly readAt: number;
  /** How long it is fresh; it may grow while it is found unchanged. */
  readonly freshForMs: number;
}

/** What stands under a key: a copy, or the time of a purge, before which no copy counts. */
export type Stored<Value> = Copy<Value> | { readonly purgedAt: number };

/** How far the clocks of two isolates may differ. What lies further in the future was not written by a right clock. */
const MAX_CLOCK_SKEW_MS = 5000;

export function copyOf<Value>(stored: Stored<Value> | undefined): Copy<Value> | undefined {
  return stored === undefined || 'purgedAt' in stored ? undefined : stored;
}

export function isFresh(copy: Copy<unknown> | undefined, nowMs: number): boolean {
  return copy !== undefined && isYoungerThan(copy.freshForMs, copy.readAt, nowMs);
}

/** Whether a time is less than so long ago. One that lies in the future is not, or it would count for too long. */
export function isYoungerThan(ageMs: number, timeMs: number, nowMs: number): boolean {
  return !isFuture(timeMs, nowMs) && Math.max(0, nowMs - timeMs) < ageMs;
}

export function isFromFuture(stored: Stored<unknown>, nowMs: number): boolean {
  return isFuture(timeOf(stored), nowMs);
}

/**
 * The later of two; at the same time a purge wins. One from the future gives way to any other: a clock that was wrong
 * for a while must not hold back what is learnt afterwards.
 */
export function newer<Value>(
  a: Stored<Value> | undefined,
  b: Stored<Value> | undefined,
  nowMs: number,
): Stored<Value> | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (isFromFuture(a, nowMs) !== isFromFuture(b, nowMs)) return isFromFuture(a, nowMs) ? b : a;
  const difference = timeOf(a) - timeOf(b);
  if (difference !== 0) return difference > 0 ? a : b;
  return 'purgedAt' in a ? a : b;
}

function isFuture(timeMs: number, nowMs: number): boolean {
  return timeMs > nowMs + MAX_CLOCK_SKEW_MS;
}

function timeOf(stored: Stored<unknown>): number {
  return 'purgedAt' in stored ? stored.purgedAt : stored.readAt;
}
