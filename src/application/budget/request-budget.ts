import { inject, injectable } from 'tsyringe';
import type { LookupUnderWay } from '../../domain/lookup-bound.ts';
import type { EventBound } from '../../domain/request-window.ts';
import { CLOCK, type Clock } from '../ports/clock.ts';
import type { Unavailable } from '../ports/unavailable.ts';
import { BUDGET_WINDOWS, type BudgetWindows } from './budget-windows.ts';
import { RequestMeter } from './request-meter.ts';
import { RequestTrust } from './request-trust.ts';

/** Lookups end within seconds, so there is room again soon. */
const BUSY_RETRY_AFTER_SECONDS = 5;

interface Spent {
  readonly kind: 'spent';
  /** When, in milliseconds since the epoch. */
  readonly at: number;
}

interface Prepaid {
  readonly kind: 'prepaid';
  /** Gives it back if the request is not needed after all. */
  readonly refund: () => void;
}

/** How many GitHub requests one request may cost, by its caller's trust level. Asked before every request to GitHub. */
@injectable()
export class RequestBudget {
  /**
   * When requests were recorded that count only if they end in an absence. They are recorded at once: else many callers
   * at the same moment would all be within the limit.
   */
  private provisional: number[] = [];
  /** An insider's lookup, and its requests so far. */
  private lookup: LookupUnderWay | 'none' = 'none';
  private lookupRequests = 0;

  constructor(
    @inject(RequestTrust) private readonly trust: RequestTrust,
    @inject(RequestMeter) private readonly meter: RequestMeter,
    @inject(BUDGET_WINDOWS) private readonly windows: BudgetWindows,
    @inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Keys that the issuer published within a day verify the caller's token. */
  presumeOutsider(): void {
    if (this.trust.level === 'unproven') this.trust.level = 'presumed';
  }

  /** The caller's token is verified. What it cost until now no longer counts as an unproven caller's. */
  proveOutsider(): void {
    if (this.trust.level === 'presumed') this.trust.level = 'outsider';
    if (this.trust.level !== 'unproven') return;
    this.giveBack();
    this.trust.level = 'outsider';
  }

  /** The caller belongs to the scope's owner. */
  proveInsider(): void {
    if (this.trust.level === 'insider') return;
    this.lookupRequests = this.provisional.length;
    this.giveBack();
    this.trust.level = 'insider';
  }

  /** GitHub itself, by its signature. */
  proveGitHub(): void {
    this.trust.level = 'github';
  }

  /** Nobody asks: the service checks itself. */
  actAsService(): void {
    this.trust.level = 'service';
  }

  /** The caller presents a GitHub token, which counts as made up until GitHub accepts it. */
  presentsToken(): void {
    this.trust.level = 'bearer';
  }

  /** The policy admits the caller. What follows can't end in an absence, so the bounds on absences no longer apply. */
  admit(): void {
    this.refund();
    this.trust.level = 'admitted';
  }

  /**
   * Asked before the first GitHub request. Only so many lookups of one owner's own callers run at the same time.
   *
   * @param patience `some`: may be told `busy`, and asks again. `none`: is refused instead
   * @returns `busy` if there may be room soon
   */
  begin(patience: 'some' | 'none'): { readonly kind: 'begun' | 'busy' } | Unavailable {
    if (this.trust.level !== 'insider' || this.lookup !== 'none') return { kind: 'begun' };
    const bound = this.windows.insiderLookups.of(this.trust.owner);
    const now = this.clock.now();
    const room = bound.room(now);
    if (room === 'full') return ownLimit(bound.retryAfterSeconds(now), 'insider');
    if (room === 'busy') {
      if (patience === 'some') return { kind: 'busy' };
      return ownLimit(BUSY_RETRY_AFTER_SECONDS, 'insider, lookups under way');
    }
    this.lookup = bound.begin(now);
    return { kind: 'begun' };
  }

  /** One request. `own_limit` if the bound for such callers is reached: then no stale policy is served either. */
  spend(): Spent | Unavailable {
    const spent = this.count();
    if (spent.kind === 'spent') this.meter.githubRequests += 1;
    return spent;
  }

  /** Counts a request in advance that must be made later. So no bound can stop it then. */
  prepay(): Prepaid | Unavailable {
    const bound = this.bound();
    const spent = this.count();
    if (spent.kind !== 'spent') return spent;
    const refund = (): void => {
      if (this.trust.level === 'insider') this.lookupRequests = Math.max(0, this.lookupRequests - 1);
      const index = this.provisional.indexOf(spent.at);
      if (index < 0) return;
      this.provisional.splice(index, 1);
      bound?.release([spent.at]);
    };
    return { kind: 'prepaid', refund };
  }

  /**
   * The lookups did not end in an absence. Unless this is called they count as if they had: invented names must not use up
   * a quota.
   */
  refund(): void {
    if (this.trust.level === 'unproven') return;
    this.giveBack();
    this.endLookup(0);
  }

  /** The request is over. Lookups that were not refunded count as absences. */
  end(): void {
    this.endLookup(this.lookupRequests);
  }

  /** What bounds failed requests for an issuer's keys. */
  failedKeyFetches(kind: 'enterprise' | 'other'): EventBound {
    const { failedEnterpriseKeyFetches, failedKeyFetches } = this.windows;
    return (kind === 'enterprise' ? failedEnterpriseKeyFetches : failedKeyFetches).for(this.trust.client);
  }

  private count(): Spent | Unavailable {
    const now = this.clock.now();
    const { level } = this.trust;
    const begun = this.begin('none');
    if (begun.kind === 'unavailable') return begun;
    const bound = this.bound();
    if (bound?.isFull(now)) return ownLimit(bound.retryAfterSeconds(now), level);
    if (level === 'insider') this.lookupRequests += 1;
    if (bound !== undefined) {
      bound.record(now);
      this.provisional.push(now);
    }
    return { kind: 'spent', at: now };
  }

  private endLookup(absences: number): void {
    if (this.trust.level !== 'insider') return;
    const bound = this.windows.insiderLookups.of(this.trust.owner);
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
    switch (this.trust.level) {
      case 'unproven':
        return this.windows.unproven.for(this.trust.client);
      case 'presumed':
      case 'outsider':
        return this.windows.outsiderAbsences;
      case 'bearer':
        return this.windows.rejectedRevocations.of(this.trust.client);
      case 'insider':
      case 'admitted':
      case 'github':
      case 'service':
        return undefined;
    }
  }
}

export function ownLimit(retryAfterSeconds: number, what: string): Unavailable {
  return { kind: 'unavailable', cause: 'own_limit', retryAfterSeconds, detail: `own limit: ${what}` };
}
