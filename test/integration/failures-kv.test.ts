import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { NodeStack } from './node-stack.ts';

let stack: NodeStack;

beforeAll(async () => {
  stack = await NodeStack.start();
});

beforeEach(() => {
  stack.kv.rewrite(() => undefined);
  stack.isolate = stack.newIsolate();
  stack.resetCounters();
});

afterEach(() => {
  stack.kv.failsOn = 'nothing';
});

afterAll(async () => {
  expect(stack.emulator.violations).toEqual([]);
  await stack.close();
});

describe('when KV fails', () => {
  it('takes a get that throws for a miss, with a line in the log', async () => {
    stack.kv.failsOn = 'get';
    expect((await stack.exchange()).status).toBe(200);
    expect(stack.logged('kv_get_failed')).toBe(true);
  });

  it('grants while every put throws, with a line in the log, and does not read GitHub twice for it', async () => {
    stack.kv.failsOn = 'put';
    expect((await stack.exchange()).status).toBe(200);
    expect(stack.logged('after_answer_failed')).toBe(true);
    stack.resetCounters();
    expect((await stack.exchange()).status).toBe(200);
    expect(stack.githubRequests()).toBe(1);
  });

  it('writes what could not be written once it is read again', async () => {
    stack.kv.failsOn = 'put';
    await stack.exchange();
    stack.kv.failsOn = 'nothing';
    stack.minutesPass(6);
    await stack.exchange();
    expect(stack.kv.keys.some((key) => key.includes('|policies|'))).toBe(true);
  });

  it('grants while nothing of KV works', async () => {
    stack.kv.failsOn = 'everything';
    expect((await stack.exchange()).status).toBe(200);
  });
});

describe('a value of KV that can’t be read as this version’s', () => {
  it.each([
    ['an older version', (text: string) => JSON.stringify({ ...parsed(text), v: 0 })],
    ['a newer version', (text: string) => JSON.stringify({ ...parsed(text), v: 2 })],
    ['no JSON', () => '{"v":1,'],
    ['nothing', () => ''],
    ['another shape', () => '{"v":1,"value":{"accountId":1,"files":[null]},"readAt":9e15,"freshForMs":9e15}'],
    ['a time that is none', (text: string) => JSON.stringify({ ...parsed(text), readAt: 'yesterday' })],
    ['a list', () => '[]'],
    ['a time in the future', (text: string) => JSON.stringify({ ...parsed(text), readAt: stack.clock.now() + 6_000 })],
    ['fresh for longer than anything may be', (text: string) => fresh(text, 60 * 60_000 + 1)],
    ['fresh for ever', (text: string) => text.replace(/"freshForMs":\d+/, '"freshForMs":1e999')],
    ['fresh for less than no time', (text: string) => fresh(text, -1)],
    ['purged in the future', () => JSON.stringify({ v: 1, purgedAt: stack.clock.now() + 60 * 60_000 })],
  ])('is a miss: %s', async (_, change) => {
    expect((await stack.exchange()).status).toBe(200);
    stack.kv.rewrite(change);
    stack.isolate = stack.newIsolate();
    stack.resetCounters();
    expect((await stack.exchange()).status).toBe(200);
    expect([stack.githubRequests(), stack.issuerRequests()]).toEqual([4, 2]);
    // What was read instead is written, so that the next isolate goes on with it.
    stack.isolate = stack.newIsolate();
    stack.resetCounters();
    expect((await stack.exchange()).status).toBe(200);
    expect([stack.githubRequests(), stack.issuerRequests()]).toEqual([1, 0]);
  });

  it('takes policies for a miss that claim to be fresh for longer than policies may be', async () => {
    await stack.exchange();
    stack.kv.rewrite((text, key) => (key.includes('|policies|') ? fresh(text, 15 * 60_000 + 1) : text));
    stack.isolate = stack.newIsolate();
    stack.resetCounters();
    await stack.exchange();
    expect([stack.githubRequests(), stack.logged('cache_value_unreadable')]).toEqual([3, true]);
  });

  function fresh(text: string, freshForMs: number): string {
    return JSON.stringify({ ...parsed(text), freshForMs });
  }

  function parsed(text: string): object {
    return JSON.parse(text) as object;
  }
});

describe('what is written to KV', () => {
  it('is nothing that a later exchange awaits, and nothing at all once it is warm', async () => {
    await stack.exchange();
    stack.resetCounters();
    for (let count = 0; count < 20; count++) expect((await stack.exchange()).status).toBe(200);
    expect([stack.kv.reads, stack.kv.writes]).toEqual([0, 0]);
    expect(stack.githubRequests()).toBe(20);
  });

  it('holds no token and no key of the App', async () => {
    const { json } = await stack.exchange();
    const texts: string[] = [];
    stack.kv.rewrite((text) => {
      texts.push(text);
      return text;
    });
    expect(texts.join('\n')).not.toContain(String(json.token));
    expect(texts.join('\n')).not.toMatch(/ghs_|PRIVATE KEY|"d":/);
  });

  it('is nothing on behalf of those who have proven nothing', async () => {
    const token = stack.issuer.sign({ sub: 'somebody', iss: 'https://stranger.example.com' });
    for (const scope of ['acme/app', 'acme/infra', 'nobody/nothing']) await stack.exchange(scope, 'deploy', token);
    expect(stack.kv.writes).toBe(0);
  });
});
