import { beforeEach, describe, expect, it } from '@jest/globals';
import type { RevocationEvent } from '../../../src/application/ports/revocation-log.ts';
import { RevocationRecorder } from '../../../src/application/revocation-recorder.ts';
import { MemoryClock } from '../../../src/infrastructure/memory/memory-clock.ts';
import { MemoryDeferredTasks } from '../../../src/infrastructure/memory/memory-deferred-tasks.ts';

const ORIGIN = { requestId: 'a-request', clientAddress: '198.51.100.7' };
const REFUSAL = { kind: 'invalid_token', detail: 'why' };

let events: (readonly [RevocationEvent, secret: string | undefined])[];
let tasks: MemoryDeferredTasks;
let clock: MemoryClock;
let recorder: RevocationRecorder;

beforeEach(() => {
  events = [];
  tasks = new MemoryDeferredTasks();
  clock = new MemoryClock(1000);
  const log = { record: async (...event: (typeof events)[number]) => void events.push(event) };
  recorder = new RevocationRecorder(log, tasks, clock);
});

describe('the event of a token that is given back', () => {
  it('is written after the answer, with the time of the attempt', async () => {
    recorder.revoked(ORIGIN, 'ghs_x');
    clock.advance(5000);
    expect([events, tasks.names]).toEqual([[], ['audit']]);
    await tasks.run();
    expect(events).toEqual([[{ ...ORIGIN, outcome: 'revoked', time: 1000 }, 'ghs_x']]);
  });

  it('says why it was refused, and knows of no secret that is none', async () => {
    recorder.refused(ORIGIN, REFUSAL);
    recorder.refused(ORIGIN, REFUSAL, 'ghs_x');
    await tasks.run();
    const event = { ...ORIGIN, outcome: 'refused', time: 1000, refusal: REFUSAL };
    expect(events).toEqual([
      [event, undefined],
      [event, 'ghs_x'],
    ]);
  });
});
