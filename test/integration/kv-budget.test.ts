import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NodeStack } from './node-stack.ts';

/** Cloudflare KV, free plan, a day. */
const READS_A_DAY = 100_000;
const WRITES_A_DAY = 1000;
const REPOSITORIES = 20;
const EXCHANGES_A_DAY = 1000;
const DAY_MS = 24 * 60 * 60_000;
/** A workflow's token lives five minutes; signing a new one for each exchange would take longer than the exchange. */
const TOKEN_MS = 4 * 60_000;

let stack: NodeStack;

beforeAll(async () => {
  stack = await NodeStack.start();
  const files = { '.github/chainguard/deploy.sts.yaml': stack.policy() };
  for (let index = 0; index < REPOSITORIES; index++) {
    stack.emulator.world.addRepository({ owner: 'acme', name: `repo-${index}`, files });
  }
});

afterAll(async () => {
  expect(stack.emulator.violations).toEqual([]);
  await stack.close();
});

/**
 * A day (or less) of evenly spread exchanges, over the repositories in turn, each by one of so many isolates; `lifetime` is after
 * how many exchanges an isolate is replaced by an empty one.
 */
async function day(exchanges: number, isolates: number, lifetime: number, spreadMs = DAY_MS): Promise<void> {
  stack.kv.rewrite(() => undefined);
  const running = Array.from({ length: isolates }, () => stack.newIsolate());
  stack.resetCounters();
  let token = { text: stack.actionsToken(), madeAt: stack.clock.now() };
  for (let index = 0; index < exchanges; index++) {
    if (index % lifetime === 0) running[(index / lifetime) % isolates] = stack.newIsolate();
    const scope = `acme/repo-${index % REPOSITORIES}`;
    if (stack.clock.now() - token.madeAt > TOKEN_MS) token = { text: stack.actionsToken(), madeAt: stack.clock.now() };
    const { status } = await stack.exchange(scope, 'deploy', token.text, running[index % isolates]);
    expect(status).toBe(200);
    stack.clock.advance(spreadMs / exchanges);
  }
}

describe('twenty repositories with a thousand exchanges a day', () => {
  it.each([
    ['one isolate', 1, Number.POSITIVE_INFINITY],
    ['four isolates', 4, Number.POSITIVE_INFINITY],
    ['a new isolate for every exchange', 1, 1],
  ])(
    'stay inside the free plan’s KV budget: %s',
    async (_, isolates, lifetime) => {
      await day(EXCHANGES_A_DAY, isolates, lifetime);
      expect(stack.kv.writes).toBeLessThanOrEqual(WRITES_A_DAY);
      expect(stack.kv.reads).toBeLessThanOrEqual(READS_A_DAY);
    },
    120_000,
  );

  it('stay inside it while webhooks let copies live longer', async () => {
    stack.reconfigure({ GITHUB_WEBHOOK_SECRET: 'a-secret' });
    await day(EXCHANGES_A_DAY, 2, Number.POSITIVE_INFINITY);
    expect(stack.kv.writes).toBeLessThanOrEqual(WRITES_A_DAY);
    stack.reconfigure({ GITHUB_WEBHOOK_SECRET: undefined });
  }, 120_000);

  it('stay inside it even where each of the repositories has a thousand', async () => {
    // A twentieth of the day is 72 minutes: all is written first, and again after an hour. So half of it is an hour's.
    await day(EXCHANGES_A_DAY, 2, Number.POSITIVE_INFINITY, DAY_MS / REPOSITORIES);
    expect(stack.kv.reads * REPOSITORIES).toBeLessThanOrEqual(READS_A_DAY);
    expect((stack.kv.writes / 2) * 24).toBeLessThanOrEqual(WRITES_A_DAY);
  }, 120_000);
});
