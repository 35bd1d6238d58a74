interface Weighed<Value> {
  readonly value: Value;
  readonly weight: number;
}

/** How much of the limit for all entries one entry takes. */
export interface WeightLimit<Value> {
  readonly weigh: (value: Value) => number;
  readonly maxWeight: number;
}

/**
 * A bounded map that drops the least recently used entry. It holds plain data only, because isolates outlive requests.
 */
export class LruMap<Value> {
  private readonly entries = new Map<string, Weighed<Value>>();
  private weight = 0;

  constructor(
    private readonly capacity: number,
    private readonly limit?: WeightLimit<Value>,
  ) {}

  get(key: string): Value | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.value;
  }

  set(key: string, value: Value): void {
    this.delete(key);
    const weight = this.limit?.weigh(value) ?? 0;
    this.entries.set(key, { value, weight });
    this.weight += weight;
    this.forgetOldest();
  }

  delete(key: string): void {
    const entry = this.entries.get(key);
    if (entry === undefined) return;
    this.weight -= entry.weight;
    this.entries.delete(key);
  }

  get size(): number {
    return this.entries.size;
  }

  /** An entry that is over the limit by itself is dropped at once. */
  private forgetOldest(): void {
    const maxWeight = this.limit?.maxWeight ?? Number.POSITIVE_INFINITY;
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= this.capacity && this.weight <= maxWeight) return;
      this.delete(oldest);
    }
  }
}
