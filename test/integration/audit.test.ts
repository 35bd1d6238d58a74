import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { ValidateFunction } from 'ajv';
import { EventIngress } from '../support/event-ingress.ts';
import { publishedSchema } from '../support/event-schemas.ts';
import type { Answer } from '../support/local-stack.ts';
import { eventually, LocalStack, STS_DOMAIN } from '../support/local-stack.ts';

const INGRESS_KEY = 'key-of-the-ingress-that-no-log-may-hold';
const INGRESS_TOKEN = 'token-of-the-ingress-that-no-log-may-hold';

let ingress: EventIngress;
let stack: LocalStack;
let isExchangeEvent: ValidateFunction;

beforeAll(async () => {
  ingress = await EventIngress.start();
  stack = await LocalStack.start({
    bindings: () => ({ EVENT_INGRESS_URI: `${ingress.url}?key=${INGRESS_KEY}`, EVENT_INGRESS_TOKEN: INGRESS_TOKEN }),
  });
  isExchangeEvent = publishedSchema('exchange-event');
});

afterEach(() => {
  stack.emulator.faults.clear();
});

afterAll(async () => {
  await stack.close();
  await ingress.close();
  expect(stack.emulator.violations).toEqual([]);
});

type Json = Readonly<Record<string, unknown>>;

/** The CloudEvent and the log line of a request, once both are there. */
async function recorded(answer: Answer): Promise<{ cloudEvent: Json; data: Json; line: Json }> {
  const id = answer.headers.get('x-request-id');
  const find = () => ingress.events().find((event) => event.id === id);
  await eventually(() => find() !== undefined && logLine(id) !== undefined);
  const cloudEvent = find() as Json;
  return { cloudEvent, data: cloudEvent.data as Json, line: logLine(id)! };
}

function logLine(id: string | null): Json | undefined {
  return stack.worker.logged('exchange').find((line) => line.request_id === id);
}

function sha256(text: unknown, encoding: 'hex' | 'base64'): string {
  return createHash('sha256').update(String(text)).digest(encoding);
}

describe('an exchange that was granted', () => {
  it('is recorded with who, what, by which policy, and the hashes of the token', async () => {
    const answer = await stack.exchange({
      headers: { 'user-agent': 'audit-test/1', 'cf-connecting-ip': '203.0.113.7' },
    });
    const { data } = await recorded(answer);
    const subject = 'repo:acme/infra:ref:refs/heads/trunk';
    const issuer = stack.emulator.actionsIssuer.issuer;
    expect(data).toEqual({
      time: expect.any(String),
      request_id: answer.headers.get('x-request-id'),
      outcome: 'granted',
      scope: 'acme/app',
      identity: 'deploy',
      proven: true,
      proven_by: 'issuer',
      issuer,
      subject,
      run_id: '9007199254',
      run_attempt: '1',
      actor: 'octocat',
      job_workflow_ref: 'acme/infra/.github/workflows/ci.yml@refs/heads/trunk',
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      repository: 'acme/infra',
      matched: [
        { field: 'issuer', expected: issuer, actual: issuer },
        { field: 'subject', expected: subject, actual: subject },
        { field: 'audience', expected: STS_DOMAIN, actual: STS_DOMAIN },
      ],
      policy: '.github/chainguard/deploy.sts.yaml',
      policy_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      issuer_allowlist: 'absent',
      guardrails: 'absent',
      app: 'default',
      app_id: '424242',
      installation_id: 8001,
      permissions: { contents: 'read', deployments: 'write', metadata: 'read' },
      repositories: ['app'],
      expires_at: answer.json.expires_at,
      token_sha256: sha256(answer.json.token, 'hex'),
      hashed_token: sha256(answer.json.token, 'base64'),
      user_agent: 'audit-test/1',
      client_address: '203.0.113.7',
      duration_ms: expect.any(Number),
      github_requests: expect.any(Number),
    });
  });

  it('names the policy by the hash of the very file', async () => {
    const text =
      'issuer: ISSUER\nsubject: repo:acme/infra:ref:refs/heads/trunk\npermissions:\n  contents: read\n'.replace(
        'ISSUER',
        stack.emulator.actionsIssuer.issuer,
      );
    stack.addOwner('hashed', { repositories: { app: { '.github/chainguard/one.sts.yaml': text } } });
    const { data } = await recorded(await stack.exchangeFor('hashed/app', 'one'));
    expect(data.policy_sha256).toBe(sha256(text, 'hex'));
  });

  it('counts the requests to GitHub', async () => {
    const { data } = await recorded(await stack.exchange());
    expect(data.github_requests).toBe(1);
  });

  it('is a CloudEvent in structured JSON, and the same as the log line', async () => {
    const { cloudEvent, data, line } = await recorded(await stack.exchange());
    expect(cloudEvent).toEqual({
      specversion: '1.0',
      type: 'dev.octo-sts.exchange',
      source: `https://${STS_DOMAIN}`,
      id: data.request_id,
      time: data.time,
      subject: 'acme/app/deploy',
      datacontenttype: 'application/json',
      data,
    });
    expect(line).toEqual({ level: 'info', event: 'exchange', ...data });
    expect(ingress.received.at(-1)?.contentType).toBe('application/cloudevents+json; charset=utf-8');
  });
});

