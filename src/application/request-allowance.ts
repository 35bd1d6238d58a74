import { inject, injectable, type InjectionToken } from 'tsyringe';
import { clientNetwork } from '../domain/client-network.ts';
import { KeyedWindows } from '../domain/keyed-windows.ts';
import { LookupBound, type LookupUnderWay } from '../domain/lookup-bound.ts';
import { RequestWindow, type EventBound } from '../domain/request-window.ts';
import { SharedWindow, type SharedLimit } from '../domain/shared-window.ts';
import { CLOCK, type Clock } from './ports/clock.ts';
import { Refusal } from './refusal.ts';

/** GitHub requests a minute and isolate on behalf of callers who have proven nothing. One cold exchange takes up to 5. */
const UNPROVEN_REQUESTS_A_MINUTE: SharedLimit = { limit: 30, share: 10 };
/** GitHub requests a minute and isolate that end in an absence, for proven callers of other owners. */
const OUTSIDER_ABSENCES_A_MINUTE = 60;
/** GitHub requests a minute, isolate and owner that end in an absence, for the owner's own callers: all owners share the App. */
const INSIDER_ABSENCES_A_MINUTE = 60;
/** Lookups under way end within seconds. */
const BUSY_RETRY_AFTER_SECONDS = 5;
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
/** Who sends no address shares one window with all others who send none. */
const NO_ADDRESS = '';

/** The isolate's counters; numbers, shared by all requests. */
export class AllowanceWindows {
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

export const ALLOWANCE_WINDOWS: InjectionToken<AllowanceWindows> = Symbol('AllowanceWindows');

/**
 * How far the caller of this request is to be trusted with GitHub requests and with writing the cache.
 * `presumed` has a token that keys of an issuer verify which may have withdrawn them by now: enough for a budget only.
 * `bearer` presents a GitHub token that may be none.
 */
type Standing = 'unproven' | 'presumed' | 'outsider' | 'bearer' | 'insider' | 'admitted' | 'github';

const MAY_WRITE: ReadonlySet<Standing> = new Set<Standing>(['outsider', 'insider', 'admitted', 'github']);

/** Who asks, and on whose account. Both are what a stranger wrote, or the platform. */
export interface RequestOrigin {
  /** The account whose policies or installation the request is about. */
  readonly owner: string;
  readonly clientAddress?: string | undefined;
}

/** One request's right to cost something. GitHub's adapter asks it before every request; KV's before every write. */
@injectable()
export class RequestAllowance {
  private standing: Standing = 'unproven';
  private owner = '';
  private client = NO_ADDRESS;
  private spentRequests = 0;
  /** When requests were recorded that count only if they end in an absence: at once, so that no crowd slips through. */
  private provisional: number[] = [];
  /** An insider's lookup, and its requests so far. */
  private lookup: LookupUnderWay | 'none' = 'none';
  private lookupRequests = 0;

