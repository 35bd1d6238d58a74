import { writeLine } from './console-log.ts';
import type { EventSink, OutgoingEvent } from './event-sink.ts';

/** One JSON line an event, at every log level: the record that needs no other service. */
export class ConsoleEventSink implements EventSink {
  readonly name = 'log';

  write({ name, data }: OutgoingEvent): Promise<void> {
    writeLine({ level: 'info', event: name, ...data });
    return Promise.resolve();
  }
}