describe('an exchange that was refused', () => {
  it('is recorded with every field that did not match, and those that did', async () => {
    const token = stack.actionsToken({ ref: 'refs/heads/other', audience: 'another-service' });
    const { data } = await recorded(await stack.exchange({ token }));
    expect(data).toMatchObject({
      outcome: 'refused',
      subject: 'repo:acme/infra:ref:refs/heads/other',
      matched: [{ field: 'issuer' }],
      refusal: {
        kind: 'permission_denied',
        detail: 'mismatch: subject, audience',
        mismatches: [
          { field: 'subject', actual: 'repo:acme/infra:ref:refs/heads/other' },
          { field: 'audience', expected: STS_DOMAIN, actual: 'another-service' },
        ],
      },
      app: 'default',
      installation_id: 8001,
    });
  });

  it('is recorded with the real reason where a stranger was told a general one', async () => {
    const { issuer } = stack;
    const answer = await stack.exchangeFor('acme/app', 'no-such', issuer.sign({ sub: 'x', aud: STS_DOMAIN }));
    expect(answer.json.error).toBe('issuer_not_allowed');
    const { data } = await recorded(answer);
    expect(data).toMatchObject({ proven: false, issuer: issuer.issuer, refusal: { kind: 'policy_not_found' } });
    expect(data).not.toHaveProperty('subject');
  });

  it('is recorded without a scope where the request could not be read', async () => {
    const { data, cloudEvent } = await recorded(await stack.exchange({ query: { scope: '../..', identity: 'x' } }));
    expect(data).toMatchObject({ outcome: 'refused', proven: false, refusal: { kind: 'invalid_request' } });
    expect(data).not.toHaveProperty('scope');
    expect(cloudEvent).not.toHaveProperty('subject');
  });
});

describe('the schema of the event', () => {
  const attempts: readonly (readonly [string, (stack: LocalStack) => Promise<Answer>])[] = [
    ['a grant for a repository', (stack) => stack.exchange()],
    ['a grant for an organization', (stack) => stack.exchangeFor('acme', 'release')],
    ['a mismatch', (stack) => stack.exchange({ token: stack.actionsToken({ eventName: 'pull_request' }) })],
    [
      'a claim that is missing',
      (stack) => stack.exchangeFor('acme/app', 'ci', stack.actionsToken({ claims: { event_name: undefined } })),
    ],
    ['a policy that does not exist', (stack) => stack.exchangeFor('acme/app', 'nothing')],
    ['an owner without the App', (stack) => stack.exchangeFor('nobody-here', 'deploy')],
    ['a token of an unknown issuer', (stack) => stack.exchange({ token: stack.issuer.sign({ sub: 'x', aud: 'y' }) })],
    ['a token that is none', (stack) => stack.exchange({ token: 'nonsense' })],
    ['a token that has expired', (stack) => stack.exchange({ token: stack.actionsToken({ expiresInSeconds: -3600 }) })],
    ['no token', (stack) => stack.send({ path: '/sts/exchange', query: { scope: 'acme/app', identity: 'deploy' } })],
    ['no parameters', (stack) => stack.exchange({ query: {} })],
    ['a body that is too large', (stack) => stack.exchange({ form: { scope: 'x'.repeat(40_000) } })],
    [
      'narrowing beyond the policy',
      (stack) => stack.exchange({ query: { scope: 'acme/app', identity: 'deploy', permissions: 'contents:write' } }),
    ],
  ];

  it.each(attempts)('holds for %s, and every attempt gives exactly one event', async (_, attempt) => {
    const answer = await attempt(stack);
    const { data, line } = await recorded(answer);
    isExchangeEvent(data);
    expect(isExchangeEvent.errors ?? []).toEqual([]);
    const { level: _level, event: _event, ...logged } = line;
    expect(logged).toEqual(data);
    const id = answer.headers.get('x-request-id');
    expect(ingress.events().filter((event) => event.id === id)).toHaveLength(1);
    expect(stack.worker.logged('exchange').filter((one) => one.request_id === id)).toHaveLength(1);
  });

  it('holds where GitHub is down, limits, or refuses the App', async () => {
    for (const fault of [
      { kind: 'respond', status: 500 },
      { kind: 'secondary-limit' },
      { kind: 'respond', status: 401, body: { message: 'Bad credentials' } },
    ] as const) {
      stack.emulator.faults.add(fault);
      const { data } = await recorded(await stack.exchange());
      stack.emulator.faults.clear();
      isExchangeEvent(data);
      expect(isExchangeEvent.errors ?? []).toEqual([]);
    }
  });

  it('does not hold for an event with a field that nobody described', () => {
    expect(isExchangeEvent({ time: 'now', token: 'ghs_x' })).toBe(false);
  });
});

