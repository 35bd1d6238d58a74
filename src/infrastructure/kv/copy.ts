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

export function copyOf<Value>(stored: Stored<Value> | undefined): Copy<Value> | undefined {
  return stored === undefined || 'purgedAt' in stored ? undefined : stored;
}

export function isFresh(copy: Copy<unknown> | undefined, nowMs: number): boolean {
  return copy !== undefined && nowMs - copy.readAt < copy.freshForMs;
}

/** The later of two; at the same time a purge wins. */
export function newer<Value>(a: Stored<Value> | undefined, b: Stored<Value> | undefined): Stored<Value> | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const difference = timeOf(a) - timeOf(b);
  if (difference !== 0) return difference > 0 ? a : b;
  return 'purgedAt' in a ? a : b;
}

function timeOf(stored: Stored<unknown>): number {
  return 'purgedAt' in stored ? stored.purgedAt : stored.readAt;
}
