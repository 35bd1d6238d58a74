import { isolateToken } from './token.ts';

/**
 * Lets tasks of one key follow each other, as far as one isolate can tell. It is no lock: isolates don't know of each
 * other, and a task that takes too long loses its turn.
 */
export interface KeyedMutex {
  runExclusive(key: string, task: () => Promise<void>): Promise<void>;
}

export const KEYED_MUTEX = isolateToken<KeyedMutex>('KeyedMutex');
