import type { Clock } from '../../application/ports/clock.ts';
import type { Turns } from '../../application/ports/turns.ts';
import type { LruMap } from '../cache/lru-map.ts';

/** `waitUntil` ends after 30 s (Cloudflare Workers, "Context"): nobody holds a turn longer, or waits longer for one. */
const LONGEST_TURN_MS = 20_000;
const POLL_MS = 100;

/**
 * Turns within one isolate. Each request polls a number with a timer of its own: awaiting another request's promise
 * would hang on Workers.
 */
export class IsolateTurns implements Turns {
  constructor(
    /** When each turn began; of this isolate alone. */
    private readonly begun: LruMap<number>,
    private readonly clock: Clock,
  ) {}

  async inTurn(key: string, task: () => Promise<void>): Promise<void> {
    while (this.isTaken(key)) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    this.begun.set(key, this.clock.now());
    try {
      await task();
    } finally {
      this.begun.delete(key);
    }
  }

  private isTaken(key: string): boolean {
    const since = this.begun.get(key);
    return since !== undefined && this.clock.now() - since < LONGEST_TURN_MS;
  }
}
