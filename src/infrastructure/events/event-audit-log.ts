import type { ExchangeEvent } from '../../application/exchange/exchange-event.ts';
import type { AuditLog } from '../../application/ports/audit-log.ts';
import type { EventFanOut } from './event-fan-out.ts';
import { exchangeEvent } from './event-record.ts';

/** Attempts as events of type dev.octo-sts.exchange. */
export class EventAuditLog implements AuditLog {
  constructor(private readonly events: EventFanOut) {}

  async record(event: ExchangeEvent, secret?: string): Promise<void> {
    await this.events.send(await exchangeEvent(event, secret));
  }
}
