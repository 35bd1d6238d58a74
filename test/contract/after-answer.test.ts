import { beforeEach, describe, expect, it } from '@jest/globals';
import type { AfterAnswer } from '../../src/application/ports/after-answer.ts';
import { DeferredWork } from '../../src/infrastructure/events/deferred-work.ts';
import { MemoryAfterAnswer } from '../../src/infrastructure/memory/memory-after-answer.ts';
import { MemoryLog } from '../../src/infrastructure/memory/memory-log.ts';

type Runnable = AfterAnswer & { run(): Promise<void> };

const KINDS: readonly [string, () => Runnable][] = [
  ['in memory', () => new MemoryAfterAnswer()],
  ['of a request', () => new DeferredWork(new MemoryLog())],
];

describe.each(KINDS)('work after the answer, %s', (_, make) => {
  let work: Runnable;

  beforeEach(() => {
    work = make();
  });

  it('waits until it is run, and is done once', async () => {
    let done = 0;
    work.add('count', async () => void (done += 1));
    expect(done).toBe(0);
    await work.run();
    await work.run();
    expect(done).toBe(1);
  });

  it('may lead to further work', async () => {
    const done: string[] = [];
    work.add('first', async () => {
      done.push('first');
      work.add('second', async () => void done.push('second'));
    });
    await work.run();
    expect(done).toEqual(['first', 'second']);
  });

  it('does not fail the others, nor whoever runs it', async () => {
    let done = false;
    work.add('bad', () => Promise.reject(new Error('as expected')));
    work.add('good', async () => void (done = true));
    await expect(work.run()).resolves.toBeUndefined();
    expect(done).toBe(true);
  });
});

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
