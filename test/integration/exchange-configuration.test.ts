import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, LocalStack, STS_DOMAIN } from '../support/local-stack.ts';
import type { Answer } from '../support/local-stack.ts';
import type { WorkerOptions } from '../support/running-worker.ts';

let stack: LocalStack;

beforeAll(async () => {
  stack = await LocalStack.start();
});

afterAll(async () => {
  await stack.close();
  expect(stack.emulator.violations).toEqual([]);
});

function configured(bindings: WorkerOptions['bindings'], worker: Partial<WorkerOptions> = {}): Promise<void> {
  return stack.restart({ bindings: () => bindings, worker });
}

function faultySettings({ json }: Answer): readonly unknown[] {
  return (json.faults as { setting: string }[]).map(({ setting }) => setting);
}

describe('a private key', () => {
  const pkcs1 = (): string => stack.seed.app.keys.pkcs1Pem;
  const pkcs8 = (): string => stack.seed.app.keys.pkcs8Pem;
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  it.each<[string, () => string]>([
    ['PKCS#8', pkcs8],
    ['PKCS#1 with its line breaks written out', () => pkcs1().replaceAll('\n', '\\n')],
    ['PKCS#1 in base64', () => base64(pkcs1())],
  ])('serves in the form of %s', async (_, pem) => {
    await configured({ GITHUB_APP_PRIVATE_KEY: pem() });
    expect((await stack.exchange()).status).toBe(200);
    expect((await stack.send({ path: '/healthz' })).status).toBe(200);
  });

  const lines = (): string[] => pkcs1().trim().split('\n');
  const ellipticCurve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  });
  it.each<[string, () => string]>([
    ['a PEM with a line lost', () => [...lines().slice(0, 3), ...lines().slice(4)].join('\n')],
    [
      'a PEM around something else',
      () => `-----BEGIN RSA PRIVATE KEY-----\n${base64('something else')}\n-----END RSA PRIVATE KEY-----\n`,
    ],
    ['a key on an elliptic curve', () => ellipticCurve.toString()],
  ])('that is %s is named, and nothing is served', async (_, pem) => {
    await configured({ GITHUB_APP_PRIVATE_KEY: pem() });
    const health = await stack.send({ path: '/healthz' });
    expect([health.status, faultySettings(health)]).toEqual([503, ['GITHUB_APP_PRIVATE_KEY']]);
    const answer = await stack.exchange();
    expect([answer.status, answer.json.error, answer.json.code]).toEqual([500, 'misconfigured', 13]);
    expect(health.text + answer.text + stack.worker.log.join()).not.toContain(pem().trim().slice(-40));
  });
});

