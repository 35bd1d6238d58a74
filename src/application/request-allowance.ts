import { inject, injectable, type InjectionToken } from 'tsyringe';
import { RequestWindow } from '../domain/request-window.ts';
import { CLOCK, type Clock } from './ports/clock.ts';
import { Refusal } from './refusal.ts';

/** GitHub requests a minute and isolate on behalf of callers who have proven nothing. */
const UNPROVEN_REQUESTS_A_MINUTE = 30;
/** GitHub requests a minute and isolate that end in an absence, for proven callers of other owners. */
const OUTSIDER_ABSENCES_A_MINUTE = 60;
/** Revocations a minute and isolate that GitHub does not accept: a made-up token has no quota of its own to pay with. */
const REJECTED_REVOCATIONS_A_MINUTE = 30;
/** Failed requests for the keys of issuers that nobody configured, a minute and isolate. */
const FAILED_KEY_FETCHES_A_MINUTE = 60;

/** The isolate's counters; numbers, shared by all requests. */
export class AllowanceWindows {
  readonly unproven = new RequestWindow(UNPROVEN_REQUESTS_A_MINUTE);
  readonly outsiderAbsences = new RequestWindow(OUTSIDER_ABSENCES_A_MINUTE);
  readonly rejectedRevocations = new RequestWindow(REJECTED_REVOCATIONS_A_MINUTE);
  readonly failedKeyFetches = new RequestWindow(FAILED_KEY_FETCHES_A_MINUTE);
}

export const ALLOWANCE_WINDOWS: InjectionToken<AllowanceWindows> = Symbol('AllowanceWindows');

/**
 * How far the caller of this request is to be trusted with GitHub requests and with writing the cache.
 * `bearer` presents a GitHub token that may be none.
 */
type Standing = 'unproven' | 'outsider' | 'bearer' | 'insider' | 'admitted';

/** One request's right to cost something. GitHub's adapter asks it before every request; KV's before every write. */
@injectable()
export class RequestAllowance {
  private standing: Standing = 'unproven';
  private spentRequests = 0;
  /** When requests were recorded that count only if they end in an absence: at once, so that no crowd slips through. */
  private provisional: number[] = [];

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
    return this.standing !== 'unproven' && this.standing !== 'bearer';
  }

  /** The caller's token is verified. */
  proveOutsider(): void {
    if (this.standing === 'unproven') this.standing = 'outsider';
  }

  /** The caller belongs to the scope's owner, or is GitHub. */
  proveInsider(): void {
    this.endedInPresence();
    this.standing = 'insider';
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

  /** @throws Refusal `rate_limited` where the bound for such callers is reached: our own limit, so nothing stale is served for it */
  spend(): void {
    const now = this.clock.now();
    const bound = this.bound();
    if (bound?.isFull(now)) throw ownLimit(bound, now, this.standing);
    bound?.record(now);
    if (this.standing !== 'unproven' && bound !== undefined) this.provisional.push(now);
    this.spentRequests += 1;
  }

  /** The lookups did not end in an absence. Without this word they count as if they had, for invented names must not burn a quota. */
  endedInPresence(): void {
    this.bound()?.release(this.provisional);
    this.provisional = [];
  }

  private bound(): RequestWindow | undefined {
    switch (this.standing) {
      case 'unproven':
        return this.windows.unproven;
      case 'outsider':
        return this.windows.outsiderAbsences;
      case 'bearer':
        return this.windows.rejectedRevocations;
      case 'insider':
      case 'admitted':
        return undefined;
    }
  }
}

export function ownLimit(bound: RequestWindow, nowMs: number, detail: string): Refusal {
  return new Refusal('rate_limited', 'Too many requests of this kind at the moment. Try again later.', {
    retryAfterSeconds: bound.retryAfterSeconds(nowMs),
    detail: `own limit: ${detail}`,
  });
}
