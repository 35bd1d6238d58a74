import { inject, injectable } from 'tsyringe';
import type { ExchangeEvent } from '../../application/exchange/exchange-event.ts';
import type { AuditLog } from '../../application/ports/audit-log.ts';
import { EventFanOut } from './event-fan-out.ts';
import { exchangeEvent } from './event-record.ts';

/** Records attempts to exchange a token as events of type dev.octo-sts.exchange. */
@injectable()
export class EventAuditLog implements AuditLog {
  constructor(@inject(EventFanOut) private readonly events: EventFanOut) {}

  async record(event: ExchangeEvent, secret?: string): Promise<void> {
    await this.events.send(await exchangeEvent(event, secret));
  }
}
