import { isolateToken } from './token.ts';

/**
 * One request of an isolate looks a thing up, and the others wait for the value: sixty jobs that start together cost one
 * lookup. Values are shared, never promises: on Workers another request's promise can't be awaited.
 */
export interface SingleFlight {
  /**
   * @param cached the value that is known now, if it may be used
   * @param lookUp looks it up and keeps it where `cached` finds it
   * @param patienceMs how long the others wait; 3 s unless given
   */
  run<Value>(
    key: string,
    cached: () => Promise<Value | undefined>,
    lookUp: () => Promise<Value>,
    patienceMs?: number,
  ): Promise<Value>;
}

export const SINGLE_FLIGHT = isolateToken<SingleFlight>('SingleFlight');
