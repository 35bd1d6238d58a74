import { requestToken } from './token.ts';

/** Work that starts once the answer is decided. What fails there is logged and changes nothing. */
export interface DeferredTasks {
  add(name: string, task: () => Promise<void>): void;
}

export const DEFERRED_TASKS = requestToken<DeferredTasks>('DeferredTasks');
