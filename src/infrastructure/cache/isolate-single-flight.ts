import type { SingleFlight } from '../../application/ports/single-flight.ts';
import type { Clock } from '../../application/ports/clock.ts';

const PAUSE_MS = 15;
/** How long a request waits for the lookup of another request. That one may have been cancelled. */
const LONGEST_WAIT_MS = 3000;

/**
 * Requests share only a mark that a lookup is under way. Where that lookup fails, each request does its own.
 */
export class IsolateSingleFlight implements SingleFlight {
  /**
   * When the lookup of a key began. Each lookup has a mark object of its own, so that a request which waits can tell
   * them apart.
   */
  private readonly flights = new Map<string, { readonly since: number }>();

  constructor(private readonly clock: Clock) {}

  async run<Value>(
    key: string,
    cached: () => Promise<Value | undefined>,
    lookUp: () => Promise<Value>,
    patienceMs = LONGEST_WAIT_MS,
  ): Promise<Value> {
    const found = await cached();
    if (found !== undefined) return found;
    const ahead = this.flights.get(key);
    if (ahead === undefined || this.isOver(ahead, patienceMs)) return this.runExclusive(key, lookUp);
    await this.wait(key, ahead, patienceMs);
    return (await cached()) ?? lookUp();
  }

  private async runExclusive<Value>(key: string, lookUp: () => Promise<Value>): Promise<Value> {
    const mark = { since: this.clock.now() };
    this.flights.set(key, mark);
    try {
      return await lookUp();
    } finally {
      if (this.flights.get(key) === mark) this.flights.delete(key);
    }
  }

  private async wait(key: string, mark: { readonly since: number }, patienceMs: number): Promise<void> {
    for (let waited = 0; waited < patienceMs && this.flights.get(key) === mark; waited += PAUSE_MS) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  private isOver(mark: { readonly since: number }, patienceMs: number): boolean {
    return this.clock.now() - mark.since > patienceMs;
  }
}
