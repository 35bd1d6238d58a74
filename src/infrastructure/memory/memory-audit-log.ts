import type { ExchangeEvent } from '../../application/exchange/exchange-event.ts';
import type { AuditLog } from '../../application/ports/audit-log.ts';

export class MemoryAuditLog implements AuditLog {
  readonly events: ExchangeEvent[] = [];

  record(event: ExchangeEvent): Promise<void> {
    this.events.push(event);
    return Promise.resolve();
  }
}
