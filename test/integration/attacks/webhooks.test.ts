import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generateAppKeys } from '../../support/github/app-keys.ts';
import type { Json, JsonObject } from '../../support/json.ts';
import { actionsPolicy, LocalStack } from '../../support/local-stack.ts';
import type { Answer } from '../../support/local-stack.ts';
import { WebhookStack } from '../../support/webhook-stack.ts';
import { FORGED_PAYLOADS, NO_PAYLOADS, SIGNATURES } from './webhook.ts';

const FOLDER = '.github/chainguard';
const TYPE = { 'content-type': 'application/json' };

let stack: WebhookStack;
/** Of a push that really was: it brings a new policy. */
let push: JsonObject;

beforeAll(async () => {
  stack = await WebhookStack.start();
  const policy = actionsPolicy(stack.local.emulator.actionsIssuer.issuer);
  stack.connect();
  stack.world.commit('acme/app', { [`${FOLDER}/pushed.sts.yaml`]: policy });
  await stack.settled();
  stack.disconnect();
  push = stack.local.emulator.webhooks.deliveries.find(({ event }) => event === 'push')!.payload;
  await stack.local.exchange();
});

afterAll(async () => {
  await stack.settled();
  const { emulator, worker } = stack.local;
  const problems = [...emulator.violations, ...worker.logged('bug'), ...worker.logged('after_answer_failed')];
  await stack.close();
  expect(problems).toEqual([]);
});

function sign(body: string, secret = stack.local.seed.app.webhookSecret): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

function deliver(body: string, headers: Readonly<Record<string, string>>, event = 'push'): Promise<Answer> {
  const app = String(stack.local.seed.app.id);
  const usual = { ...TYPE, 'x-github-event': event, 'x-github-hook-installation-target-id': app };
  const given = Object.entries({ ...usual, ...headers }).filter(([, value]) => value !== '');
  return stack.local.send({ path: '/webhook', method: 'POST', body, headers: Object.fromEntries(given) });
}

async function changesNothing(act: () => Promise<unknown>): Promise<void> {
  const before = await stack.local.worker.kvEntries();
  const runs = stack.world.checkRuns('acme/app').length;
  stack.local.resetCounters();
  await act();
  expect(stack.local.githubRequests()).toBe(0);
  expect(stack.world.checkRuns('acme/app')).toHaveLength(runs);
  expect(await stack.local.worker.kvEntries()).toEqual(before);
}

describe('a delivery', () => {
  it('is believed with its signature', async () => {
    const body = JSON.stringify(push);
    expect((await deliver(body, { 'x-hub-signature-256': sign(body) })).status).toBe(202);
    await stack.settled();
    expect(stack.local.githubRequests()).toBeGreaterThan(0);
  });

  it.each(SIGNATURES)('is not with $title ($source)', async ({ headers, body: other }) => {
    const body = JSON.stringify(push);
    const secret = stack.local.seed.app.webhookSecret;
    await changesNothing(async () => {
      const answer = await deliver(other?.(body) ?? body, headers(body, secret));
      expect([answer.status, answer.json.error]).toEqual([401, 'invalid_signature']);
      expect(answer.headers.get('www-authenticate')).toBeNull();
      expect(answer.headers.get('cache-control')).toBe('no-store');
    });
  });

  it.each(NO_PAYLOADS)('that is signed and holds %s is refused', async (_, type, body) => {
    await changesNothing(async () => {
      const answer = await deliver(body, { 'content-type': type, 'x-hub-signature-256': sign(body) });
      expect([answer.status, answer.json.error]).toEqual([400, 'invalid_request']);
    });
  });

  it.each(['', 'unknown', 'PUSH', '__proto__', 'constructor', 'push,ping', '../push'])(
    'of the event %j does nothing',
    async (event) => {
      const body = JSON.stringify(push);
      await changesNothing(async () => {
        const answer = await deliver(body, { 'x-hub-signature-256': sign(body) }, event);
        expect(answer.status).toBe(202);
      });
    },
  );

  it.each(['GET', 'PUT', 'DELETE', 'OPTIONS'])('by %s is none', async (method) => {
    const answer = await stack.local.send({ path: '/webhook', method });
    expect([answer.status, answer.json.error]).toEqual([405, 'method_not_allowed']);
  });
});

