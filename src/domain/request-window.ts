/** How many events of the last minute a bound still admits; exact, for it remembers each one. Holds numbers only. */
export class RequestWindow {
  private times: number[] = [];

  /** @param limit events in any 60 seconds */
  constructor(private readonly limit: number) {}

  isFull(nowMs: number): boolean {
    this.forgetBefore(nowMs - WINDOW_MS);
    return this.times.length >= this.limit;
  }

  record(nowMs: number): void {
    if (this.times.length < this.limit) this.times.push(nowMs);
  }

  /** Takes back events that turned out not to count, by the times they were recorded at. */
  release(timesMs: readonly number[]): void {
    for (const time of timesMs) {
      const index = this.times.indexOf(time);
      if (index >= 0) this.times.splice(index, 1);
    }
  }

  /** Seconds until there is room again, at least 1. */
  retryAfterSeconds(nowMs: number): number {
    const oldest = this.times[0] ?? nowMs;
    return Math.max(1, Math.ceil((oldest + WINDOW_MS - nowMs) / 1000));
  }

  private forgetBefore(timeMs: number): void {
    this.times = this.times.filter((time) => time > timeMs);
  }
}

const WINDOW_MS = 60_000;
