import { afterEach, describe, expect, it } from '@jest/globals';
import { RunningWorker } from '../support/running-worker.ts';

let worker: RunningWorker | undefined;

afterEach(async () => {
  await worker?.close();
});

describe('the Worker starts', () => {
  it('with its warm-up run to the end, within what workerd allows before the first request', async () => {
    worker = await RunningWorker.start({ bindings: {} });
    const answer = await fetch(`${worker.url}/healthz`);
    expect(await answer.text()).toContain('misconfigured');
    expect(worker.logged('warm_up_failed')).toEqual([]);
  });
});
