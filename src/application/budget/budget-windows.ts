import { KeyedWindows } from '../../domain/keyed-windows.ts';
import { LookupBound } from '../../domain/lookup-bound.ts';
import { RequestWindow } from '../../domain/request-window.ts';
import { SharedWindow, type SharedLimit } from '../../domain/shared-window.ts';
import { isolateToken } from '../ports/token.ts';

/** GitHub requests a minute and isolate on behalf of callers who have proven nothing. One cold exchange takes up to 5. */
const UNPROVEN_REQUESTS_A_MINUTE: SharedLimit = { limit: 30, share: 10 };
/** GitHub requests a minute and isolate that end in an absence, for proven callers of other owners. */
const OUTSIDER_ABSENCES_A_MINUTE = 60;
/** GitHub requests a minute, isolate and owner that end in an absence, for the owner's own callers: all owners share the App. */
const INSIDER_ABSENCES_A_MINUTE = 60;
/**
 * Revocations a minute, isolate and client that GitHub does not accept. There is no bound for all clients together: one
 * would let strangers shut honest callers out, and a revocation costs one request of nobody's quota.
 */
const REJECTED_REVOCATIONS_A_MINUTE = 30;
/** Failed requests for the keys of issuers that nobody configured, a minute and isolate. */
const FAILED_KEY_FETCHES_A_MINUTE: SharedLimit = { limit: 60, share: 30 };
/** KV writes a minute, isolate and owner on behalf of callers; the free plan has 1,000 a day. */
const WRITES_A_MINUTE = 60;
/** KV writes a minute, isolate and owner on behalf of GitHub's webhooks: somebody may change many repositories at once. */
const WEBHOOK_WRITES_A_MINUTE = 300;
/** Clients, or owners, whose windows an isolate remembers. */
const MAX_WINDOWS = 2000;

/** The isolate's counters, shared by all requests. */
export class BudgetWindows {
  readonly unproven = new SharedWindow(UNPROVEN_REQUESTS_A_MINUTE, MAX_WINDOWS);
  readonly outsiderAbsences = new RequestWindow(OUTSIDER_ABSENCES_A_MINUTE);
  readonly insiderLookups = new KeyedWindows(MAX_WINDOWS, () => new LookupBound(INSIDER_ABSENCES_A_MINUTE));
  readonly rejectedRevocations = new KeyedWindows(MAX_WINDOWS, () => new RequestWindow(REJECTED_REVOCATIONS_A_MINUTE));
  readonly failedKeyFetches = new SharedWindow(FAILED_KEY_FETCHES_A_MINUTE, MAX_WINDOWS);
  /** Anyone can invent an enterprise below GitHub's own issuer: that must not use up what other issuers need. */
  readonly failedEnterpriseKeyFetches = new SharedWindow(FAILED_KEY_FETCHES_A_MINUTE, MAX_WINDOWS);
  readonly writes = new KeyedWindows(MAX_WINDOWS, () => new RequestWindow(WRITES_A_MINUTE));
  readonly webhookWrites = new KeyedWindows(MAX_WINDOWS, () => new RequestWindow(WEBHOOK_WRITES_A_MINUTE));
}

export const BUDGET_WINDOWS = isolateToken<BudgetWindows>('BudgetWindows');
