import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { noteExposure, noteSecret, searchForSecrets } from '../support/canary.ts';
import { EventIngress } from '../support/event-ingress.ts';
import { generateAppKeys } from '../support/github/app-keys.ts';
import { eventually, LocalStack } from '../support/local-stack.ts';
import type { Ask, StackOptions } from '../support/local-stack.ts';
import { hostileTokens } from '../support/tokens.ts';

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token';
const INGRESS_KEY = 'the-key-in-the-address-of-the-ingress';
const INGRESS_TOKEN = 'the-token-that-the-ingress-asks-for';

let ingress: EventIngress;

beforeAll(async () => {
  ingress = await EventIngress.start();
  noteSecret(INGRESS_KEY);
  noteSecret(INGRESS_TOKEN);
});

afterAll(async () => {
  await ingress.close();
});

/** Runs against a service of its own, and searches everything that it left behind. */
async function searched(run: (stack: LocalStack) => Promise<unknown>, options: StackOptions = {}): Promise<void> {
  const before = ingress.received.length;
  const stack = await LocalStack.start({
    ...options,
    bindings: (local) => ({
      EVENT_INGRESS_URI: `${ingress.url}?key=${INGRESS_KEY}`,
      EVENT_INGRESS_TOKEN: INGRESS_TOKEN,
      ...options.bindings?.(local),
    }),
  });
  try {
    await run(stack);
    await eventually(() => stack.worker.log.length > 0);
    if (options.bindings === undefined) await eventually(() => ingress.received.length > before);
  } finally {
    // Throws where a log line, an event, a KV value or an error body holds a secret.
    await stack.close();
  }
}

describe('the search itself', () => {
  it.each([
    ['a whole token', (token: string) => token],
    ['the signature of a token', (token: string) => token.split('.')[2] ?? ''],
    ['the payload of a token', (token: string) => token.split('.')[1] ?? ''],
  ])('finds %s', (_, part) => {
    const token = `header.${'p'.repeat(50)}.${'s'.repeat(86)}`;
    noteSecret(token);
    noteExposure('log', `{"level":"info","text":"${part(token)}"}`);
    expect(searchForSecrets().leaks).toHaveLength(1);
  });

  it('finds a line of a key', () => {
    const { pkcs1Pem } = generateAppKeys();
    noteSecret(pkcs1Pem);
    noteExposure('KV', pkcs1Pem.split('\n')[7] ?? '');
    expect(searchForSecrets().leaks).toHaveLength(1);
  });

  it('looks at every kind of place', async () => {
    const stack = await LocalStack.start();
    await stack.exchange();
    await stack.exchange({ token: 'nonsense' });
    await eventually(async () => (await stack.worker.kvEntries()).size > 0);
    const places = [...stack.worker.log, ...(await stack.worker.kvEntries()).values()];
    expect(places.length).toBeGreaterThan(3);
    await stack.close();
  });
});

