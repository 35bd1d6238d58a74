import { inject, injectable } from 'tsyringe';
import { CLOCK, type Clock } from './ports/clock.ts';
import { DEFERRED_TASKS, type DeferredTasks } from './ports/deferred-tasks.ts';
import { REVOCATION_LOG, type RevocationEvent, type RevocationLog } from './ports/revocation-log.ts';
import type { RecordedRefusal } from './refusal.ts';
import type { RequestOrigin } from './request-origin.ts';

/** Writes the audit event of every attempt to give a token back, after the answer. */
@injectable()
export class RevocationRecorder {
  constructor(
    @inject(REVOCATION_LOG) private readonly revocationLog: RevocationLog,
    @inject(DEFERRED_TASKS) private readonly deferredTasks: DeferredTasks,
    @inject(CLOCK) private readonly clock: Clock,
  ) {}

  revoked(origin: RequestOrigin, secret: string): void {
    this.later({ ...origin, outcome: 'revoked', time: this.clock.now() }, secret);
  }

  /** @param secret where what was presented looks like a token of GitHub's */
  refused(origin: RequestOrigin, refusal: RecordedRefusal, secret?: string): void {
    this.later({ ...origin, outcome: 'refused', time: this.clock.now(), refusal }, secret);
  }

  private later(event: RevocationEvent, secret?: string): void {
    this.deferredTasks.add('audit', () => this.revocationLog.record(event, secret));
  }
}
