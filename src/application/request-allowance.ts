import { inject, injectable, type InjectionToken } from 'tsyringe';
import { RequestWindow } from '../domain/request-window.ts';
import { CLOCK, type Clock } from './ports/clock.ts';
import { Refusal } from './refusal.ts';

/** GitHub requests a minute and isolate on behalf of callers who have proven nothing. */
const UNPROVEN_REQUESTS_A_MINUTE = 30;
/** GitHub requests a minute and isolate that end in an absence, for proven callers of other owners. */
const OUTSIDER_ABSENCES_A_MINUTE = 60;

/** The isolate's counters; numbers, shared by all requests. */
export class AllowanceWindows {
  readonly unproven = new RequestWindow(UNPROVEN_REQUESTS_A_MINUTE);
  readonly outsiderAbsences = new RequestWindow(OUTSIDER_ABSENCES_A_MINUTE);
}

export const ALLOWANCE_WINDOWS: InjectionToken<AllowanceWindows> = Symbol('AllowanceWindows');

/** How far the caller of this request is to be trusted with GitHub requests and with writing the cache. */
type Standing = 'unproven' | 'outsider' | 'insider' | 'admitted';

/** One request's right to cost something. GitHub's adapter asks it before every request; KV's before every write. */
@injectable()
export class RequestAllowance {
  private standing: Standing = 'unproven';
  private spentRequests = 0;

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
    return this.standing !== 'unproven';
  }

  /** The caller's token is verified. */
  proveOutsider(): void {
    if (this.standing === 'unproven') this.standing = 'outsider';
  }

  /** The caller belongs to the scope's owner, or is GitHub. */
  proveInsider(): void {
    this.standing = 'insider';
  }

  /** The policy admits the caller: what follows can't end in an absence, so a flood of those must not hold it up. */
  admit(): void {
    this.standing = 'admitted';
  }

  /** @throws Refusal `rate_limited` where the bound for such callers is reached: our own limit, so nothing stale is served for it */
  spend(): void {
    const now = this.clock.now();
    const bound = this.bound();
    if (bound?.isFull(now)) {
      throw new Refusal('rate_limited', 'Too many requests of this kind at the moment. Try again later.', {
        retryAfterSeconds: bound.retryAfterSeconds(now),
        detail: `own limit: ${this.standing}`,
      });
    }
    if (this.standing === 'unproven') this.windows.unproven.record(now);
    this.spentRequests += 1;
  }

  /** The lookups ended in an absence: invented names must not burn the quota of an organization. */
  endedInAbsence(): void {
    if (this.standing === 'outsider') this.windows.outsiderAbsences.record(this.clock.now(), this.spentRequests);
  }

  private bound(): RequestWindow | undefined {
    if (this.standing === 'unproven') return this.windows.unproven;
    return this.standing === 'outsider' ? this.windows.outsiderAbsences : undefined;
  }
}
