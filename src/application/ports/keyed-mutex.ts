import { isolateToken } from './token.ts';

/**
 * Runs tasks of one key one after the other, within one isolate. It is no lock: isolates don't know of each other, and
 * the next task starts if one takes too long.
 */
export interface KeyedMutex {
  runExclusive(key: string, task: () => Promise<void>): Promise<void>;
}

export const KEYED_MUTEX = isolateToken<KeyedMutex>('KeyedMutex');
