import { inject, injectable } from 'tsyringe';
import type { RevocationEvent, RevocationLog } from '../../application/ports/revocation-log.ts';
import { EventFanOut } from './event-fan-out.ts';
import type { RevocationData } from './event-data.ts';
import type { OutgoingEvent } from './event-sink.ts';
import { tokenHashes } from './token-hashes.ts';

/** Records revocations as events of type dev.octo-sts.revocation. */
@injectable()
export class EventRevocationLog implements RevocationLog {
  constructor(@inject(EventFanOut) private readonly events: EventFanOut) {}

  async record(event: RevocationEvent, secret?: string): Promise<void> {
    await this.events.send(await revocationEvent(event, secret));
  }
}

/** What is not known is absent: JSON leaves `undefined` out. */
async function revocationEvent(event: RevocationEvent, secret: string | undefined): Promise<OutgoingEvent> {
  const { requestId, outcome, refusal, userAgent, clientAddress, host } = event;
  const time = new Date(event.time).toISOString();
  const data: RevocationData = {
    time,
    request_id: requestId,
    outcome,
    ...(secret === undefined ? {} : await tokenHashes(secret)),
    refusal,
    user_agent: userAgent,
    client_address: clientAddress,
    host,
  };
  return { type: 'dev.octo-sts.revocation', name: 'revocation', id: requestId, time, subject: '', data };
}
