import type { Random } from '../../test/chaos/random.ts';
import { DAY_MS, locationShares, rhythm } from './traffic.ts';

/** Cloudflare says none of these; docs/scale.md shows what other values change. */
const IDLE_MS = 5 * 60_000;
const MEAN_LIFE_MS = 4 * 60 * 60_000;
const MEAN_REQUESTS = 50_000;
/** An isolate runs one thread. Others are started before it has no time left. */
const BUSY_SHARE = 0.3;
/** The exchange and the revocation that follows it. */
const REQUESTS_AN_EXCHANGE = 2;

export interface FleetOptions {
  readonly locations: number;
  /** At least so many in each. */
  readonly isolatesPerLocation: number;
  /** In the day, of all owners, those included that are not run. */
  readonly exchanges: number;
  readonly cpuMillisecondsAnExchange: number;
  /** Whether all traffic is run, so that an isolate's pauses are seen as they are. */
  readonly isWhole: boolean;
}

interface Slot<Isolate> {
  isolate: Isolate;
  usedAt: number;
}

/** Isolates that come and go: each location has as many as its load needs, and a request gets any of them. */
export class Fleet<Isolate> {
  /** Isolates that were started. */
  started = 0;
  private readonly slots: (Slot<Isolate> | undefined)[][];
  private readonly shares: readonly number[];

  constructor(
    private readonly options: FleetOptions,
    private readonly random: Random,
    private readonly start: (location: number) => Isolate,
  ) {
    this.slots = Array.from({ length: options.locations }, () => []);
    this.shares = locationShares(options.locations);
  }

  /** @param dayMs milliseconds since the day began */
  pick(location: number, dayMs: number): Isolate {
    const slots = this.slots[location]!;
    const count = this.isolatesAt(location, dayMs);
    const index = this.random.between(0, count - 1);
    const slot = slots[index];
    if (slot !== undefined && this.lives(slot, location, dayMs, count)) {
      slot.usedAt = dayMs;
      return slot.isolate;
    }
    this.started += 1;
    const isolate = this.start(location);
    slots[index] = { isolate, usedAt: dayMs };
    return isolate;
  }

  isolatesAt(location: number, dayMs: number): number {
    const { isolatesPerLocation, cpuMillisecondsAnExchange } = this.options;
    const busy = (this.exchangesASecond(location, dayMs) * cpuMillisecondsAnExchange) / 1000;
    return Math.max(isolatesPerLocation, Math.ceil(busy / BUSY_SHARE));
  }

  /** Of all owners together. */
  exchangesASecond(location: number, dayMs: number): number {
    return (this.options.exchanges * this.shares[location]! * rhythm(dayMs)) / (DAY_MS / 1000);
  }

  private lives({ usedAt }: Slot<Isolate>, location: number, dayMs: number, count: number): boolean {
    const idle = dayMs - usedAt;
    if (this.options.isWhole && idle > IDLE_MS) return false;
    const requestsAMs = (REQUESTS_AN_EXCHANGE * this.exchangesASecond(location, dayMs)) / count / 1000;
    // Requests of owners that are not run keep an isolate alive too: a pause between any two of them seldom is that long.
    const pauses = this.options.isWhole ? 0 : requestsAMs * Math.exp(-requestsAMs * IDLE_MS);
    return this.random.next() < Math.exp(-idle * (1 / MEAN_LIFE_MS + requestsAMs / MEAN_REQUESTS + pauses));
  }
}
