import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NodeStack, STS_DOMAIN, type Answer } from './node-stack.ts';

/** A sound deployment, as a small company runs it. */
const SOUND = { GITHUB_WEBHOOK_SECRET: 'local-webhook-secret' };
const RUNS_A_DAY = 24 * 12;
let stack: NodeStack;

beforeEach(async () => {
  stack = await NodeStack.start(SOUND);
  stack.seed.app.webhookUrl = `https://${STS_DOMAIN}/webhook`;
});

afterEach(async () => {
  const { violations } = stack.emulator;
  await stack.close();
  expect(violations).toEqual([]);
});

function health(): Promise<Answer> {
  return stack.isolate.send(new Request(`https://${STS_DOMAIN}/healthz`));
}

/** Runs of the scheduled check, each five minutes after the one before, in an isolate of its own where it is new. */
async function runs(count: number, { isNew = false } = {}): Promise<void> {
  for (let run = 0; run < count; run += 1) {
    stack.minutesPass(5);
    const isolate = isNew ? stack.newIsolate() : stack.isolate;
    await isolate.runScheduled();
  }
}

/** A customer, whose account the operator knows nothing of. Nothing listens here for what GitHub would deliver. */
function addCustomer(login: string) {
  const { world } = stack.emulator;
  const { app } = stack.seed;
  const { webhookUrl } = app;
  app.webhookUrl = undefined;
  const owner = world.addOrganization(login);
  world.addRepository({ owner, name: 'app', files: { '.github/chainguard/deploy.sts.yaml': stack.policy() } });
  const installation = world.install(app, owner);
  app.webhookUrl = webhookUrl;
  return installation;
}

describe('no alarm is raised', () => {
  it('in the first minutes, although GitHub’s ping found no settings yet', async () => {
    const ping = { app: stack.seed.app, guid: 'ping', event: 'ping', action: undefined, redelivery: false };
    stack.emulator.world.noteHookDelivery({
      ...ping,
      installationId: undefined,
      repositoryId: undefined,
      statusCode: 500,
    });
    expect((await health()).json).toMatchObject({ status: 'ok' });
    await runs(3);
    expect((await health()).json).toMatchObject({ status: 'ok', checks: { webhook: 'ok', app_credentials: 'ok' } });
    expect(stack.logged('health')).toBe(false);
  });

  it('in a day without traffic, which stays far below what the free plan allows', async () => {
    await runs(1);
    stack.resetCounters();
    await runs(RUNS_A_DAY, { isNew: true });
    expect((await health()).json).toMatchObject({ status: 'ok' });
    expect(stack.logged('health')).toBe(false);
    // Of 100,000 reads, 1,000 writes and 1,000 lists a day.
    expect(stack.kv.reads).toBeLessThanOrEqual(7 * RUNS_A_DAY);
    expect(stack.kv.lists).toBe(RUNS_A_DAY);
    // The report each hour, and the keys of GitHub's own Actions.
    expect(stack.kv.writes).toBeLessThanOrEqual(2 * 25);
    expect(stack.emulator.count()).toBe(4 * RUNS_A_DAY);
  });

  it('where one customer among many suspends the App', async () => {
    const customers = Array.from({ length: 30 }, (_, index) => addCustomer(`customer-${index}`));
    for (const { account } of customers) {
      expect((await stack.exchange(`${account.login}/app`)).status).toBe(200);
    }
    stack.emulator.world.suspend(customers[7]!);
    // So many that each has its turn.
    await runs(8);
    expect((await health()).json).toMatchObject({ status: 'ok' });
    expect(stack.logged('health')).toBe(false);
    const granted = await Promise.all(['customer-6/app', 'customer-7/app'].map((scope) => stack.exchange(scope)));
    expect(granted.map(({ status }) => status === 200)).toEqual([true, false]);
  });

  it('on an Enterprise Server without limits, whose answers tell no quota', async () => {
    const realFetch = globalThis.fetch;
    const server = 'https://git.acme.dev';
    const asked: string[] = [];
    globalThis.fetch = async (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input);
      asked.push(url.href);
      const path = url.pathname.startsWith('/_services/token')
        ? url.pathname.replace('/_services/token', '')
        : url.pathname + url.search;
      const target = url.pathname.startsWith('/_services/token') ? stack.issuer.origin : stack.emulator.url;
      const response = await realFetch(target + path, init);
      const headers = new Headers(response.headers);
      for (const name of [...headers.keys()]) if (name.startsWith('x-ratelimit')) headers.delete(name);
      return new Response(await response.arrayBuffer(), { status: response.status, headers });
    };
    try {
      stack.issuer.overrideDiscovery({
        issuer: `${server}/_services/token`,
        jwks_uri: `${server}/_services/token/jwks`,
      });
      stack.reconfigure({ GITHUB_BASE_URL: `${server}/api/v3`, ALLOW_LOOPBACK_HTTP: undefined });
      await runs(2);
      const { checks, status } = (await health()).json;
      expect({ checks, status }).toEqual({
        status: 'ok',
        checks: { configuration: 'ok', app_credentials: 'ok', github: 'ok', store: 'ok', webhook: 'ok' },
      });
      expect(stack.logged('health')).toBe(false);
      expect(asked.every((url) => url.startsWith(server))).toBe(true);
    } finally {
      globalThis.fetch = realFetch;
    }
  });
});

describe('an alarm is raised, and no exchange refused,', () => {
  it('where the KV namespace is gone', async () => {
    await runs(1);
    expect((await stack.exchange()).status).toBe(200);
    stack.kv.failsOn = 'everything';
    await runs(1);
    const told = await health();
    expect([told.status, told.json]).toMatchObject([200, { status: 'degraded', checks: { store: 'failing' } }]);
    expect(stack.log.filter((line) => line.includes('"event":"health"'))).toEqual([
      expect.stringMatching(/"check":"store","state":"failing".*OCTO_STS_KV/),
    ]);
    expect((await stack.exchange()).status).toBe(200);
    stack.kv.failsOn = 'nothing';
    await runs(1);
    expect((await health()).json).toMatchObject({ status: 'ok' });
  });

  it('where a customer whom the operator named suspends the App, and others go on', async () => {
    const customer = addCustomer('customer');
    stack.reconfigure({ GITHUB_WEBHOOK_ORGANIZATION_FILTER: 'acme,customer' });
    await runs(1);
    stack.emulator.world.suspend(customer);
    await runs(1);
    const told = await health();
    expect([told.status, told.json]).toMatchObject([200, { status: 'degraded', checks: { installations: 'failing' } }]);
    expect((await stack.exchange()).status).toBe(200);
  });
});
