import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventIngress } from '../support/event-ingress.ts';
import { publishedSchema } from '../support/event-schemas.ts';
import type { Answer, Ask, StackOptions } from '../support/local-stack.ts';
import { eventually, LocalStack, STS_DOMAIN } from '../support/local-stack.ts';

type Json = Readonly<Record<string, unknown>>;

let ingress: EventIngress;
let stack: LocalStack;

beforeAll(async () => {
  ingress = await EventIngress.start();
  stack = await LocalStack.start(withIngress());
});

afterAll(async () => {
  await stack.close();
  await ingress.close();
  expect(stack.emulator.violations).toEqual([]);
});

function withIngress(): StackOptions {
  return { bindings: () => ({ EVENT_INGRESS_URI: ingress.url }) };
}

/** Served under this address, without the switch for local development. */
function served(address: string, bindings: Readonly<Record<string, string | undefined>> = {}): Promise<void> {
  const local = { ALLOW_LOOPBACK_HTTP: undefined, GITHUB_BASE_URL: undefined };
  return stack.restart({ bindings: () => ({ ...local, ...bindings }), worker: { address } });
}

/** The lines that the log has under the id of an answer, once there is one. */
async function linesOf(answer: Answer): Promise<Json[]> {
  const id = answer.headers.get('x-request-id') ?? '';
  const lines = (): Json[] => {
    const own = stack.worker.log.filter((line) => line.includes(id));
    return own.map((line) => JSON.parse(line) as Json).filter((line) => line.request_id === id);
  };
  await eventually(() => lines().length > 0);
  await stack.worker.settled();
  return lines();
}

const GRPC: Ask = {
  method: 'POST',
  path: '/chainguard.platform.oidc.SecurityTokenService/Exchange',
  headers: { 'content-type': 'application/grpc' },
  body: '\u0000\u0000\u0000\u0000\u0000',
};

describe('a gRPC client', () => {
  function expectSentence(answer: Answer, endpoint: string): void {
    expect([answer.status, answer.text]).toEqual([200, '']);
    expect(answer.headers.get('content-type')).toBe('application/grpc');
    expect(answer.headers.get('grpc-status')).toBe('12');
    expect(answer.headers.get('grpc-message')).toContain(endpoint);
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  }

  it.each([
    ['/chainguard.platform.oidc.SecurityTokenService/Exchange', 'application/grpc'],
    ['/sts/exchange', 'application/grpc+proto'],
    ['/', 'application/grpc'],
    ['/webhook', 'Application/gRPC; charset=utf-8'],
  ])('that calls %s with %s reads where to go', async (path, type) => {
    const answer = await stack.send({ ...GRPC, path, headers: { 'content-type': type } });
    expectSentence(answer, `https://${STS_DOMAIN}/sts/exchange`);
  });

  it('costs GitHub nothing and leaves a line in the log', async () => {
    stack.resetCounters();
    const [line, ...others] = await linesOf(await stack.send({ ...GRPC, token: stack.actionsToken() }));
    expect(line).toMatchObject({ event: 'request', status: 200, method: 'POST' });
    expect(others).toEqual([]);
    expect(stack.emulator.count()).toBe(0);
  });
});

