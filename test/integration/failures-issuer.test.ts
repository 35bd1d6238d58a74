import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { IssuerFault } from '../support/issuer/oidc-issuer.ts';
import { NodeStack, type Answer } from './node-stack.ts';

let stack: NodeStack;

/** The seed's policy that names the issuer which is not GitHub's. */
function exchange(claims: Record<string, string> = {}): Promise<Answer> {
  const token = stack.issuer.sign({ sub: 'build-farm', aud: 'acme-builds', ...claims });
  return stack.exchange('acme/app', 'build-farm', token);
}

function errorOf({ status, json }: Answer): unknown {
  return [status, json.error];
}

async function keysAreCached(): Promise<void> {
  expect((await exchange()).status).toBe(200);
  // Older than an hour: no longer fresh, and to be used while the issuer is down.
  stack.minutesPass(61);
  stack.resetCounters();
}

beforeAll(async () => {
  stack = await NodeStack.start();
});

beforeEach(() => {
  stack.kv.rewrite(() => undefined);
  stack.isolate = stack.newIsolate();
  stack.resetCounters();
});

afterEach(() => {
  stack.issuer.clearFaults();
  stack.emulator.faults.clear();
});

afterAll(async () => {
  expect(stack.emulator.violations).toEqual([]);
  await stack.close();
});

interface Row {
  readonly what: string;
  readonly fault: IssuerFault;
  readonly answer: readonly [number, string];
}

const REJECTED = [401, 'token_verification_failed'] as const;
/** A bad signature, under an issuer that only the policy names. */
const UNPROVEN = [403, 'issuer_not_allowed'] as const;
const DOWN = [502, 'upstream_error'] as const;
const LATE = [504, 'upstream_timeout'] as const;

const UNREACHABLE: readonly Row[] = [
  { what: 'status 500', fault: { kind: 'status', status: 500 }, answer: DOWN },
  { what: 'status 503', fault: { kind: 'status', status: 503 }, answer: DOWN },
  { what: 'a reset connection', fault: { kind: 'reset' }, answer: DOWN },
  { what: 'a connection reset in the middle', fault: { kind: 'reset', when: 'mid-body' }, answer: DOWN },
  { what: 'no answer in time', fault: { kind: 'hang' }, answer: LATE },
];

const UNUSABLE: readonly Row[] = [
  { what: 'status 403', fault: { kind: 'status', status: 403 }, answer: REJECTED },
  { what: 'status 404', fault: { kind: 'status', status: 404 }, answer: REJECTED },
  { what: 'status 204', fault: { kind: 'status', status: 204, body: '' }, answer: REJECTED },
  { what: 'a redirect', fault: { kind: 'redirect', location: 'https://example.com/' }, answer: REJECTED },
  { what: 'more than 100 KiB', fault: { kind: 'oversize', bytes: 110 * 1024 }, answer: REJECTED },
  { what: 'no JSON', fault: { kind: 'not-json' }, answer: REJECTED },
  { what: 'JSON of another shape', fault: { kind: 'not-json', body: '[]' }, answer: REJECTED },
];

describe.each(['discovery', 'jwks'] as const)('when the issuer fails on %s and no keys are cached', (document) => {
  it.each([...UNREACHABLE, ...UNUSABLE])('answers $answer to $what', async ({ fault, answer }) => {
    stack.issuer.addFault({ ...fault, document });
    expect(errorOf(await exchange())).toEqual(answer);
  });
});

describe('when the discovery document can’t be trusted', () => {
  it.each([
    ['another issuer', () => ({ issuer: `${stack.issuer.origin}/other` })],
    ['no issuer', () => ({ issuer: undefined })],
    ['no address of its keys', () => ({ jwks_uri: undefined })],
    ['keys at an address that is none', () => ({ jwks_uri: 'https://10.0.0.1/jwks' })],
    ['keys on plain http elsewhere', () => ({ jwks_uri: 'http://example.com/jwks' })],
    ['keys at an address with a fragment', () => ({ jwks_uri: `${stack.issuer.origin}/jwks#x` })],
  ] as const)('answers 401: %s', async (_, fields) => {
    stack.issuer.overrideDiscovery(fields());
    expect(errorOf(await exchange())).toEqual(REJECTED);
    expect(stack.issuer.hits.jwks).toBe(0);
  });

  it('follows an address of keys that has a query', async () => {
    stack.issuer.overrideDiscovery({ jwks_uri: `${stack.issuer.origin}/jwks?version=2` });
    expect((await exchange()).status).toBe(200);
  });
});

