import { describe, expect, it } from '@jest/globals';
import type { ExchangeEvent } from '../../../../src/application/exchange/exchange-event.ts';
import type { LogFields } from '../../../../src/application/ports/log.ts';
import { EventAuditLog } from '../../../../src/infrastructure/events/event-audit-log.ts';
import { EventFanOut } from '../../../../src/infrastructure/events/event-fan-out.ts';
import {
  UndeliveredError,
  type EventSink,
  type OutgoingEvent,
} from '../../../../src/infrastructure/events/event-sink.ts';

const EVENT: ExchangeEvent = {
  time: Date.UTC(2026, 10, 2),
  requestId: 'a-request',
  outcome: 'refused',
  scope: 'Acme/app',
  identity: 'deploy',
  proven: true,
  issuer: 'https://issuer.example.com',
  app: 'ci-1',
  allowlist: 'audit',
  durationMs: 12,
  githubRequests: 3,
  refusal: { kind: 'permission_denied', detail: 'mismatch: subject' },
};

class Recorder implements EventSink {
  readonly name = 'recorder';
  readonly events: OutgoingEvent[] = [];

  write(event: OutgoingEvent): Promise<void> {
    this.events.push(event);
    return Promise.resolve();
  }
}

function failing(error: Error): EventSink {
  return { name: 'failing', write: () => Promise.reject(error) };
}

const throwing: EventSink = {
  name: 'throwing',
  write: () => {
    throw new TypeError('https://sink.example.com/?key=of-the-sink');
  },
};

function recordWith(...sinks: EventSink[]): { done: Promise<void>; errors: LogFields[] } {
  const errors: LogFields[] = [];
  const ignore = (): void => undefined;
  const log = { info: ignore, warn: ignore, error: (_: string, fields: LogFields = {}) => void errors.push(fields) };
  return { done: new EventAuditLog(new EventFanOut(sinks, log)).record(EVENT), errors };
}

describe('several sinks', () => {
  it('get the same event, whatever the others do', async () => {
    const [first, last] = [new Recorder(), new Recorder()];
    const { done, errors } = recordWith(first, failing(new UndeliveredError('status 400')), throwing, last);
    await expect(done).resolves.toBeUndefined();
    expect(last.events).toEqual(first.events);
    expect(first.events).toHaveLength(1);
    expect(errors.map(({ sink, reason }) => [sink, reason])).toEqual([
      ['throwing', 'failed'],
      ['failing', 'status 400'],
    ]);
  });

  it('keep their addresses out of the log', async () => {
    const { done, errors } = recordWith(throwing);
    await done;
    expect(JSON.stringify(errors)).not.toContain('of-the-sink');
  });

  it('do not wait for one that never ends', async () => {
    const recorder = new Recorder();
    recordWith({ name: 'endless', write: () => new Promise(() => undefined) }, recorder);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(recorder.events).toHaveLength(1);
  });
});
