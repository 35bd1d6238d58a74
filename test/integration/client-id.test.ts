import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/local-stack.ts';
import type { Seed } from '../support/seed.ts';
import { WebhookStack } from '../support/webhook-stack.ts';

const BROKEN = { '.github/chainguard/new.sts.yaml': 'issuer: x\n' };

let stack: WebhookStack;

afterEach(async () => {
  await stack.settled();
  expect(stack.local.emulator.violations).toEqual([]);
});

/** The same for an App that `GITHUB_APP_ID` names, and for one of `APP_CONFIG` with a webhook secret of its own. */
describe.each<[setting: string, bindings: (seed: Seed) => Record<string, string | undefined>]>([
  ['GITHUB_APP_ID', ({ app }) => ({ GITHUB_APP_ID: app.clientId })],
  [
    'APP_CONFIG',
    ({ app }) => ({
      GITHUB_APP_ID: undefined,
      GITHUB_APP_PRIVATE_KEY: undefined,
      GITHUB_WEBHOOK_SECRET: undefined,
      APP_CONFIG: `orgs: [{ name: "*", apps: [{ name: one, app_id: ${app.clientId}, private_key: "\${KEY_ONE}", webhook_secret: "\${HOOK_ONE}" }] }]`,
      KEY_ONE: app.keys.pkcs1Pem,
      HOOK_ONE: app.webhookSecret,
    }),
  ],
])('an App that %s names by its client ID', (_setting, bindings) => {
  beforeAll(async () => {
    stack = await WebhookStack.start();
    await stack.local.restart({ bindings: () => bindings(stack.local.seed) });
    stack.connect();
  });
  beforeEach(() => stack.local.resetCounters());
  afterAll(() => stack.close());

  test('mints, and its event names it as it is configured', async () => {
    const answer = await stack.local.exchange();
    expect(answer.status).toBe(200);
    expect(stack.requests()).not.toHaveProperty('apps/get-authenticated');
    const id = answer.headers.get('x-request-id');
    const line = () => stack.local.worker.logged('exchange').find((one) => one.request_id === id);
    await eventually(() => line() !== undefined);
    expect(line()).toMatchObject({ app_id: stack.local.seed.app.clientId });
  });

  test('reports on a commit, once, with one request for its number', async () => {
    const { sha } = stack.world.openPullRequest({ repository: 'acme/app', branch: 'topic', files: BROKEN }).head;
    await stack.settled();
    expect(stack.runs('acme/app', sha)).toMatchObject([{ conclusion: 'failure' }]);
    expect(stack.requests()['apps/get-authenticated']).toBe(1);
    stack.local.resetCounters();
    const again = stack.world.openPullRequest({ repository: 'acme/app', branch: 'topic-2', files: BROKEN }).head;
    await stack.settled();
    expect(stack.runs('acme/app', again.sha)).toHaveLength(1);
    expect(stack.requests()).not.toHaveProperty('apps/get-authenticated');
  });

  test('is not spoken for by another secret, nor while GitHub does not tell its number', async () => {
    const { emulator, seed } = stack.local;
    const payload = emulator.webhooks.payloads.installation('suspend', seed.installations.organization);
    expect((await stack.deliver('installation', payload, { signature: 'wrong' })).status).toBe(401);
    expect((await stack.deliver('installation', payload)).status).toBe(202);
    await stack.local.restart({ bindings: () => bindings(seed) });
    emulator.faults.add({ kind: 'respond', status: 500, match: { operation: 'apps/get-authenticated' } });
    expect((await stack.deliver('installation', payload)).status).toBe(503);
    emulator.faults.clear();
    expect((await stack.deliver('installation', payload)).status).toBe(202);
  });
});
