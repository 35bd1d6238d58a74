import { describe, expect, it } from '@jest/globals';
import { DeferredTaskList } from '../../src/infrastructure/events/deferred-task-list.ts';
import { MemoryDeferredTasks } from '../../src/infrastructure/memory/memory-deferred-tasks.ts';
import { MemoryLog } from '../../src/infrastructure/memory/memory-log.ts';
import { runTests } from './deferred-tasks.contract.ts';

describe('work after the answer, in memory', () => runTests(() => new MemoryDeferredTasks()));
describe('work after the answer, of a request', () => runTests(() => new DeferredTaskList(new MemoryLog())));

describe('a request’s work after the answer', () => {
  it('logs what failed by its name, without its message', async () => {
    const log = new MemoryLog();
    const work = new DeferredTaskList(log);
    work.add('revoke_read_token', () => Promise.reject(new TypeError('Bearer ghs_secret')));
    await work.run();
    expect(log.entries).toEqual([
      { level: 'error', event: 'after_answer_failed', fields: { task: 'revoke_read_token', error: 'TypeError' } },
    ]);
  });
});
