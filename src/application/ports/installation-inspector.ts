import type { App } from '../../domain/apps.ts';
import type { InstallationState } from '../../domain/installation-health.ts';
import { requestToken } from './token.ts';
import type { Unavailable } from './unavailable.ts';

export type InstallationInspection =
  | { readonly kind: 'found'; readonly state: InstallationState }
  /** The App is not installed there. */
  | { readonly kind: 'absent' }
  | Unavailable;

/** How an App's installation on an account is doing, as GitHub says now. Nothing is cached. */
export interface InstallationInspector {
  inspect(app: App, owner: string): Promise<InstallationInspection>;
}

export const INSTALLATION_INSPECTOR = requestToken<InstallationInspector>('InstallationInspector');
