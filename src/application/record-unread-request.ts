import { inject, injectable } from 'tsyringe';
import { recordedRefusal } from './exchange-event.ts';
import { AFTER_ANSWER, type AfterAnswer } from './ports/after-answer.ts';
import { AUDIT_LOG, type AuditLog } from './ports/audit-log.ts';
import { CLOCK, type Clock } from './ports/clock.ts';
import type { Refusal } from './refusal.ts';

export interface UnreadRequest {
  readonly requestId: string;
  readonly userAgent?: string;
  readonly clientAddress?: string;
}

/** Records an attempt whose request could not even be read: no token, no scope, contradictory parameters. */
@injectable()
export class RecordUnreadRequest {
  constructor(
    @inject(AUDIT_LOG) private readonly auditLog: AuditLog,
    @inject(AFTER_ANSWER) private readonly afterAnswer: AfterAnswer,
    @inject(CLOCK) private readonly clock: Clock,
  ) {}

  execute(request: UnreadRequest, refusal: Refusal): void {
    const time = this.clock.now();
    const nothingDone = { outcome: 'refused', proven: false, durationMs: 0, githubRequests: 0 } as const;
    const event = { ...request, ...nothingDone, time, refusal: recordedRefusal(refusal) };
    this.afterAnswer.add('audit', () => this.auditLog.record(event));
  }
}
