import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { noteSecret } from '../../support/canary.ts';
import type { Ask } from '../../support/local-stack.ts';
import { Arena } from './arena.ts';
import { INVALID_REQUEST, NO_POLICY } from './attack.ts';
import { honest, sendRaw, SMUGGLED, statusesIn } from './raw-request.ts';
import { REQUEST_SYNTAX } from './request-syntax.ts';
import { REVOCATION } from './revocation.ts';
import { HOSTILE_IDENTITIES, HOSTILE_SCOPES, NEAR_IDENTITIES } from './scope-and-identity.ts';
import { TOKEN_EXCHANGE } from './token-exchange.ts';

const FREE = { github: 0, issuers: 0 };

let arena: Arena;

beforeAll(async () => {
  arena = await Arena.start();
  await arena.grants(asked('scope=acme/app&identity=deploy'));
});

afterAll(() => arena.close());

function asked(query: string): Ask {
  return { path: '/sts/exchange', query, token: arena.stack.actionsToken() };
}

describe('a request for a token', () => {
  it.each<readonly [title: string, ask: Partial<Ask>]>([
    ['whose scheme is in capitals', { headers: { authorization: 'BEARER TOKEN' } }],
    ['with more blanks than needed', { headers: { authorization: 'Bearer   TOKEN' } }],
    ['with the same scope twice', { query: 'scope=acme/app&scopes=acme/app&scope=acme/app&identity=deploy' }],
    ['in another case', { query: 'scope=ACME/App&identity=deploy' }],
    ['with a slash that is encoded once', { query: 'scope=acme%2Fapp&identity=deploy' }],
    ['with a body of JSON beside a whole query', { method: 'POST', body: '{"scope":"octocat"}' }],
    ['as a form with a charset', { method: 'POST', query: '', body: 'scope=acme/app&identity=deploy' }],
    ['with the headers of a proxy', { headers: { 'x-forwarded-host': 'evil.example', 'x-original-url': '/admin' } }],
  ])('is granted %s', async (_, { headers, ...ask }) => {
    const token = arena.stack.actionsToken();
    const authorization = String(headers?.authorization ?? 'Bearer TOKEN').replace('TOKEN', token);
    const type = ask.query === '' ? 'application/x-www-form-urlencoded; charset=utf-8' : 'application/json';
    const all = { ...headers, authorization, ...(ask.body === undefined ? {} : { 'content-type': type }) };
    await arena.grants({ path: '/sts/exchange', query: 'scope=acme/app&identity=deploy', ...ask, headers: all });
  });

  it.each(REQUEST_SYNTAX)('is refused with $title ($source)', async ({ ask, expected }) => {
    const token = arena.stack.actionsToken();
    const answer = await arena.refuses({ path: '/sts/exchange', ...ask(token) }, expected, FREE);
    if (expected[0] === 405) expect(answer.headers.get('allow')).toBe('GET, POST');
  });

  it('is granted by the very bytes that are smuggled below', async () => {
    const token = arena.stack.actionsToken();
    const once = await sendRaw(arena.stack.worker.url, honest(token));
    expect(statusesIn(once)).toEqual([200]);
    arena.handOut(/ghs_[A-Za-z0-9]+/.exec(once)?.[0] ?? '');
  });

  it.each(SMUGGLED)('is not had by smuggling (%s): %s', async (_, __, text) => {
    const token = arena.stack.actionsToken();
    noteSecret(token);
    arena.stack.resetCounters();
    const received = await sendRaw(arena.stack.worker.url, text(token));
    expect(received).not.toContain('ghs_');
    expect(statusesIn(received).filter((status) => status < 400 || status > 501)).toEqual([]);
    expect(arena.stack.githubRequests()).toBe(0);
  });
});

describe.each(HOSTILE_SCOPES)('a scope (%s)', (_, scopes) => {
  it.each(scopes)('that is %j is refused, and nothing is fetched', async (scope) => {
    await arena.refuses(asked(`scope=${scope}&identity=deploy`), INVALID_REQUEST, FREE);
    await arena.refuses(asked(`scopes=${scope}&identity=deploy`), INVALID_REQUEST, FREE);
  });
});

describe.each(HOSTILE_IDENTITIES)('an identity (%s)', (_, identities) => {
  it.each(identities)('that is %j is refused, and nothing is fetched', async (identity) => {
    await arena.refuses(asked(`scope=acme/app&identity=${identity}`), INVALID_REQUEST, FREE);
  });
});

describe('an identity that is nearly one (GitHub, file names keep their case)', () => {
  it.each(NEAR_IDENTITIES)('is no policy, and costs nothing: %s', async (identity) => {
    await arena.refuses(asked(`scope=acme/app&identity=${identity}`), NO_POLICY, FREE);
  });
});

describe('an exchange as in RFC 8693', () => {
  const send = (form: Readonly<Record<string, string | undefined>>, query = '', headers = {}): Ask => {
    const honest = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: arena.stack.actionsToken(),
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      resource: `${arena.stack.emulator.url}/acme/app`,
      identity: 'deploy',
    };
    const all: Readonly<Record<string, string | undefined>> = { ...honest, ...form };
    const given = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
    return { path: '/sts/exchange', query, headers, form: Object.fromEntries(given) };
  };

  it.each([{}, { scope: 'contents:read' }, { repositories: 'app' }, { actor_token_type: 'x', audience: 'x' }])(
    'is granted with %j',
    async (form) => {
      await arena.grants(send(form));
    },
  );

  it.each(TOKEN_EXCHANGE)('is refused with $title ($source)', async ({ form, query, headers, error }) => {
    const token = arena.stack.actionsToken();
    const ask = send(form({ token, web: arena.stack.emulator.url }), query, headers?.(token));
    await arena.refuses(ask, [400, error], FREE);
  });
});

describe('a revocation', () => {
  it('is done for whoever holds the token', async () => {
    const { json } = await arena.grants(asked('scope=acme/app&identity=deploy'));
    const token = String(json.token);
    const answer = await arena.stack.send({ path: '/sts/revoke', method: 'POST', token });
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(arena.stack.emulator.tokens.findLive(token)).toBeUndefined();
  });

  it.each(REVOCATION)('is refused for $title, and GitHub is not asked ($source)', async ({ ask, expected }) => {
    arena.stack.resetCounters();
    const request = { path: '/sts/revoke', method: 'POST', ...ask(arena.stack.actionsToken()) };
    const answer = await arena.stack.send(request);
    expect([answer.status, answer.json.error]).toEqual(expected);
    expect(answer.text).not.toMatch(/gh[a-z]_[a-z]{8}|eyJ/);
    expect(arena.stack.emulator.count({ method: 'DELETE' })).toBe(0);
  });
});
