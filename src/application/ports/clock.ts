import type { InjectionToken } from 'tsyringe';

export interface Clock {
  /** Milliseconds since the epoch. Stands still between I/O on Workers. */
  now(): number;
}

export const CLOCK: InjectionToken<Clock> = Symbol('Clock');
