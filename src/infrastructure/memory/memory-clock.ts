import type { Clock } from '../../application/ports/clock.ts';

/** A clock that stands still until it is moved. */
export class MemoryClock implements Clock {
  constructor(private time: number) {}

  now(): number {
    return this.time;
  }

  advance(milliseconds: number): void {
    this.time += milliseconds;
  }
}
