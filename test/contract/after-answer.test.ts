import { describe, expect, it } from '@jest/globals';
import { DeferredWork } from '../../src/infrastructure/events/deferred-work.ts';
import { MemoryAfterAnswer } from '../../src/infrastructure/memory/memory-after-answer.ts';
import { MemoryLog } from '../../src/infrastructure/memory/memory-log.ts';
import { runTests } from './after-answer.contract.ts';

describe('work after the answer, in memory', () => runTests(() => new MemoryAfterAnswer()));
describe('work after the answer, of a request', () => runTests(() => new DeferredWork(new MemoryLog())));

describe('a request’s work after the answer', () => {
  it('logs what failed by its name, without its message', async () => {
    const log = new MemoryLog();
    const work = new DeferredWork(log);
    work.add('revoke_read_token', () => Promise.reject(new TypeError('Bearer ghs_secret')));
    await work.run();
    expect(log.entries).toEqual([
      { level: 'error', event: 'after_answer_failed', fields: { task: 'revoke_read_token', error: 'TypeError' } },
    ]);
  });
});
