import { isolateToken } from './token.ts';

/**
 * Lets one request of an isolate look a thing up while the others wait for what it finds: sixty jobs that start together
 * cost one lookup. Values are shared, never promises: on Workers another request's promise can't be awaited.
 */
export interface SingleFlight {
  /**
   * @param cached what is at hand now, if it will do
   * @param lookUp makes it so that `cached` finds it
   * @param patienceMs how long the one that looks it up is waited for; 3 s unless given
   */
  run<Value>(
    key: string,
    cached: () => Promise<Value | undefined>,
    lookUp: () => Promise<Value>,
    patienceMs?: number,
  ): Promise<Value>;
}

export const SINGLE_FLIGHT = isolateToken<SingleFlight>('SingleFlight');
