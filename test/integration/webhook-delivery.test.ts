import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { DeliveryOptions } from '../support/github/webhooks.ts';
import type { JsonObject } from '../support/json.ts';
import { WebhookStack } from '../support/webhook-stack.ts';

interface Example {
  readonly name: string;
  readonly examples: readonly JsonObject[];
}

const EXAMPLES = createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly Example[];
const PREVIOUS = 'the secret of last month';
const HANDLED = [
  'pull_request',
  'push',
  'check_suite',
  'check_run',
  'installation',
  'installation_repositories',
  'repository',
  'ping',
];
const MEBIBYTE = 1024 * 1024;

let stack: WebhookStack;

beforeAll(async () => {
  stack = await WebhookStack.start({ bindings: () => ({ GITHUB_WEBHOOK_SECRET_PREVIOUS: PREVIOUS }) });
});
afterAll(async () => {
  await stack.settled();
  expect(stack.local.emulator.violations).toEqual([]);
  await stack.close();
});
beforeEach(() => stack.local.resetCounters());

function example(event: string): JsonObject {
  return EXAMPLES.find(({ name }) => name === event)?.examples[0] ?? {};
}

describe.each(HANDLED)('a delivery of %s', (event) => {
  const done = event === 'ping' ? 200 : 202;

  test.each<[title: string, options: Partial<DeliveryOptions>, status: number]>([
    ['with its signature', {}, done],
    ['signed with the secret before the rotation', { secret: PREVIOUS }, done],
    ['as a form', { contentType: 'form' }, done],
    ['signed with another secret', { signature: 'wrong' }, 401],
    ['without a signature', { signature: 'none' }, 401],
    ['signed with SHA-1 alone', { signature: 'sha1-only' }, 401],
    ['with an empty signature', { headers: { 'x-hub-signature-256': 'sha256=' } }, 401],
    ['signed for another body', { headers: { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` } }, 401],
  ])('%s', async (_, options, status) => {
    const delivery = await stack.deliver(event, example(event), options);
    expect(delivery.status).toBe(status);
    if (status !== 401) return;
    expect(JSON.parse(delivery.body)).toMatchObject({ error: 'invalid_signature', code: 16 });
    expect(stack.local.emulator.count()).toBe(0);
  });
});

test('acknowledges every event of the published examples, and reports on no repository that the App is not on', async () => {
  const deliveries = EXAMPLES.flatMap(({ name, examples }) => examples.map((payload) => ({ name, payload })));
  for (const { name, payload } of deliveries) {
    const { status } = await stack.deliver(name, payload);
    expect({ name, status }).toEqual({ name, status: name === 'ping' ? 200 : 202 });
  }
  await stack.settled();
  expect(stack.requests()).not.toHaveProperty('checks/create');
  expect(stack.local.worker.logged('after_answer_failed')).toEqual([]);
});

describe('the body', () => {
  const headersOf = (body: string): Record<string, string> => ({
    'content-type': 'application/json',
    'x-github-event': 'push',
    'x-hub-signature-256': `sha256=${createHmac('sha256', stack.local.seed.app.webhookSecret).update(body).digest('hex')}`,
  });
  const send = (body: string, headers = headersOf(body)) =>
    stack.local.send({ method: 'POST', path: '/webhook', body, headers });

  test('of more than 25 MiB is refused by its Content-Length, unread', async () => {
    const headers = { ...headersOf(''), 'content-length': String(25 * MEBIBYTE + 1) };
    const answer = await stack.local.send({ method: 'POST', path: '/webhook', headers });
    expect(answer).toMatchObject({ status: 413, json: { error: 'payload_too_large' } });
  });

  test('of 20 MiB is read', async () => {
    const body = JSON.stringify({ ...example('push'), padding: 'x'.repeat(20 * MEBIBYTE) });
    expect(await send(body)).toMatchObject({ status: 202 });
  });

  test.each(['', 'no JSON', '"a text"', 'null', '[', '\ud800'])(
    'that is no JSON object is a fault: %j',
    async (body) => {
      expect(await send(body)).toMatchObject({ status: 400, json: { error: 'invalid_request' } });
    },
  );

  test.each<unknown>([
    {},
    [],
    { repository: 7, ref: {}, commits: [null], installation: 'x' },
    { repository: { name: '../..', owner: { login: 'a/b' } }, ref: 'refs/heads/main', after: 'f'.repeat(40) },
    { repository: { name: 'app', owner: { login: 'acme' } }, ref: 'refs/heads/x', after: '__proto__', commits: {} },
    JSON.parse('{"__proto__":{"repository":{}},"constructor":{"name":"x"}}'),
  ])('of any other form than GitHub’s is acknowledged and ignored: %j', async (payload) => {
    for (const event of [...HANDLED.slice(0, -1), 'installation_target', 'toString', '']) {
      const delivery = await stack.deliver(event, payload as JsonObject);
      expect(delivery.status).toBe(202);
    }
    await stack.settled();
    expect(stack.local.emulator.count()).toBe(0);
  });
});

describe('the secrets', () => {
  test('that are missing are a fault of the webhook alone', async () => {
    const own = await WebhookStack.start({
      bindings: () => ({ GITHUB_WEBHOOK_SECRET: ' ', GITHUB_WEBHOOK_SECRET_PREVIOUS: '' }),
    });
    const delivery = await own.deliver('ping', example('ping'));
    expect(delivery.status).toBe(500);
    expect(JSON.parse(delivery.body)).toMatchObject({ error: 'misconfigured' });
    expect(delivery.body).toContain('GITHUB_WEBHOOK_SECRET');
    expect(await own.local.send({ path: '/healthz' })).toMatchObject({ status: 200 });
    expect(await own.local.exchange()).toMatchObject({ status: 200 });
    await own.close();
  });

  test('are each App’s own where the configuration of several Apps gives them', async () => {
    const own = await WebhookStack.start();
    const { seed, emulator } = own.local;
    const second = own.world.addApp({ id: 515_151, permissions: seed.app.permissions, webhookSecret: 'second' });
    own.world.install(second, seed.organization, { id: 8801 });
    await own.local.restart({
      bindings: () => ({
        GITHUB_APP_ID: undefined,
        GITHUB_APP_PRIVATE_KEY: undefined,
        KEY_ONE: seed.app.keys.pkcs1Pem,
        KEY_TWO: second.keys.pkcs1Pem,
        HOOK_TWO: 'second',
        APP_CONFIG: `orgs:
  - name: "*"
    apps:
      - { name: one, app_id: ${seed.app.id}, private_key: "\${KEY_ONE}" }
      - { name: two, app_id: ${second.id}, private_key: "\${KEY_TWO}", webhook_secret: "\${HOOK_TWO}" }
`,
      }),
    });
    const statuses: number[] = [];
    for (const [appId, secret] of [
      [seed.app.id, seed.app.webhookSecret],
      [second.id, 'second'],
      [second.id, seed.app.webhookSecret],
      [seed.app.id, 'second'],
      [1, 'second'],
    ] as const) {
      statuses.push((await own.deliver('ping', example('ping'), { appId, secret })).status);
    }
    expect(statuses).toEqual([200, 200, 401, 401, 401]);

    second.webhookUrl = own.url;
    const pull = own.world.openPullRequest({
      repository: 'acme/app',
      branch: 'two',
      files: { '.github/chainguard/x.sts.yaml': 'issuer: https://x.example\n' },
    });
    await own.settled();
    expect(own.runs('acme/app', pull.head.sha).map(({ app }) => app.id)).toEqual([second.id]);
    expect(emulator.violations).toEqual([]);
    await own.close();
  });
});
