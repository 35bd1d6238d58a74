import type { App } from '../../domain/apps.ts';
import type { HookDelivery, HookSetup } from '../../domain/webhook-health.ts';
import { requestToken } from './token.ts';
import type { Unavailable } from './unavailable.ts';

/** An App, as GitHub describes it. Its page is where its owner sets it up. */
export interface AppDescription {
  /** GitHub's number for it. */
  readonly id: number;
  readonly clientId: string | undefined;
  readonly slug: string;
  /** The account that owns it; nothing where an enterprise does, whose name may also be some account's. */
  readonly owner: string | undefined;
  readonly permissions: Readonly<Record<string, string>>;
  /** The page where its owner sets it up. */
  readonly settingsPage: string;
  /** Requests left of the App's own hourly limit, where GitHub told. */
  readonly quotaLeft: number | undefined;
}

export type AppLookup = { readonly kind: 'found'; readonly description: AppDescription } | Unavailable;

export type HookLookup =
  | { readonly kind: 'found'; readonly setup: HookSetup }
  /** The App has no webhook. */
  | { readonly kind: 'none' }
  | Unavailable;

export type DeliveriesLookup = { readonly kind: 'found'; readonly deliveries: readonly HookDelivery[] } | Unavailable;

/** What GitHub knows of an App and its webhook. One request each, and nothing is cached. */
export interface AppInspector {
  describe(app: App): Promise<AppLookup>;
  hook(app: App): Promise<HookLookup>;
  /** The last thirty. */
  deliveries(app: App): Promise<DeliveriesLookup>;
}

export const APP_INSPECTOR = requestToken<AppInspector>('AppInspector');
