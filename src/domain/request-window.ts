/** Decides whether one more event is admitted, and counts it. */
export interface EventBound {
  isFull(nowMs: number): boolean;
  record(nowMs: number): void;
  /** Takes back events that turned out not to count, by the times they were recorded at. */
  release(timesMs: readonly number[]): void;
  /** Seconds until there is room again, at least 1. */
  retryAfterSeconds(nowMs: number): number;
}

/** Admits so many events in any 60 seconds. Exact, since it remembers the time of each one. */
export class RequestWindow implements EventBound {
  private times: number[] = [];

  /** @param limit events in any 60 seconds */
  constructor(private readonly limit: number) {}

  isFull(nowMs: number): boolean {
    return this.room(nowMs) === 0;
  }

  /** How many more events are admitted now. */
  room(nowMs: number): number {
    this.forgetBefore(nowMs - WINDOW_MS);
    return this.limit - this.times.length;
  }

  record(nowMs: number): void {
    if (this.times.length < this.limit) this.times.push(nowMs);
  }

  release(timesMs: readonly number[]): void {
    for (const time of timesMs) {
      const index = this.times.indexOf(time);
      if (index >= 0) this.times.splice(index, 1);
    }
  }

  retryAfterSeconds(nowMs: number): number {
    const oldest = this.times[0] ?? nowMs;
    return Math.max(1, Math.ceil((oldest + WINDOW_MS - nowMs) / 1000));
  }

  private forgetBefore(timeMs: number): void {
    this.times = this.times.filter((time) => time > timeMs);
  }
}

const WINDOW_MS = 60_000;
