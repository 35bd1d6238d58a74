import type { Clock } from '../../application/ports/clock.ts';
import type { KeyedMutex } from '../../application/ports/keyed-mutex.ts';
import type { LruMap } from '../cache/lru-map.ts';

/** `waitUntil` ends after 30 s (Cloudflare Workers, "Context"): nobody holds a turn longer, or waits longer for one. */
const LONGEST_TURN_MS = 20_000;
const POLL_MS = 100;

/** One turn is one object, so that a task which lost its turn does not end the next one's. */
interface Turn {
  readonly since: number;
}

/**
 * KeyedMutex within one isolate. Each request polls a number with a timer of its own: awaiting another request's promise
 * would hang on Workers.
 */
export class IsolateKeyedMutex implements KeyedMutex {
  constructor(
    /** The turns under way; of this isolate alone. */
    private readonly turns: LruMap<Turn>,
    private readonly clock: Clock,
  ) {}

  async runExclusive(key: string, task: () => Promise<void>): Promise<void> {
    while (this.isTaken(key)) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    const turn = { since: this.clock.now() };
    this.turns.set(key, turn);
    try {
      await task();
    } finally {
      if (this.turns.get(key) === turn) this.turns.delete(key);
    }
  }

  private isTaken(key: string): boolean {
    const turn = this.turns.get(key);
    return turn !== undefined && this.clock.now() - turn.since < LONGEST_TURN_MS;
  }
}