describe('what octo-sts’s deployments and other services ask for', () => {
  it.each(['GET', 'HEAD'])('%s /healthcheck is answered as /healthz', async (method) => {
    const [one, other] = [
      await stack.send({ method, path: '/healthcheck' }),
      await stack.send({ method, path: '/healthz' }),
    ];
    expect([one.status, one.text]).toEqual([other.status, other.text]);
    expect(one.status).toBe(200);
  });

  it('POST /healthcheck is refused with the methods that there are', async () => {
    const answer = await stack.send({ method: 'POST', path: '/healthcheck' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('a personal access token is not handed out, and the answer says why', async () => {
    const answer = await stack.send({ method: 'POST', path: '/sts/exchange/pat', token: stack.actionsToken() });
    expect(answer.status).toBe(501);
    expect(answer.json).toMatchObject({ error: 'unimplemented', code: 12 });
    expect(answer.json.message).toMatch(/^Personal access tokens are not handed out: .+\.$/);
  });

  it('an answer to GET holds the time of its end under both names', async () => {
    const { json } = await stack.exchange();
    expect(json.expiry).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(json.expiry).toBe(json.expires_at);
  });
});

describe('every answer', () => {
  const tokenExchange = { grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange' };
  it.each<{ readonly what: string; readonly ask: Ask }>([
    { what: 'the page for a browser', ask: { path: '/', headers: { accept: 'text/html' } } },
    { what: 'what it is', ask: { path: '/' } },
    { what: 'its health', ask: { path: '/healthz' } },
    { what: 'a schema', ask: { path: '/schemas/trust-policy.schema.json' } },
    { what: 'an unknown path', ask: { path: '/nothing' } },
    { what: 'a wrong method', ask: { method: 'DELETE', path: '/sts/exchange' } },
    { what: 'a refused exchange', ask: { path: '/sts/exchange' } },
    { what: 'an error of OAuth', ask: { method: 'POST', path: '/sts/exchange', form: tokenExchange } },
    { what: 'a refused revocation', ask: { method: 'POST', path: '/sts/revoke' } },
    { what: 'a refused webhook', ask: { method: 'POST', path: '/webhook', body: '{}' } },
    { what: 'gRPC', ask: GRPC },
  ])('tells browsers to take it as what it says it is: $what', async ({ ask }) => {
    expect((await stack.send(ask)).headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('does so where a token is granted', async () => {
    expect((await stack.exchange()).headers.get('x-content-type-options')).toBe('nosniff');
  });
});

describe('every request', () => {
  it.each<{ readonly what: string; readonly ask: Ask; readonly line: Json }>([
    { what: 'the root', ask: { path: '/' }, line: { method: 'GET', path: '/', status: 200 } },
    { what: 'health', ask: { path: '/healthcheck' }, line: { path: '/healthcheck', status: 200 } },
    {
      what: 'an unknown path',
      ask: { path: '/sts/exchang', query: 'scope=secret' },
      line: { path: '/sts/exchang', status: 404, refusal: { kind: 'not_found', detail: expect.any(String) } },
    },
    {
      what: 'a wrong method',
      ask: { method: 'DELETE', path: '/sts/exchange' },
      line: { method: 'DELETE', path: '/sts/exchange', status: 405, refusal: { kind: 'method_not_allowed' } },
    },
    {
      what: 'refresh tokens',
      ask: { method: 'POST', path: '/sts/exchange_refresh_token' },
      line: { status: 501, refusal: { kind: 'unimplemented' } },
    },
    {
      what: 'a wrong method where tokens are revoked',
      ask: { path: '/sts/revoke' },
      line: { method: 'GET', path: '/sts/revoke', status: 405, refusal: { kind: 'method_not_allowed' } },
    },
    {
      what: 'a wrong method where deliveries come',
      ask: { path: '/webhook' },
      line: { method: 'GET', path: '/webhook', status: 405, refusal: { kind: 'method_not_allowed' } },
    },
    {
      what: 'a schema',
      ask: { path: '/schemas/trust-policy.schema.json' },
      line: { path: '/schemas/trust-policy.schema.json', status: 200 },
    },
  ])('has one line under its id: $what', async ({ ask, line }) => {
    const [first, ...others] = await linesOf(await stack.send(ask));
    expect(first).toMatchObject({ event: 'request', ...line });
    expect(others).toEqual([]);
  });

  it('has its line beside others: a delivery that nobody signed', async () => {
    const lines = await linesOf(await stack.send({ method: 'POST', path: '/webhook', body: '{}' }));
    expect(lines.map(({ event }) => event)).toEqual(['webhook_signature_refused', 'request']);
    expect(lines[1]).toMatchObject({ path: '/webhook', status: 401, refusal: { kind: 'invalid_signature' } });
  });

  it('has the line of its audit event, and no other: an exchange, granted, refused or not read', async () => {
    for (const ask of [
      {},
      { token: stack.actionsToken({ ref: 'refs/heads/other' }) },
      { token: 'no-jwt' },
      { query: '' },
    ]) {
      const lines = await linesOf(await stack.exchange(ask));
      expect(lines.map(({ event }) => event)).toEqual(['exchange']);
    }
  });

  it('writes no token that somebody put into a path', async () => {
    const token = stack.actionsToken();
    const [line] = await linesOf(await stack.send({ path: `/${token}` }));
    expect(line).toMatchObject({ event: 'request', status: 404 });
    expect(JSON.stringify(line)).not.toContain(token.split('.')[1]);
  });
});

describe('a revocation', () => {
  const origin = { 'user-agent': 'edge-test/1', 'cf-connecting-ip': '203.0.113.9' };

  function revoke(token: string): Promise<Answer> {
    return stack.send({ method: 'POST', path: '/sts/revoke', token, headers: origin });
  }

  async function recorded(answer: Answer): Promise<Json> {
    const id = answer.headers.get('x-request-id');
    const find = (): Json | undefined => ingress.events().find((event) => event.id === id);
    await eventually(() => find() !== undefined);
    const event = find() ?? {};
    const data = event.data as Json;
    expect(event).toMatchObject({ type: 'dev.octo-sts.revocation', source: `https://${STS_DOMAIN}` });
    const isRevocationEvent = publishedSchema('revocation-event');
    isRevocationEvent(data);
    expect(isRevocationEvent.errors ?? []).toEqual([]);
    expect(await linesOf(answer)).toEqual([{ level: 'info', event: 'revocation', ...data }]);
    return data;
  }

  function hashes(token: string): Json {
    const digest = createHash('sha256').update(token).digest();
    return { token_sha256: digest.toString('hex'), hashed_token: digest.toString('base64') };
  }

  it('is an audit event that leads back to the exchange by the hash of the token', async () => {
    const token = String((await stack.exchange()).json.token);
    const answer = await revoke(token);
    expect(answer.status).toBe(204);
    expect(await recorded(answer)).toEqual({
      time: expect.any(String),
      request_id: answer.headers.get('x-request-id'),
      outcome: 'revoked',
      ...hashes(token),
      user_agent: 'edge-test/1',
      client_address: '203.0.113.9',
    });
  });

  it('that GitHub refuses is one too', async () => {
    const answer = await revoke('ghs_madeUpByAStranger');
    expect([answer.status, answer.json.error]).toEqual([401, 'invalid_token']);
    expect(await recorded(answer)).toMatchObject({
      outcome: 'refused',
      ...hashes('ghs_madeUpByAStranger'),
      refusal: { kind: 'token_rejected' },
    });
  });

  it('of something else is one without a hash', async () => {
    const data = await recorded(await revoke('hunter2'));
    expect(data).toMatchObject({ outcome: 'refused', refusal: { kind: 'invalid_token' } });
    expect(data).not.toHaveProperty('token_sha256');
  });

  it('without a token is one', async () => {
    const answer = await stack.send({ method: 'POST', path: '/sts/revoke' });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(await recorded(answer)).toMatchObject({ outcome: 'refused', refusal: { kind: 'missing_token' } });
  });

  it('that a limit of GitHub stops is one', async () => {
    stack.emulator.faults.add({ kind: 'secondary-limit', status: 403, retryAfterSeconds: 17 });
    const answer = await revoke('ghs_stoppedByALimit');
    stack.emulator.faults.clear();
    expect(answer.status).toBe(429);
    expect(await recorded(answer)).toMatchObject({ outcome: 'refused', refusal: { kind: 'rate_limited' } });
  });
});

describe('an identity of which there is no policy, asked for by a caller of the same owner', () => {
  it.each(['deploy.sts.yaml', 'DEPLOY', 'deplyo'])('is answered with the nearest one: %s', async (identity) => {
    const { status, json } = await stack.exchangeFor('acme/app', identity);
    const notes = (json.explanation as { readonly notes: readonly string[] }).notes;
    expect([status, notes]).toEqual([404, ['Did you mean the identity "deploy"? app holds deploy.sts.yaml.']]);
  });

  it('is answered with "trust policy" in the message, which scripts look for', async () => {
    expect((await stack.exchangeFor('acme/app', 'nothing')).json.message).toContain('trust policy');
  });

  it('tells a caller of another owner nothing of the nearest one', async () => {
    const token = stack.actionsToken({ repository: 'octocat/hello-world' });
    const { status, text } = await stack.exchangeFor('acme/app', 'deplyo', token);
    expect(status).toBe(404);
    expect(text).not.toContain('deploy');
  });
});

describe('a request to another host', () => {
  const elsewhere = `https://v1-${STS_DOMAIN}.preview.example.net:8443`;

  beforeAll(() => served(elsewhere));

  it.each<Ask>([
    { path: '/' },
    { path: '/nothing' },
    { method: 'DELETE', path: '/sts/exchange' },
    { method: 'POST', path: '/sts/revoke', token: 'ghs_x' },
    { method: 'POST', path: '/webhook', body: '{}' },
  ])('is told which host is served and which was asked for, whatever the rest: $path', async (ask) => {
    const answer = await stack.send(ask);
    expect([answer.status, answer.json.error, answer.json.code]).toEqual([421, 'misdirected', 3]);
    expect(answer.json.message).toBe(`This service is served at https://${STS_DOMAIN}, and not at "${elsewhere}".`);
  });

  it('leaves a warning in the log that names both', async () => {
    const [line] = await linesOf(await stack.send({ path: '/sts/exchange' }));
    expect(line).toMatchObject({ level: 'warn', event: 'request', path: '/sts/exchange', status: 421 });
    expect(line?.refusal).toMatchObject({ kind: 'misdirected', detail: expect.stringContaining(elsewhere) });
  });

  it.each(['/healthz', '/healthcheck'])('is answered on %s', async (path) => {
    expect((await stack.send({ path })).status).toBe(200);
  });

  it('in gRPC is led to the host that is served', async () => {
    const answer = await stack.send(GRPC);
    expect(answer.headers.get('grpc-message')).toContain(`https://${STS_DOMAIN}/sts/exchange`);
  });
});

describe('a request whose host is long', () => {
  it('is quoted in part alone', async () => {
    await served(`https://${'long-name.'.repeat(15)}example.net`);
    const { json } = await stack.send({ path: '/' });
    expect(json.message).toMatch(/and not at "https:\/\/(long-name\.){7}lo…"\.$/);
  });
});

describe('a request over plain http', () => {
  it('is told that https is served', async () => {
    await served(`http://${STS_DOMAIN}`);
    const answer = await stack.send({ path: '/sts/exchange' });
    expect(answer.status).toBe(421);
    expect(answer.json.message).toBe(
      `This service is served at https://${STS_DOMAIN}, and not at "http://${STS_DOMAIN}".`,
    );
  });
});

describe('a service that is not configured', () => {
  beforeAll(() => served(`https://other.example.net`, { STS_DOMAIN: undefined }));

  it('says so before anything else, also on another host, and in the log', async () => {
    const answer = await stack.send({ method: 'DELETE', path: '/nothing' });
    expect([answer.status, answer.json.error]).toEqual([500, 'misconfigured']);
    expect(await linesOf(answer)).toMatchObject([
      { level: 'warn', event: 'request', status: 500, refusal: { kind: 'misconfigured' } },
    ]);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('names what is missing on /healthcheck too', async () => {
    const answer = await stack.send({ path: '/healthcheck' });
    expect(answer.status).toBe(503);
    expect(answer.json.faults).toMatchObject([{ setting: 'STS_DOMAIN' }]);
    expect(await linesOf(answer)).toMatchObject([{ event: 'request', path: '/healthcheck', status: 503 }]);
  });

  it('tells gRPC clients where they would have to go', async () => {
    const answer = await stack.send(GRPC);
    expect([answer.status, answer.headers.get('grpc-status')]).toEqual([200, '12']);
    expect(answer.headers.get('grpc-message')).toContain('POST /sts/exchange');
  });
});
