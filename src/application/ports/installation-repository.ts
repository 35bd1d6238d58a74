import type { App, Installation } from '../../domain/apps.ts';
import type { Unavailable } from './unavailable.ts';
import { requestToken } from './token.ts';

export type InstallationLookup =
  | { readonly kind: 'found'; readonly installation: Installation }
  /** GitHub said so: neither as a user nor as an organization. */
  | { readonly kind: 'absent' }
  | Unavailable;

/** Where an App is installed, as GitHub says now. Nothing is cached here (application/policies/installations.ts). */
export interface InstallationRepository {
  find(app: App, owner: string): Promise<InstallationLookup>;
}

export const INSTALLATION_REPOSITORY = requestToken<InstallationRepository>('InstallationRepository');
