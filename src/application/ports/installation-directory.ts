import type { InjectionToken } from 'tsyringe';
import type { App, Installation } from '../../domain/apps.ts';
import type { Unavailable } from './unavailable.ts';

export type InstallationLookup =
  | { readonly kind: 'found'; readonly installation: Installation }
  /** GitHub said so: neither as a user nor as an organization. Remembered for 5 minutes in the isolate, never beyond. */
  | { readonly kind: 'absent' }
  | Unavailable;

/** Where an App is installed. A found one may be an hour old; `forget` it when GitHub no longer knows it. */
export interface InstallationDirectory {
  find(app: App, owner: string): Promise<InstallationLookup>;
  forget(app: App, owner: string): void;
}

export const INSTALLATION_DIRECTORY: InjectionToken<InstallationDirectory> = Symbol('InstallationDirectory');