describe('a push that changes policies on the default branch', () => {
  const path = '.github/chainguard/fresh.sts.yaml';

  afterEach(async () => {
    await stack.emulator.webhooks.settled();
    stack.seed.app.webhookUrl = undefined;
  });

  function policyEvents(): Json[] {
    return ingress.events().filter((event) => event.type === 'dev.octo-sts.policy');
  }

  it('is recorded with its commits, its paths and its author, in the log and as a CloudEvent', async () => {
    const { world } = stack.emulator;
    const before = world.head('acme/app');
    stack.seed.app.webhookUrl = `${stack.worker.url}/webhook`;
    const { sha } = world.commit('acme/app', { [path]: 'issuer: x\n' });
    await eventually(() => policyEvents().length === 1);
    const [cloudEvent] = policyEvents();
    const data = cloudEvent?.data as Json;
    expect(cloudEvent).toMatchObject({ source: `https://${STS_DOMAIN}`, id: data.request_id, subject: 'acme/app' });
    expect(data).toMatchObject({
      repository: 'acme/app',
      before,
      after: sha,
      changed: [path],
      removed: [],
      complete: true,
    });
    const isPolicyEvent = publishedSchema('policy-event');
    isPolicyEvent(data);
    expect(isPolicyEvent.errors ?? []).toEqual([]);
    expect(stack.worker.logged('policy')).toEqual([{ level: 'info', event: 'policy', ...data }]);
  });

  it('is recorded when it removes one', async () => {
    stack.seed.app.webhookUrl = `${stack.worker.url}/webhook`;
    stack.emulator.world.commit('acme/app', { [path]: null });
    await eventually(() => policyEvents().length === 2);
    expect(policyEvents()[1]?.data).toMatchObject({ changed: [], removed: [path] });
  });
});

describe('a sink that fails', () => {
  it('is tried again, and takes the event in the end', async () => {
    ingress.moods.push(503, 'reset');
    const answer = await stack.exchange();
    const id = answer.headers.get('x-request-id');
    await eventually(() => ingress.events().filter((event) => event.id === id).length === 3);
  });

  it('is not tried again where it said no; the log has both the event and the failure', async () => {
    ingress.moods.push(400);
    const answer = await stack.exchange();
    const id = answer.headers.get('x-request-id');
    expect(answer.status).toBe(200);
    await eventually(() => stack.worker.logged('event_not_delivered').some((line) => line.event_id === id));
    expect(logLine(id)).toMatchObject({ outcome: 'granted' });
    expect(stack.worker.logged('event_not_delivered').at(-1)).toMatchObject({
      sink: 'cloudevents',
      reason: 'status 400',
    });
    expect(ingress.events().filter((event) => event.id === id)).toHaveLength(1);
  });

  it('delays no exchange and not the log, however long it says nothing', async () => {
    ingress.moods.push('hang', 'hang', 'hang');
    const startedAt = Date.now();
    const answer = await stack.exchange();
    const id = answer.headers.get('x-request-id');
    await eventually(() => logLine(id) !== undefined);
    expect(answer.status).toBe(200);
    expect(Date.now() - startedAt).toBeLessThan(1500);
    await eventually(() => stack.worker.logged('event_not_delivered').some((line) => line.event_id === id), 25_000);
    expect(stack.worker.logged('event_not_delivered').at(-1)).toMatchObject({ reason: 'timeout' });
  });

  it('gets its token with every attempt, and no redirect carries that elsewhere', async () => {
    const elsewhere = await EventIngress.start();
    ingress.moods.push(503, { redirectTo: elsewhere.url });
    const id = (await stack.exchange()).headers.get('x-request-id');
    await eventually(() => stack.worker.logged('event_not_delivered').some((line) => line.event_id === id));
    const attempts = ingress.received.filter(({ text }) => text.includes(String(id)));
    expect(attempts.map(({ authorization }) => authorization)).toEqual([
      `Bearer ${INGRESS_TOKEN}`,
      `Bearer ${INGRESS_TOKEN}`,
    ]);
    expect(stack.worker.logged('event_not_delivered').at(-1)).toMatchObject({ reason: 'status 307' });
    expect(elsewhere.received).toEqual([]);
    await elsewhere.close();
  });

  it('leaves its address, which may hold a key, and its token in no log', () => {
    expect(stack.worker.log.join('\n')).not.toContain(INGRESS_KEY);
    expect(stack.worker.log.join('\n')).not.toContain(INGRESS_TOKEN);
  });
});

describe('a sink that is not there', () => {
  it('fails no exchange', async () => {
    await stack.restart({ bindings: () => ({ EVENT_INGRESS_URI: 'http://127.0.0.1:9/nobody' }) });
    const answer = await stack.exchange();
    const id = answer.headers.get('x-request-id');
    expect(answer.status).toBe(200);
    await eventually(() => stack.worker.logged('event_not_delivered').some((line) => line.event_id === id), 10_000);
  });

  it('is no reason for silence: the log has the event at every level', async () => {
    await stack.restart({ bindings: () => ({ LOG_LEVEL: 'error' }) });
    const answer = await stack.exchange();
    await eventually(() => logLine(answer.headers.get('x-request-id')) !== undefined);
  });
});