describe('while keys are cached', () => {
  it.each(UNREACHABLE)('goes on with them at $what', async ({ fault }) => {
    await keysAreCached();
    stack.issuer.addFault(fault);
    expect((await exchange()).status).toBe(200);
  });

  it('goes on with them in another isolate, for a day and no longer', async () => {
    await keysAreCached();
    stack.issuer.addFault({ kind: 'status', status: 500 });
    stack.isolate = stack.newIsolate();
    expect((await exchange()).status).toBe(200);
    stack.minutesPass(23 * 60);
    expect(errorOf(await exchange())).toEqual(DOWN);
  });

  it('goes on with them after KV has failed, too', async () => {
    await keysAreCached();
    stack.kv.failsOn = 'everything';
    stack.issuer.addFault({ kind: 'status', status: 500 });
    expect((await exchange()).status).toBe(200);
    stack.kv.failsOn = 'nothing';
  });

  it('asks nobody within the hour', async () => {
    expect((await exchange()).status).toBe(200);
    stack.resetCounters();
    stack.minutesPass(59);
    expect((await exchange()).status).toBe(200);
    expect(stack.issuerRequests()).toBe(0);
  });
});

describe('when a token names a key that is not among the cached ones', () => {
  it('fetches the keys at once, even right after the first fetch', async () => {
    expect((await exchange()).status).toBe(200);
    stack.issuer.rotate();
    stack.resetCounters();
    expect((await exchange()).status).toBe(200);
    expect(stack.issuer.hits.jwks).toBe(1);
  });

  it('fetches them again once a minute at most, however many such tokens come', async () => {
    expect((await exchange()).status).toBe(200);
    stack.resetCounters();
    for (let count = 0; count < 20; count++) expect(errorOf(await forged())).toEqual(UNPROVEN);
    expect(stack.issuer.hits.jwks).toBe(1);
    stack.minutesPass(1);
    expect(errorOf(await forged())).toEqual(UNPROVEN);
    expect(stack.issuer.hits.jwks).toBe(2);
  });

  it('leaves the caller unproven where the issuer is down and its new keys can’t be had', async () => {
    expect((await exchange()).status).toBe(200);
    stack.issuer.rotate();
    stack.issuer.addFault({ kind: 'status', status: 500 });
    expect(errorOf(await exchange())).toEqual(UNPROVEN);
  });

  function forged(): Promise<Answer> {
    const claims = { sub: 'build-farm', aud: 'acme-builds' };
    const token = stack.issuer.sign(claims, { header: { kid: 'a-key-that-nobody-published' } });
    return stack.exchange('acme/app', 'build-farm', token);
  }
});

describe('which requests a stranger can cause', () => {
  it('asks GitHub nothing on behalf of a forged token of a known issuer', async () => {
    stack.reconfigure({ KNOWN_ISSUERS: stack.issuer.issuer });
    for (let count = 0; count < 30; count++) expect(errorOf(await forgery())).toEqual(REJECTED);
    expect(stack.githubRequests()).toBe(0);
    expect(stack.issuerRequests()).toBeLessThanOrEqual(4);
    stack.reconfigure({ KNOWN_ISSUERS: undefined });
  });

  it('asks an issuer nothing that is neither known nor named by the policy', async () => {
    const token = stack.issuer.sign({ sub: 'repo:acme/infra:ref:refs/heads/trunk' });
    const answer = await stack.exchange('acme/app', 'deploy', token);
    expect(errorOf(answer)).toEqual([403, 'issuer_not_allowed']);
    expect(stack.issuerRequests()).toBe(0);
  });

  it('asks GitHub at most 30 times a minute for those who have proven nothing, then answers 429', async () => {
    const strange = (): string => stack.issuer.sign({ sub: 'somebody', iss: 'https://stranger.example.com' });
    const statuses: number[] = [];
    for (let count = 0; count < 40; count++) {
      statuses.push((await stack.exchange(`acme/invented-${count}`, 'deploy', strange())).status);
    }
    expect(stack.emulator.count()).toBeLessThanOrEqual(30);
    expect([...new Set(statuses)]).toEqual([403, 429]);
    expect(stack.kv.writes).toBe(0);
    stack.minutesPass(1);
    expect((await stack.exchange('acme/app', 'deploy', strange())).status).toBe(403);
  });

  it('leaves those who can prove themselves alone meanwhile', async () => {
    for (let count = 0; count < 40; count++) {
      const token = stack.issuer.sign({ sub: 'somebody', iss: 'https://stranger.example.com' });
      await stack.exchange(`acme/invented-${count}`, 'deploy', token);
    }
    expect((await stack.exchange()).status).toBe(200);
  });

  function forgery(): Promise<Answer> {
    const [header, payload] = stack.issuer.sign({ sub: 'build-farm', aud: 'acme-builds' }).split('.');
    return stack.exchange('acme/app', 'build-farm', `${header}.${payload}.${'A'.repeat(342)}`);
  }
});
