import { RequestWindow } from './request-window.ts';

/** What a lookup counts as while it runs: the number of requests that one nearly always stays within. */
const REQUESTS_OF_A_LOOKUP = 5;
/** A lookup that was cancelled never ends by itself. */
const LONGEST_LOOKUP_MS = 30_000;

/** A lookup that runs. Each is an object of its own, so that ending one does not end another. */
export interface LookupUnderWay {
  readonly since: number;
}

/** `busy`: there is room again as soon as running lookups end in a presence. */
export type LookupRoom = 'free' | 'busy' | 'full';

/**
 * Bounds the requests of lookups that end in an absence. Lookups that still run count as if they did: else many at the
 * same moment would all be within the limit.
 */
export class LookupBound {
  private readonly absences: RequestWindow;
  private readonly underWay = new Set<LookupUnderWay>();

  /** @param limit requests in any 60 seconds */
  constructor(limit: number) {
    this.absences = new RequestWindow(limit);
  }

  room(nowMs: number): LookupRoom {
    const left = this.absences.room(nowMs);
    if (left === 0) return 'full';
    for (const one of this.underWay) if (nowMs - one.since > LONGEST_LOOKUP_MS) this.underWay.delete(one);
    return this.underWay.size * REQUESTS_OF_A_LOOKUP < left ? 'free' : 'busy';
  }

  begin(nowMs: number): LookupUnderWay {
    const lookup = { since: nowMs };
    this.underWay.add(lookup);
    return lookup;
  }

  end(lookup: LookupUnderWay): void {
    this.underWay.delete(lookup);
  }

  /** @param requests of a lookup that ended in an absence */
  recordAbsences(requests: number, nowMs: number): void {
    for (let count = 0; count < requests; count++) this.absences.record(nowMs);
  }

  retryAfterSeconds(nowMs: number): number {
    return this.absences.retryAfterSeconds(nowMs);
  }
}
