import { isolateToken } from './token.ts';

export interface Clock {
  /** Milliseconds since the epoch. On Workers it only moves on with I/O. */
  now(): number;
}

export const CLOCK = isolateToken<Clock>('Clock');
