import type { Clock } from '../../application/ports/clock.ts';
import type { KeyedMutex } from '../../application/ports/keyed-mutex.ts';
import type { LruMap } from '../cache/lru-map.ts';

/**
 * `waitUntil` ends after 30 s (Cloudflare Workers, "Context"). No task keeps a lock longer than this, or waits longer
 * for it.
 */
const LONGEST_HOLD_MS = 20_000;
const POLL_MS = 100;

/** Each hold has an object of its own, so that a task that lost its lock does not release that of the next one. */
interface Hold {
  readonly since: number;
}

/**
 * KeyedMutex within one isolate. A request that waits polls with a timer of its own: on Workers, awaiting another request's
 * promise would hang.
 */
export class IsolateKeyedMutex implements KeyedMutex {
  constructor(
    /** Who holds which key, in this isolate alone. */
    private readonly holds: LruMap<Hold>,
    private readonly clock: Clock,
  ) {}

  async runExclusive(key: string, task: () => Promise<void>): Promise<void> {
    while (this.isHeld(key)) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    const hold = { since: this.clock.now() };
    this.holds.set(key, hold);
    try {
      await task();
    } finally {
      if (this.holds.get(key) === hold) this.holds.delete(key);
    }
  }

  private isHeld(key: string): boolean {
    const hold = this.holds.get(key);
    return hold !== undefined && this.clock.now() - hold.since < LONGEST_HOLD_MS;
  }
}