describe('a signed delivery that says what is not so', () => {
  it.each(FORGED_PAYLOADS)('reports on nothing: $title ($source)', async ({ event, change }) => {
    const runs = allRuns();
    const body = JSON.stringify({ ...push, ...change });
    expect((await deliver(body, { 'x-hub-signature-256': sign(body) }, event)).status).toBe(202);
    await stack.settled();
    expect(allRuns()).toEqual(runs);
    expect((await stack.local.exchange()).status).toBe(200);
  });

  it.each<readonly [title: string, event: string, payload: () => JsonObject]>([
    [
      'a policy is removed that is there',
      'push',
      () => ({ ...push, commits: [commit({ removed: [`${FOLDER}/deploy.sts.yaml`] })] }),
    ],
    ['the repository is deleted', 'repository', () => ({ ...push, action: 'deleted' })],
    ['the App is not installed any more', 'installation', () => installation('deleted')],
    ['the App is suspended', 'installation', () => installation('suspend')],
  ])('is not believed, only looked after: %s', async (_, event, payload) => {
    const body = JSON.stringify(payload());
    expect((await deliver(body, { 'x-hub-signature-256': sign(body) }, event)).status).toBe(202);
    await stack.settled();
    expect((await stack.local.exchange()).status).toBe(200);
  });

  it('brings no policy that is not there', async () => {
    const added = `${FOLDER}/invented.sts.yaml`;
    const body = JSON.stringify({
      ...push,
      commits: [commit({ added: [added] })],
      head_commit: commit({ added: [added] }),
    });
    await deliver(body, { 'x-hub-signature-256': sign(body) });
    await stack.settled();
    const answer = await stack.local.exchangeFor('acme/app', 'invented');
    expect([answer.status, answer.json.error]).toEqual([404, 'policy_not_found']);
  });

  it('makes a removed policy work no more when it is sent again (replay)', async () => {
    stack.connect();
    stack.world.commit('acme/app', { [`${FOLDER}/pushed.sts.yaml`]: null });
    await stack.settled();
    stack.disconnect();
    const body = JSON.stringify(push);
    expect((await deliver(body, { 'x-hub-signature-256': sign(body) })).status).toBe(202);
    await stack.settled();
    const answer = await stack.local.exchangeFor('acme/app', 'pushed');
    expect([answer.status, answer.json.error]).toEqual([404, 'policy_not_found']);
  });

  function commit(files: Readonly<Record<string, Json>>): JsonObject {
    const [first] = push.commits as JsonObject[];
    return { ...first, added: [], modified: [], removed: [], ...files };
  }

  function installation(action: string): JsonObject {
    const { payloads } = stack.local.emulator.webhooks;
    return { ...payloads.installation('created', stack.local.seed.installations.organization), action };
  }

  function allRuns(): number {
    return ['acme/app', 'acme/infra', 'acme/.github', 'octocat/hello-world'].reduce(
      (sum, repository) => sum + stack.world.checkRuns(repository).length,
      0,
    );
  }
});

describe('an App among several', () => {
  let several: LocalStack;
  const [OWN, OTHER, SHARED] = ['the webhook secret of one', 'the webhook secret of two', 'the secret of all'];

  beforeAll(async () => {
    const one = generateAppKeys().pkcs1Pem;
    several = await LocalStack.start({
      bindings: () => ({
        GITHUB_APP_ID: undefined,
        GITHUB_APP_PRIVATE_KEY: undefined,
        GITHUB_WEBHOOK_SECRET: SHARED,
        APP_CONFIG:
          'orgs:\n- name: "*"\n  apps:\n' +
          '  - { name: one, app_id: 501, private_key: "${KEY_ONE}", webhook_secret: "${HOOK_SECRET_ONE}" }\n' +
          '  - { name: two, app_id: 502, private_key: "${KEY_ONE}", webhook_secret: "${HOOK_SECRET_TWO}" }\n',
        KEY_ONE: one,
        HOOK_SECRET_ONE: OWN,
        HOOK_SECRET_TWO: OTHER,
      }),
    });
  });
  afterAll(() => several.close());

  const ping = (app: string | undefined, secret: string): Promise<Answer> => {
    const headers = {
      ...TYPE,
      'x-github-event': 'ping',
      'x-hub-signature-256': sign('{}', secret),
      ...(app === undefined ? {} : { 'x-github-hook-installation-target-id': app }),
    };
    return several.send({ path: '/webhook', method: 'POST', body: '{}', headers });
  };

  it.each([
    ['501', OWN],
    ['502', OTHER],
    ['503', SHARED],
  ])('is believed under its own secret: %s', async (app, secret) => {
    expect((await ping(app, secret)).status).toBe(200);
  });

  it.each<readonly [app: string | undefined, secret: string]>([
    ['501', OTHER],
    ['502', OWN],
    ['501', SHARED],
    ['503', OWN],
    [undefined, OWN],
    ['__proto__', OWN],
    ['constructor', OTHER],
    ['501 ', OTHER],
    ['0501', OWN],
    ['501,502', OWN],
  ])(
    'is not believed under another one’s: %s with %s (GitHub, "Validating webhook deliveries")',
    async (app, secret) => {
      expect((await ping(app, secret)).status).toBe(401);
      expect(several.githubRequests()).toBe(0);
    },
  );
});
