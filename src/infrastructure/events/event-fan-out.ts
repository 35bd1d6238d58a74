import { inject, injectable } from 'tsyringe';
import { LOG, type Log } from '../../application/ports/log.ts';
import { EVENT_SINKS, UndeliveredError, type EventSink, type OutgoingEvent } from './event-sink.ts';

/** Sends every event to all sinks at the same time. A sink that fails is logged, and a slow one delays no other. */
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
      // Only messages of our own. A library's message could quote the address, which may hold a key.
      const reason = error instanceof UndeliveredError ? error.message : 'failed';
      this.log.error('event_not_delivered', { sink: sink.name, event_id: event.id, type: event.type, reason });
    }
  }
}
