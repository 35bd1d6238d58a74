import { isolateToken } from './token.ts';

export interface Clock {
  /** Milliseconds since the epoch. Stands still between I/O on Workers. */
  now(): number;
}

export const CLOCK = isolateToken<Clock>('Clock');
