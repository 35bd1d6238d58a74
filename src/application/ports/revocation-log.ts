import type { RecordedRefusal } from '../refusal.ts';
import type { RequestOrigin } from '../request-origin.ts';
import { requestToken } from './token.ts';

/** One attempt to give a token back, as the audit log keeps it. */
export interface RevocationEvent extends RequestOrigin {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly outcome: 'revoked' | 'refused';
  readonly refusal?: RecordedRefusal;
}

/** Keeps a record of revocations. Called after the answer; it can neither delay nor fail one. */
export interface RevocationLog {
  /** @param secret the token that was presented, of which only hashes are recorded */
  record(event: RevocationEvent, secret?: string): Promise<void>;
}

export const REVOCATION_LOG = requestToken<RevocationLog>('RevocationLog');
