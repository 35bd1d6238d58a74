import type { App } from '../../domain/apps.ts';
import { requestToken } from './token.ts';
import type { Unavailable } from './unavailable.ts';

export type AppNumber = { readonly kind: 'known'; readonly number: string } | Unavailable;

/**
 * GitHub's number of an App, in decimal. Deliveries and check runs name an App by it, also where the operator names the App
 * by its client ID. It never changes, so it may be kept for ever.
 */
export interface AppNumbers {
  of(app: App): Promise<AppNumber>;
}

export const APP_NUMBERS = requestToken<AppNumbers>('AppNumbers');
