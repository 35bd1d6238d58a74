import type { ExchangeEvent } from '../exchange/exchange-event.ts';
import { requestToken } from './token.ts';

/** Keeps a record of every attempt. Called after the answer; it can neither delay nor fail one. */
export interface AuditLog {
  /** @param secret the token that was granted, of which only hashes are recorded */
  record(event: ExchangeEvent, secret?: string): Promise<void>;
}

export const AUDIT_LOG = requestToken<AuditLog>('AuditLog');