describe('settings that are missing or wrong', () => {
  const nothing = {
    STS_DOMAIN: undefined,
    GITHUB_APP_ID: undefined,
    GITHUB_APP_PRIVATE_KEY: undefined,
    GITHUB_WEBHOOK_SECRET: undefined,
  };

  it('are all named at once', async () => {
    await configured({ ...nothing, GITHUB_BASE_URL: 'ftp://x' }, { withoutKv: true });
    const health = await stack.send({ path: '/healthz' });
    expect(health.status).toBe(503);
    expect([...faultySettings(health)].sort()).toEqual([
      'GITHUB_APP_ID',
      'GITHUB_APP_PRIVATE_KEY',
      'GITHUB_BASE_URL',
      'OCTO_STS_KV',
      'STS_DOMAIN',
    ]);
  });

  it('are named together with a key that can’t be imported', async () => {
    const broken = stack.seed.app.keys.pkcs1Pem.replace(/\n.{64}\n/, '\n');
    await configured({ STS_DOMAIN: 'https://sts.example.com', GITHUB_APP_PRIVATE_KEY: broken });
    const health = await stack.send({ path: '/healthz' });
    expect([...faultySettings(health)].sort()).toEqual(['GITHUB_APP_PRIVATE_KEY', 'STS_DOMAIN']);
  });

  it('stop every path before anything else is looked at, and say so in one way', async () => {
    await configured(nothing);
    const asks = [
      { path: '/sts/exchange' },
      { path: '/sts/exchange', method: 'DELETE' },
      { path: '/nothing' },
      { path: '/sts/revoke', method: 'POST', token: 'ghs_x' },
      { path: '/webhook', method: 'POST' },
      { path: '/' },
    ];
    for (const ask of asks) {
      const answer = await stack.send(ask);
      expect({ ask, status: answer.status, ...answer.json }).toEqual({
        ask,
        status: 500,
        error: 'misconfigured',
        message: expect.any(String),
        code: 13,
        details: [],
        request_id: answer.headers.get('x-request-id'),
      });
    }
  });

  it('never tell a value, neither on the wire nor in the log', async () => {
    const secrets = {
      GITHUB_APP_ID: 'canary-id',
      GITHUB_APP_PRIVATE_KEY: 'canary-key',
      STS_DOMAIN: 'canary domain',
      EXPLAIN_TO: 'canary-who',
    };
    await configured(secrets);
    const health = await stack.send({ path: '/healthz' });
    const answer = await stack.exchange();
    expect([...faultySettings(health)].sort()).toEqual(Object.keys(secrets).sort());
    await eventually(() => stack.worker.logged('misconfigured').length > 0);
    expect(health.text + answer.text + stack.worker.log.join()).not.toContain('canary');
  });

  it('do not stop the exchange where they are the webhook’s alone', async () => {
    await configured({ GITHUB_WEBHOOK_SECRET: undefined });
    expect((await stack.exchange()).status).toBe(200);
    expect((await stack.send({ path: '/healthz' })).status).toBe(200);
  });
});

describe('the address of the service', () => {
  const misdirected: readonly [string, string | undefined][] = [
    ['a host that only begins like it', `https://${STS_DOMAIN}.example.net`],
    ['plain http', `http://${STS_DOMAIN}`],
    ['a loopback address', undefined],
  ];
  it.each(misdirected)('refuses what comes for %s, whatever the path', async (_, address) => {
    await configured(
      { ALLOW_LOOPBACK_HTTP: undefined, GITHUB_BASE_URL: undefined },
      address === undefined ? {} : { address },
    );
    for (const path of ['/', '/sts/exchange', '/nothing']) {
      const answer = await stack.send({ path });
      expect([path, answer.status, answer.json.error, answer.json.code]).toEqual([path, 421, 'misdirected', 3]);
    }
  });

  it('is served in any case of letters', async () => {
    const address = `https://${STS_DOMAIN.toUpperCase()}`;
    await configured({ ALLOW_LOOPBACK_HTTP: undefined, GITHUB_BASE_URL: undefined }, { address });
    expect((await stack.send({ path: '/' })).status).toBe(200);
    expect((await stack.send({ path: '/sts/exchange' })).status).toBe(401);
  });

  it('takes no issuer on loopback, nor plain http to GitHub, without the switch for local development', async () => {
    await configured({ ALLOW_LOOPBACK_HTTP: undefined }, { address: `https://${STS_DOMAIN}` });
    expect(faultySettings(await stack.send({ path: '/healthz' }))).toEqual(['GITHUB_BASE_URL']);
    await configured(
      { ALLOW_LOOPBACK_HTTP: 'false', GITHUB_BASE_URL: undefined },
      { address: `https://${STS_DOMAIN}` },
    );
    const answer = await stack.exchange({ token: stack.issuer.sign({ sub: 'x', aud: STS_DOMAIN }) });
    expect([answer.status, answer.json.error]).toEqual([400, 'invalid_token']);
  });
});

describe('an Enterprise Server', () => {
  it('is spoken to below /api/v3, and asked GraphQL beside it', async () => {
    await configured({ GITHUB_BASE_URL: stack.emulator.enterpriseUrl });
    expect((await stack.exchange()).status).toBe(200);
  });
});