describe('no token, key or secret is in a log line, an event, a KV value or an error body', () => {
  it.each(['short', 'long'] as const)('after grants in every form of answer, with %s tokens', async (tokenFormat) => {
    await searched(
      async (stack) => {
        await stack.exchange();
        await stack.exchange({ form: { scope: 'acme/app', identity: 'deploy' } });
        await stack.exchangeFor('acme', 'release');
        await stack.exchangeFor('acme/app', 'build-farm', stack.issuer.sign({ sub: 'build-farm', aud: 'acme-builds' }));
        await stack.send({ method: 'POST', path: '/sts/exchange', form: oauthForm(stack) });
      },
      { tokenFormat },
    );
  });

  it('after forged, spoilt and refused tokens', async () => {
    await searched(async (stack) => {
      const key = stack.emulator.actionsIssuer.key;
      const claims = stack.emulator.actionsIssuer.claims({ repository: 'acme/infra', audience: 'sts.example.com' });
      for (const { token } of hostileTokens({ key, claims }, stack.emulator.clock.seconds())) {
        noteSecret(token);
        await stack.exchange({ token });
      }
      await stack.exchange({ token: stack.actionsToken({ ref: 'refs/heads/other' }) });
      await stack.exchange({ token: stack.issuer.sign({ sub: 'x', aud: 'y' }) });
    });
  });

  it('after tokens in every place where none belongs', async () => {
    await searched(async (stack) => {
      const token = stack.actionsToken();
      const asks: Ask[] = [
        { path: '/sts/exchange', query: { scope: token, identity: token }, token },
        { path: '/sts/exchange', query: { scope: 'acme/app', identity: 'deploy', subject_token: token } },
        { path: '/sts/exchange', query: { scope: 'acme/app', identity: 'deploy', permissions: token }, token },
        { path: `/${token}` },
        { path: '/sts/exchange', headers: { authorization: `Basic ${token}` } },
        { path: '/sts/exchange', headers: { authorization: [`Bearer ${token}`, `Bearer ${token}`] } },
        { method: 'POST', path: '/sts/exchange', form: { ...oauthForm(stack), resource: token } },
        { method: 'POST', path: '/sts/exchange', form: { ...oauthForm(stack), actor_token: token } },
        { method: 'POST', path: '/sts/exchange', form: { ...oauthForm(stack), scope: token } },
        { method: 'POST', path: '/sts/exchange_refresh_token', token, form: { refresh_token: token } },
      ];
      for (const ask of asks) expect((await stack.send(ask)).status).toBeGreaterThanOrEqual(400);
    });
  });

  it('after tokens were given back, accepted and not', async () => {
    await searched(async (stack) => {
      const { json } = await stack.exchange();
      const token = String(json.token);
      await stack.send({ method: 'POST', path: '/sts/revoke', token });
      await stack.send({ method: 'POST', path: '/sts/revoke', token });
      await stack.send({ method: 'POST', path: '/sts/revoke', token: stack.actionsToken() });
    });
  });

  it.each([
    ['is down', { kind: 'respond', status: 500 }],
    ['limits', { kind: 'primary-limit' }],
    ['refuses the App', { kind: 'respond', status: 401, body: { message: 'Bad credentials' } }],
    ['cuts its answers short', { kind: 'truncate' }],
    ['answers with something else', { kind: 'wrong-json' }],
    ['redirects', { kind: 'redirect', location: 'http://127.0.0.1:9/' }],
    ['grants too much', { kind: 'overgrant', repositories: 'all' }],
  ] as const)('while GitHub %s', async (_, fault) => {
    await searched(async (stack) => {
      stack.emulator.faults.add(fault);
      await stack.exchange();
    });
  });

  it('after webhooks, signed and not', async () => {
    await searched(async (stack) => {
      const { app } = stack.seed;
      const url = `${stack.worker.url}/webhook`;
      const payload = stack.emulator.webhooks.payloads.installation('created', stack.seed.installations.organization);
      for (const secret of [app.webhookSecret, 'another secret than the right one']) {
        noteSecret(secret);
        await stack.emulator.webhooks.deliver('installation', payload, { url, secret, appId: app.id });
      }
      app.webhookUrl = url;
      stack.emulator.world.commit('acme/app', { '.github/chainguard/new.sts.yaml': 'issuer: x\n' });
      await stack.emulator.webhooks.settled();
      app.webhookUrl = undefined;
      await stack.exchange();
    });
  });

  it('with several Apps, whose keys and secrets are named by the configuration', async () => {
    const keys = generateAppKeys();
    noteSecret(keys.pkcs1Pem);
    await searched(
      async (stack) => {
        await stack.exchange();
        await stack.send({ path: '/healthz' });
      },
      { bindings: () => severalApps(keys.pkcs1Pem) },
    );
  });

  it.each([
    ['a key that is none', { GITHUB_APP_PRIVATE_KEY: 'not-a-key-but-a-secret-all-the-same' }],
    ['a key that is cut off', { GITHUB_APP_PRIVATE_KEY: generateAppKeys().pkcs1Pem.slice(0, 900) }],
    ['a token for events that is none', { EVENT_INGRESS_TOKEN: 'a secret of several words' }],
    ['a secret where a number belongs', { GITHUB_APP_ID: 'a-secret-in-the-wrong-place' }],
    [
      'a configuration that holds its key itself',
      { APP_CONFIG: `orgs: [{ name: x, apps: [{ app_id: 1, private_key: "inline-key-of-the-app" }] }]` },
    ],
  ])('where the operator gave %s', async (_, bindings) => {
    for (const value of Object.values(bindings)) noteSecret(value);
    noteSecret('inline-key-of-the-app');
    await searched(
      async (stack) => {
        await stack.exchange();
        await stack.send({ path: '/healthz' });
        await stack.send({ path: '/' });
      },
      { bindings: () => bindings },
    );
  });
});

function oauthForm(stack: LocalStack): Record<string, string> {
  return {
    grant_type: TOKEN_EXCHANGE,
    subject_token: stack.actionsToken(),
    subject_token_type: ID_TOKEN,
    resource: `${stack.emulator.url}/acme/app`,
    identity: 'deploy',
  };
}

function severalApps(otherKey: string): Record<string, string | undefined> {
  return {
    GITHUB_APP_ID: undefined,
    GITHUB_APP_PRIVATE_KEY: undefined,
    APP_CONFIG: [
      'orgs:',
      '  - name: "*"',
      '    apps:',
      '      - { name: one, app_id: 555, private_key: "${KEY_OF_ONE}", webhook_secret: "${HOOK_SECRET_OF_ONE}" }',
    ].join('\n'),
    KEY_OF_ONE: otherKey,
    HOOK_SECRET_OF_ONE: 'the-webhook-secret-of-app-one',
  };
}
