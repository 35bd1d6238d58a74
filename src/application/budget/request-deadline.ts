import { inject, injectable } from 'tsyringe';
import { CLOCK, type Clock } from '../ports/clock.ts';

/** By when a request must be answered. No request to another server may wait longer than the time that is left. */
@injectable()
export class RequestDeadline {
  private endsAt = Number.POSITIVE_INFINITY;

  constructor(@inject(CLOCK) private readonly clock: Clock) {}

  /** @param withinMs from now on */
  start(withinMs: number): void {
    this.endsAt = this.clock.now() + withinMs;
  }

  /** Milliseconds; zero once it has passed, and without an end where there is no deadline. */
  get leftMs(): number {
    return Math.max(0, this.endsAt - this.clock.now());
  }
}
