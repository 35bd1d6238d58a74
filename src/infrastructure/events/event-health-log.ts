import { inject, injectable } from 'tsyringe';
import type { HealthChange } from '../../application/health/health-report.ts';
import type { HealthLog } from '../../application/ports/health-log.ts';
import { EventFanOut } from './event-fan-out.ts';
import type { OutgoingEvent } from './event-sink.ts';

/** Many installations may fail at once; the report has them all. */
const MAX_FINDINGS = 20;

/** Changes of checks as events of type dev.octo-sts.health. */
@injectable()
export class EventHealthLog implements HealthLog {
  constructor(@inject(EventFanOut) private readonly events: EventFanOut) {}

  async record(change: HealthChange): Promise<void> {
    await this.events.send(healthEvent(change));
  }
}

function healthEvent({ requestId, time: at, check, state, before, findings }: HealthChange): OutgoingEvent {
  const time = new Date(at).toISOString();
  const told = findings
    .slice(0, MAX_FINDINGS)
    .map(({ rule, message, remedy, link }) => ({ rule, message, remedy, link }));
  const data = { time, request_id: requestId, check, state, before, findings: told };
  return { type: 'dev.octo-sts.health', name: 'health', id: `${requestId}/${check}`, time, subject: check, data };
}
