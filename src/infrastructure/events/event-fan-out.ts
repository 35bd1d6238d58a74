import { inject, injectable } from 'tsyringe';
import { LOG, type Log } from '../../application/ports/log.ts';
import { EVENT_SINKS, UndeliveredError, type EventSink, type OutgoingEvent } from './event-sink.ts';

/** Every event to every sink, side by side: one that fails or dawdles is logged and holds up none of the others. */
@injectable()
export class EventFanOut {
  constructor(
    @inject(EVENT_SINKS) private readonly sinks: readonly EventSink[],
    @inject(LOG) private readonly log: Log,
  ) {}

  /** Never rejects. */
  async send(event: OutgoingEvent): Promise<void> {
    await Promise.all(this.sinks.map((sink) => this.attempt(sink, event)));
  }

  private async attempt(sink: EventSink, event: OutgoingEvent): Promise<void> {
    try {
      await sink.write(event);
    } catch (error) {
      // Messages of ours alone: a library's could quote the address, which may hold a key of the sink's.
      const reason = error instanceof UndeliveredError ? error.message : 'failed';
      this.log.error('event_not_delivered', { sink: sink.name, event_id: event.id, type: event.type, reason });
    }
  }
}
