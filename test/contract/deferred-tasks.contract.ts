import { beforeEach, expect, it } from '@jest/globals';
import type { DeferredTasks } from '../../src/application/ports/deferred-tasks.ts';

type Runnable = DeferredTasks & { run(): Promise<void> };

/** What every adapter of the port must do. */
export function runTests(make: () => Runnable): void {
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
}
