import { inject, injectable } from 'tsyringe';
import { isProven } from '../../domain/trust-level.ts';
import { CLOCK, type Clock } from '../ports/clock.ts';
import { BUDGET_WINDOWS, type BudgetWindows } from './budget-windows.ts';
import { RequestTrust } from './request-trust.ts';

/**
 * Who may write to the store that all isolates share, and how often. An unproven caller may not. Each owner's callers may
 * write so many times a minute. Asked after the answer is decided, when the trust level is final.
 */
@injectable()
export class StoreWrites {
  constructor(
    @inject(RequestTrust) private readonly trust: RequestTrust,
    @inject(BUDGET_WINDOWS) private readonly windows: BudgetWindows,
    @inject(CLOCK) private readonly clock: Clock,
  ) {}

  get isAllowed(): boolean {
    return isProven(this.trust.level);
  }

  /** Takes one write on the owner's account. @returns whether it may go ahead */
  take(): boolean {
    if (!this.isAllowed) return false;
    const windows = this.trust.level === 'github' ? this.windows.webhookWrites : this.windows.writes;
    const window = windows.of(this.trust.owner);
    const now = this.clock.now();
    if (window.isFull(now)) return false;
    window.record(now);
    return true;
  }
}
