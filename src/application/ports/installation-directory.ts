import type { InjectionToken } from 'tsyringe';
import type { App, Installation } from '../../domain/apps.ts';
import type { Unavailable } from './unavailable.ts';

export type InstallationLookup =
  | { readonly kind: 'found'; readonly installation: Installation }
  /** GitHub said so: neither as a user nor as an organization. Remembered for 5 minutes in the isolate, never beyond. */
  | { readonly kind: 'absent' }
  | Unavailable;

/** How recent an answer must be: what is remembered will do, or only what was looked up within the last minute. */
export type Recency = 'remembered' | 'afresh';

/** Where an App is installed. A found one may be an hour old; `forget` it when GitHub no longer knows it. */
export interface InstallationDirectory {
  /** @param recency `remembered` unless given */
  find(app: App, owner: string, recency?: Recency): Promise<InstallationLookup>;
  forget(app: App, owner: string): void;
}

export const INSTALLATION_DIRECTORY: InjectionToken<InstallationDirectory> = Symbol('InstallationDirectory');
