import type { CacheEntry } from '../ports/cache.ts';

/** How long what was read of a repository is fresh at first. */
const FRESH_MS = 5 * 60_000;
/** How much longer each time it is found unchanged, while webhooks would tell of a change. */
const FRESHNESS_STEP_MS = 5 * 60_000;
export const LONGEST_FRESH_MS = 15 * 60_000;
/** What GitHub last confirmed this long ago decides nothing any more. */
export const LONGEST_STALE_MS = 60 * 60_000;
/** How far the clocks of two isolates may differ. What lies further in the future was not written by a right clock. */
const MAX_CLOCK_SKEW_MS = 5000;

/** How long a new entry is fresh: longer each time it is found unchanged, where webhooks would tell of a change. */
export function freshFor(previous: CacheEntry<unknown> | undefined, unchanged: boolean, webhooksTell: boolean): number {
  if (previous === undefined || !unchanged || !webhooksTell) return FRESH_MS;
  return Math.min(previous.freshForMs + FRESHNESS_STEP_MS, LONGEST_FRESH_MS);
}

export function isFresh({ readAt, freshForMs }: CacheEntry<unknown>, nowMs: number): boolean {
  return isYoungerThan(freshForMs, readAt, nowMs);
}

/** Whether a time is less than so long ago. One that lies in the future is not, or it would count for too long. */
export function isYoungerThan(ageMs: number, timeMs: number, nowMs: number): boolean {
  return !isFuture(timeMs, nowMs) && Math.max(0, nowMs - timeMs) < ageMs;
}

export function isFuture(timeMs: number, nowMs: number): boolean {
  return timeMs > nowMs + MAX_CLOCK_SKEW_MS;
}