  constructor(
    @inject(ALLOWANCE_WINDOWS) private readonly windows: AllowanceWindows,
    @inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** GitHub requests made so far. */
  get spent(): number {
    return this.spentRequests;
  }

  /** Only what a proven caller or GitHub itself (a webhook) caused may reach KV. */
  get mayWriteCache(): boolean {
    return MAY_WRITE.has(this.standing);
  }

  /** Whether one more write may go to KV on this owner's account; it counts, whatever the answer is used for. */
  takeWrite(): boolean {
    if (!this.mayWriteCache) return false;
    const windows = this.standing === 'github' ? this.windows.webhookWrites : this.windows.writes;
    const window = windows.of(this.owner);
    const now = this.clock.now();
    if (window.isFull(now)) return false;
    window.record(now);
    return true;
  }

  comesFrom({ owner, clientAddress }: RequestOrigin): void {
    this.owner = owner.toLowerCase();
    this.client = clientAddress === undefined ? NO_ADDRESS : clientNetwork(clientAddress);
  }

  /** Keys that the issuer published within a day verify the caller's token. */
  presumeOutsider(): void {
    if (this.standing === 'unproven') this.standing = 'presumed';
  }

  /** The caller's token is verified. What it cost until then was not on behalf of somebody unproven after all. */
  proveOutsider(): void {
    if (this.standing === 'presumed') this.standing = 'outsider';
    if (this.standing !== 'unproven') return;
    this.giveBack();
    this.standing = 'outsider';
  }

  /** The caller belongs to the scope's owner. */
  proveInsider(): void {
    if (this.standing === 'insider') return;
    this.lookupRequests = this.provisional.length;
    this.giveBack();
    this.standing = 'insider';
  }

  /** GitHub itself, by its signature. */
  proveGitHub(): void {
    this.standing = 'github';
  }

  /** The caller presents a GitHub token, which counts as made up until GitHub accepts it. */
  presentsToken(): void {
    this.standing = 'bearer';
  }

  /** The policy admits the caller: what follows can't end in an absence, so a flood of those must not hold it up. */
  admit(): void {
    this.endedInPresence();
    this.standing = 'admitted';
  }

  /**
   * Asked before the first GitHub request: a crowd of one owner's own callers takes turns.
   *
   * @param patience `none`: to be refused rather than told to come again
   * @returns `busy` where there may soon be room
   * @throws Refusal `rate_limited`, like `spend`
   */
  begin(patience: 'some' | 'none'): 'begun' | 'busy' {
    if (this.standing !== 'insider' || this.lookup !== 'none') return 'begun';
    const bound = this.windows.insiderLookups.of(this.owner);
    const now = this.clock.now();
    const room = bound.room(now);
    if (room === 'full') throw ownLimit(bound.retryAfterSeconds(now), 'insider');
    if (room === 'busy') {
      if (patience === 'some') return 'busy';
      throw ownLimit(BUSY_RETRY_AFTER_SECONDS, 'insider, lookups under way');
    }
    this.lookup = bound.begin(now);
    return 'begun';
  }

  /** @throws Refusal `rate_limited` where the bound for such callers is reached: our own limit, so nothing stale is served for it */
  spend(): void {
    this.count();
    this.spentRequests += 1;
  }

  /**
   * Counts a request that must be made later whatever happens until then, so that no bound need hold it up.
   *
   * @returns what takes it back, where it is not needed after all
   * @throws Refusal `rate_limited`, like `spend`
   */
  prepay(): () => void {
    const bound = this.bound();
    const at = this.count();
    return () => {
      if (this.standing === 'insider') this.lookupRequests = Math.max(0, this.lookupRequests - 1);
      const index = this.provisional.indexOf(at);
      if (index < 0) return;
      this.provisional.splice(index, 1);
      bound?.release([at]);
    };
  }

  /** The lookups did not end in an absence. Without this word they count as if they had, for invented names must not burn a quota. */
  endedInPresence(): void {
    if (this.standing === 'unproven') return;
    this.giveBack();
    this.endLookup(0);
  }

  /** The request is over: what did not end in a presence ended in an absence. */
  end(): void {
    this.endLookup(this.lookupRequests);
  }

  /** What bounds failed requests for an issuer's keys. */
  failedKeyFetches(kind: 'enterprise' | 'other'): EventBound {
    const { failedEnterpriseKeyFetches, failedKeyFetches } = this.windows;
    return (kind === 'enterprise' ? failedEnterpriseKeyFetches : failedKeyFetches).for(this.client);
  }

  /** @returns when it was counted */
  private count(): number {
    const now = this.clock.now();
    if (this.standing === 'insider') this.begin('none');
    const bound = this.bound();
    if (bound?.isFull(now)) throw ownLimit(bound.retryAfterSeconds(now), this.standing);
    if (this.standing === 'insider') this.lookupRequests += 1;
    if (bound === undefined) return now;
    bound.record(now);
    this.provisional.push(now);
    return now;
  }

  private endLookup(absences: number): void {
    if (this.standing !== 'insider') return;
    const bound = this.windows.insiderLookups.of(this.owner);
    const now = this.clock.now();
    if (this.lookup !== 'none') bound.end(this.lookup);
    bound.recordAbsences(absences, now);
    this.lookup = 'none';
    this.lookupRequests = 0;
  }

  private giveBack(): void {
    this.bound()?.release(this.provisional);
    this.provisional = [];
  }

  private bound(): EventBound | undefined {
    switch (this.standing) {
      case 'unproven':
        return this.windows.unproven.for(this.client);
      case 'presumed':
      case 'outsider':
        return this.windows.outsiderAbsences;
      case 'bearer':
        return this.windows.rejectedRevocations.of(this.client);
      case 'insider':
      case 'admitted':
      case 'github':
        return undefined;
    }
  }
}

export function ownLimit(retryAfterSeconds: number, detail: string): Refusal {
  return new Refusal('rate_limited', 'Too many requests of this kind at the moment. Try again later.', {
    retryAfterSeconds,
    detail: `own limit: ${detail}`,
    isOwnLimit: true,
  });
}
