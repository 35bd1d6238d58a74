import type { App } from '../../domain/apps.ts';
import { isolateToken } from '../ports/token.ts';

/** The operator's settings that decide what is checked, and what is right. */
export interface HealthRules {
  /** The Worker's own version. */
  readonly version: string;
  readonly host: string;
  /** When this isolate was made and its configuration checked, in milliseconds since the epoch. */
  readonly configuredAt: number;
  /** Every App once. */
  readonly apps: readonly App[];
  /** Accounts that the operator named, each with its Apps. In lower case. */
  readonly owners: readonly { readonly owner: string; readonly apps: readonly App[] }[];
  /** Where webhooks may arrive; the first is where they should. */
  readonly webhookUrls: readonly string[];
  /** Whether there is a secret for an App's webhook. */
  readonly hasWebhookSecret: (app: App) => boolean;
  /** The server's own Actions issuer, and those that the operator named. Asked whether or not they are in use. */
  readonly namedIssuers: readonly string[];
  /** Known without having been named. Asked only while they are in use. */
  readonly defaultIssuers: readonly string[];
  /** Below it an App's quota is worth a note. */
  readonly quotaFloor: number;
}

export const HEALTH_RULES = isolateToken<HealthRules>('HealthRules');
