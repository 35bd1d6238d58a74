import type { InjectionToken } from 'tsyringe';

/** Work that starts once the answer is decided. What fails there is logged and changes nothing. */
export interface AfterAnswer {
  add(name: string, task: () => Promise<void>): void;
}

export const AFTER_ANSWER: InjectionToken<AfterAnswer> = Symbol('AfterAnswer');
