import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  chainguardSdk,
  chainguardSdkRefresh,
  curlAsInReadme,
  ddOctoStsAction,
  octoStsAction,
} from '../support/clients.ts';
import type { ClientOrder, ClientOutcome, SdkOrder } from '../support/clients.ts';
import { eventually, LocalStack, STS_DOMAIN } from '../support/local-stack.ts';

let stack: LocalStack;

beforeAll(async () => {
  stack = await LocalStack.start({ tokenFormat: 'long' });
});

afterEach(() => {
  stack.emulator.faults.clear();
});

afterAll(async () => {
  await stack.close();
  expect(stack.emulator.violations).toEqual([]);
});

function order(change: Partial<ClientOrder> = {}): ClientOrder {
  const usual = { origin: stack.worker.url, oidcToken: stack.actionsToken(), scope: 'acme/app', identity: 'deploy' };
  return { ...usual, ...change };
}

function sdkOrder(change: Partial<SdkOrder> = {}): SdkOrder {
  return { ...order(), audience: STS_DOMAIN, ...change };
}

function expectLiveToken(token: string): void {
  expect(stack.emulator.tokens.findLive(token)?.permissions).toMatchObject({ contents: 'read', deployments: 'write' });
}

const ACTIONS: readonly (readonly [string, (order: ClientOrder) => Promise<ClientOutcome>])[] = [
  ['octo-sts/action', octoStsAction],
  ['dd-octo-sts-action in its legacy form', ddOctoStsAction],
];

describe.each(ACTIONS)('%s', (_, client) => {
  it('gets a token that GitHub accepts', async () => {
    const outcome = await client(order());
    expect(outcome.kind === 'token' && outcome.token.length).toBeGreaterThan(500);
    if (outcome.kind === 'token') expectLiveToken(outcome.token);
  });

  it('gets one with an organization as the scope', async () => {
    const outcome = await client(order({ scope: 'acme', identity: 'release' }));
    expect(outcome.kind).toBe('token');
  });

  it('succeeds on its third attempt with the same token where GitHub failed before', async () => {
    // Each exchange asks twice itself: four failures are the first two attempts.
    const mint = { operation: 'apps/create-installation-access-token' };
    await client(order());
    stack.emulator.faults.add({ kind: 'respond', status: 502, match: mint, times: 4 });
    expect(await client(order())).toMatchObject({ kind: 'token', requests: 3 });
  });

  it('shows the person who reads its log why, and under which id to ask', async () => {
    const outcome = await client(order({ identity: 'no-such-policy' }));
    if (outcome.kind === 'token') throw new Error('it got a token');
    expect(outcome.requests).toBe(3);
    expect(outcome.message).toMatch(/^status: 404, \{"error":"policy_not_found","message":"[A-Z].+\."/);
    expect(outcome.message).toMatch(/"request_id":"[0-9a-f-]{36}"/);
  });
});

describe("the Chainguard SDK's HTTP/1 exchanger", () => {
  it('gets a token and its expiry from an answer without unknown fields', async () => {
    const outcome = await chainguardSdk(sdkOrder());
    if (outcome.kind === 'failed') throw new Error(outcome.message);
    expectLiveToken(outcome.token);
    expect(outcome.expiry.getTime() - Date.now()).toBeGreaterThan(3_500_000);
  });

  it('reads the gRPC code of a refusal, and does not try again', async () => {
    const token = stack.actionsToken({ ref: 'refs/heads/other' });
    const outcome = await chainguardSdk(sdkOrder({ oidcToken: token }));
    expect(outcome).toMatchObject({ kind: 'failed', grpcCode: 7, retried: false });
  });

  it('learns that GitHub is down in a way that makes it try again', async () => {
    await chainguardSdk(sdkOrder());
    stack.emulator.faults.add({ kind: 'respond', status: 500 });
    expect(await chainguardSdk(sdkOrder())).toMatchObject({ kind: 'failed', grpcCode: 14, retried: true });
  });

  it('is told that refresh tokens are not supported, and does not try again', async () => {
    const outcome = await chainguardSdkRefresh(sdkOrder());
    expect(outcome).toMatchObject({ kind: 'failed', grpcCode: 12, retried: false });
  });

  it('is told that several scopes are not supported', async () => {
    const form = `aud=${STS_DOMAIN}&identity=deploy&scope=acme%2Fapp&scopes=acme%2Fapp&scopes=acme%2Finfra`;
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await stack.send({
      method: 'POST',
      path: '/sts/exchange',
      token: stack.actionsToken(),
      body: form,
      headers,
    });
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ error: 'invalid_request', message: 'multiple scopes not supported', code: 3 });
  });

  it('of before 2026, which posts JSON that no octo-sts ever read, is told what is missing', async () => {
    const body = JSON.stringify({ aud: [STS_DOMAIN], scope: 'acme/app', identity: 'deploy' });
    const headers = { 'content-type': 'application/json' };
    const token = stack.actionsToken();
    const answer = await stack.send({ method: 'POST', path: '/sts/exchange', token, body, headers });
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ error: 'invalid_request', code: 3 });
  });
});

