import type { App } from '../../domain/apps.ts';
import { isolateToken } from './token.ts';

/** The Apps that the operator configured. */
export interface AppDirectory {
  /** The pool that serves an owner, those with quota to spare first; empty: no App is configured for it. */
  poolOf(owner: string): readonly App[];
}

export const APP_DIRECTORY = isolateToken<AppDirectory>('AppDirectory');
