import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, LocalStack } from '../support/local-stack.ts';
import type { Answer } from '../support/local-stack.ts';
import { signedByStranger } from '../support/tokens.ts';

const FORM = 'application/x-www-form-urlencoded';

let stack: LocalStack;

beforeAll(async () => {
  stack = await LocalStack.start({ bindings: () => ({ LOG_LEVEL: 'debug' }) });
});

afterAll(async () => {
  await stack.close();
  expect(stack.emulator.violations).toEqual([]);
});

describe('revoking a token', () => {
  const revoke = (token: string): Promise<Answer> => stack.send({ method: 'POST', path: '/sts/revoke', token });

  it('revokes it, and answers with nothing', async () => {
    const { json } = await stack.exchange();
    const answer = await revoke(String(json.token));
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(stack.emulator.tokens.findLive(String(json.token))).toBeUndefined();
  });

  it('says where GitHub does not accept it', async () => {
    const { json } = await stack.exchange();
    await revoke(String(json.token));
    for (const token of [String(json.token), 'ghs_unknown', `ghs_${'x'.repeat(520)}`]) {
      const answer = await revoke(token);
      expect([answer.status, answer.json.error, answer.json.code]).toEqual([401, 'invalid_token', 16]);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    }
  });

  it.each([
    ['a personal token', 'ghp_0123456789'],
    ['a user’s token', 'ghu_0123456789'],
    ['an OIDC token', 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln'],
    ['a prefix in capitals', 'GHS_0123456789'],
    ['a prefix alone', 'ghs_'],
    ['a prefix further on', 'x-ghs_0123456789'],
    ['a blank inside', 'ghs_0123 456789'],
    ['a letter that is not ASCII', 'ghs_0123\u00e9'],
  ])('sends %s nowhere', async (_, token) => {
    stack.resetCounters();
    const answer = await revoke(token);
    expect([answer.status, answer.json.error, answer.json.code]).toEqual([400, 'invalid_token', 3]);
    expect(stack.emulator.count()).toBe(0);
  });

  it('asks for a token where there is none, or more than one', async () => {
    const authorizations: (string | string[])[] = ['', 'Basic eA==', ['Bearer ghs_a', 'Bearer ghs_b']];
    for (const authorization of authorizations) {
      const answer = await stack.send({ method: 'POST', path: '/sts/revoke', headers: { authorization } });
      expect([answer.status, answer.json.error]).toEqual([401, 'missing_token']);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
  });

  it('tells of GitHub’s failures as they are', async () => {
    const { json } = await stack.exchange();
    stack.emulator.faults.add({ kind: 'respond', status: 500 });
    const answer = await revoke(String(json.token));
    stack.emulator.faults.clear();
    expect([answer.status, answer.json.error]).toEqual([503, 'unavailable']);
  });
});

describe('secrets', () => {
  it('stand in no log line, no KV value and no error', async () => {
    const { emulator, issuer } = stack;
    const oidc = [
      stack.actionsToken(),
      stack.actionsToken({ ref: 'refs/heads/other' }),
      issuer.sign({ sub: 'build-farm', aud: 'acme-builds' }),
      signedByStranger({ key: issuer.currentKey, claims: issuer.claims({ sub: 'build-farm', aud: 'acme-builds' }) }),
    ];
    const errors: string[] = [];
    const note = ({ status, text }: Answer): void => {
      if (status >= 400) errors.push(text);
    };
    for (const token of oidc) {
      note(await stack.exchangeFor('acme/app', 'deploy', token));
      note(await stack.exchangeFor('acme/app', 'build-farm', token));
      note(await stack.exchangeFor('acme/missing', 'deploy', token));
      const form = {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: token,
        identity: '..',
      };
      note(await stack.send({ path: '/sts/exchange', form }));
    }
    note(await stack.exchange({ token: `${oidc[0] ?? ''}x` }));
    note(await stack.exchange({ method: 'POST', body: `scope=${oidc[0] ?? ''}`, headers: { 'content-type': FORM } }));
    for (const fault of [
      { kind: 'respond', status: 401 },
      { kind: 'respond', status: 500 },
      { kind: 'wrong-json' },
      { kind: 'overgrant', permissions: { issues: 'write' } },
    ] as const) {
      const undo = emulator.faults.add(fault);
      note(await stack.exchange());
      undo();
    }
    note(await stack.send({ method: 'POST', path: '/sts/revoke', token: emulator.tokens.all().at(-1)?.value ?? '' }));
    await eventually(() =>
      emulator.tokens
        .live()
        .every(({ permissions }) => permissions.deployments !== undefined || permissions.packages !== undefined),
    );
    const kv = [...(await stack.worker.kvEntries())].flat();
    const written = [...stack.worker.log, ...kv, ...errors].join('\n');
    expect(stack.worker.log.length).toBeGreaterThan(20);
    expect(kv.length).toBeGreaterThan(4);

    const signatures = oidc.map((token) => token.split('.')[2] ?? '');
    const payloads = oidc.map((token) => token.split('.')[1] ?? '');
    const keyLines = stack.seed.app.keys.pkcs1Pem.split('\n').filter((line) => line.length === 64);
    const secrets = [
      ...oidc,
      ...signatures,
      ...payloads,
      ...emulator.tokens.all().map(({ value }) => value),
      ...keyLines,
      stack.seed.app.webhookSecret,
    ];
    expect(secrets.filter((secret) => written.includes(secret))).toEqual([]);
    // No JWT of any kind, the App's own included.
    expect(written).not.toMatch(/eyJ[A-Za-z0-9_-]+\.eyJ/);
    expect(written).not.toMatch(/ghs_[A-Za-z0-9]/);
  });
});