describe('curl as in the README', () => {
  it('gets JSON from which jq takes the token', async () => {
    const { status, body } = await curlAsInReadme(order());
    expect(status).toBe(200);
    expectLiveToken(String((JSON.parse(body) as { token: unknown }).token));
  });

  it('reads when the token ends, under the name of old and of newer scripts', async () => {
    const { body } = await curlAsInReadme(order());
    const { expires_at, expiry } = JSON.parse(body) as { expires_at: string; expiry: string };
    expect(expiry).toBe(expires_at);
    expect(Date.parse(expiry) - Date.now()).toBeGreaterThan(3_500_000);
  });

  it('finds the words "trust policy" in the message where one is missing or does not match', async () => {
    const token = stack.actionsToken({ ref: 'refs/heads/other' });
    for (const change of [{ identity: 'none' }, { oidcToken: token }]) {
      const { body } = await curlAsInReadme(order(change));
      expect(JSON.parse(body)).toMatchObject({ message: expect.stringContaining('trust policy') });
    }
  });

  it("gets the same when it posts an empty body (-d '')", async () => {
    const { status, body } = await curlAsInReadme(order(), '-d', '');
    expect(status).toBe(200);
    expect(Object.keys(JSON.parse(body) as object)).toContain('access_token');
  });

  it('gets the same over HTTP/1.0', async () => {
    expect((await curlAsInReadme(order(), '--http1.0')).status).toBe(200);
  });

  it('reads a sentence where it was refused', async () => {
    const { status, body } = await curlAsInReadme(order({ scope: 'acme/app/tree/main' }));
    expect(status).toBe(400);
    expect(JSON.parse(body)).toMatchObject({ message: 'scope must be owner/repo, or owner' });
  });
});

describe('a client that waits as it is told', () => {
  it('finds Retry-After in seconds where GitHub limits', async () => {
    await stack.exchange();
    stack.emulator.faults.add({ kind: 'secondary-limit', status: 403, retryAfterSeconds: 17 });
    const answer = await stack.exchange();
    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toBe('17');
    expect(answer.json).toMatchObject({ error: 'rate_limited', code: 8, details: [] });
  });

  it('finds it in the form of OAuth too', async () => {
    stack.emulator.faults.add({ kind: 'secondary-limit', status: 403, retryAfterSeconds: 17 });
    const answer = await stack.exchange({
      form: {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: stack.actionsToken(),
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        resource: `${stack.emulator.url}/acme/app`,
        identity: 'deploy',
      },
      token: undefined as unknown as string,
    });
    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toBe('17');
    expect(answer.json).toMatchObject({ error: 'temporarily_unavailable' });
  });
});

describe('a client that gives the token back', () => {
  it('revokes it through the service, which answers without a body', async () => {
    const outcome = await octoStsAction(order());
    if (outcome.kind === 'failed') throw new Error(outcome.message);
    const answer = await stack.send({ method: 'POST', path: '/sts/revoke', token: outcome.token });
    expect([answer.status, answer.text]).toEqual([204, '']);
    await eventually(() => stack.emulator.tokens.findLive(outcome.token) === undefined);
  });
});
