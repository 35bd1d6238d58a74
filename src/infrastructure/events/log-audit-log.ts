import type { ExchangeEvent } from '../../application/exchange-event.ts';
import type { AuditLog } from '../../application/ports/audit-log.ts';
import type { Log } from '../../application/ports/log.ts';
import { eventRecord, tokenHashes } from './event-record.ts';

/** Every attempt as one line of the log. */
export class LogAuditLog implements AuditLog {
  constructor(private readonly log: Log) {}

  async record(event: ExchangeEvent, secret?: string): Promise<void> {
    const hashes = secret === undefined ? undefined : await tokenHashes(secret);
    this.log.info('exchange', eventRecord(event, hashes));
  }
}
