import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { OidcIssuer } from '../support/issuer/oidc-issuer.ts';
import type { IssuerFault } from '../support/issuer/oidc-issuer.ts';
import { actionsPolicy, LocalStack, STS_DOMAIN } from '../support/local-stack.ts';
import type { Answer, Ask } from '../support/local-stack.ts';
import { encodePart } from '../support/signing-key.ts';
import { hostileTokens, huge } from '../support/tokens.ts';

const FOLDER = '.github/chainguard';
const FORM = 'application/x-www-form-urlencoded';
const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const JWT_TYPE = 'urn:ietf:params:oauth:token-type:jwt';

let stack: LocalStack;
/** Known to the Worker from the start, each for one test: keys are cached. */
let freshIssuers: OidcIssuer[];
let usedIssuers = 0;

beforeAll(async () => {
  freshIssuers = await Promise.all(Array.from({ length: 20 }, () => OidcIssuer.start()));
  const known = freshIssuers.map(({ issuer }) => issuer);
  stack = await LocalStack.start({ bindings: ({ issuer }) => ({ KNOWN_ISSUERS: [issuer, ...known].join(',') }) });
});

afterAll(async () => {
  await stack.close();
  await Promise.all(freshIssuers.map((issuer) => issuer.close()));
  expect(stack.emulator.violations).toEqual([]);
});

beforeEach(() => {
  stack.resetCounters();
  stack.emulator.faults.clear();
});

function freshIssuer(): OidcIssuer {
  const issuer = freshIssuers[usedIssuers];
  usedIssuers += 1;
  if (issuer === undefined) throw new Error('start more issuers');
  return issuer;
}

/** The one body of every error, and the headers that belong to it. */
function expectRefusal(answer: Answer, status: number, key: string, code: number): void {
  expect({ status: answer.status, ...answer.json }).toEqual({
    status,
    error: key,
    message: expect.stringMatching(/^[ -~]{10,200}$/),
    code,
    details: [],
    request_id: answer.headers.get('x-request-id'),
  });
  expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
}

describe('paths and methods', () => {
  it.each(['/nothing', '/sts', '/sts/exchange/', '/STS/exchange', '//sts/exchange', '/sts%2Fexchange'])(
    'knows no path %s',
    async (path) => {
      expectRefusal(await stack.send({ path }), 404, 'not_found', 5);
    },
  );

  it.each([
    { path: '/sts/exchange', method: 'PUT', allow: 'GET, POST' },
    { path: '/sts/exchange', method: 'DELETE', allow: 'GET, POST' },
    { path: '/sts/exchange', method: 'OPTIONS', allow: 'GET, POST' },
    { path: '/sts/revoke', method: 'GET', allow: 'POST' },
    { path: '/sts/exchange_refresh_token', method: 'GET', allow: 'POST' },
    { path: '/', method: 'POST', allow: 'GET, HEAD' },
    { path: '/healthz', method: 'POST', allow: 'GET, HEAD' },
  ])('refuses $method of $path, and says what it takes', async ({ path, method, allow }) => {
    const answer = await stack.send({ path, method });
    expectRefusal(answer, 405, 'method_not_allowed', 12);
    expect(answer.headers.get('allow')).toBe(allow);
  });

  it('says that refresh tokens are not supported', async () => {
    expectRefusal(await stack.send({ path: '/sts/exchange_refresh_token', method: 'POST' }), 501, 'unimplemented', 12);
  });

  it('tells everybody at / what it is, a browser too where no page is deployed beside it', async () => {
    const answer = await stack.send({ path: '/' });
    expect(answer.json).toEqual({
      name: 'octo-sts-worker',
      documentation: expect.stringMatching(/^https:/),
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    });
    const page = await stack.send({ path: '/', headers: { accept: 'text/html,*/*' } });
    expect(page.json).toEqual(answer.json);
    expect(page.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('the order of checks', () => {
  const nothingRight = { method: 'DELETE', path: '/nothing', query: '' };
  it.each<{ readonly first: string; readonly ask: Ask; readonly expected: [number, string, number] }>([
    { first: 'the path', ask: nothingRight, expected: [404, 'not_found', 5] },
    { first: 'the method', ask: { ...nothingRight, path: '/sts/exchange' }, expected: [405, 'method_not_allowed', 12] },
    { first: 'the Authorization header', ask: { path: '/sts/exchange' }, expected: [401, 'missing_token', 16] },
    { first: 'the parameters', ask: { path: '/sts/exchange', token: 'no-jwt' }, expected: [400, 'invalid_request', 3] },
    {
      first: 'the token itself',
      ask: { path: '/sts/exchange', token: 'no-jwt', query: { scope: 'nobody/nothing', identity: 'none' } },
      expected: [400, 'invalid_token', 3],
    },
  ])('looks at $first before all that follows', async ({ ask, expected }) => {
    expectRefusal(await stack.send(ask), ...expected);
    expect(stack.githubRequests()).toBe(0);
  });
});

describe('the Authorization header', () => {
  it.each<{ readonly what: string; readonly headers: Readonly<Record<string, string | string[]>> }>([
    { what: 'no header', headers: {} },
    { what: 'an empty header', headers: { authorization: '' } },
    { what: 'another scheme', headers: { authorization: 'Basic dXNlcjpwYXNz' } },
    { what: 'a scheme alone', headers: { authorization: 'Bearer' } },
    { what: 'a scheme and spaces', headers: { authorization: 'Bearer   ' } },
    { what: 'a scheme that only begins like Bearer', headers: { authorization: 'Bearerx.y.z' } },
    { what: 'two headers', headers: { authorization: ['Bearer a.b.c', 'Bearer d.e.f'] } },
    { what: 'the same header twice', headers: { authorization: ['Bearer a.b.c', 'Bearer a.b.c'] } },
    { what: 'two schemes', headers: { authorization: ['Basic dXNlcjpwYXNz', 'Bearer a.b.c'] } },
  ])('asks for a bearer token where there is $what', async ({ headers }) => {
    const answer = await stack.send({
      path: '/sts/exchange',
      query: { scope: 'acme/app', identity: 'deploy' },
      headers,
    });
    expectRefusal(answer, 401, 'missing_token', 16);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });
});

describe('parameters', () => {
  const names = { scope: 'acme/app', identity: 'deploy' };
  const kelvin = '\u212a';
  it.each<{ readonly what: string; readonly query: NonNullable<Ask['query']> }>([
    { what: 'no scope', query: { identity: 'deploy' } },
    { what: 'no identity', query: { scope: 'acme/app' } },
    { what: 'an empty scope', query: { ...names, scope: '' } },
    { what: 'an empty identity', query: { ...names, identity: '' } },
    { what: 'two different scopes', query: 'scope=acme/app&scope=acme/infra&identity=deploy' },
    { what: 'two different identities', query: 'scope=acme/app&identity=deploy&identity=ci' },
    {
      what: 'two different narrowings',
      query: 'scope=acme/app&identity=deploy&permissions=contents:read&permissions=deployments:write',
    },
    { what: 'an owner that starts with a hyphen', query: { ...names, scope: '-acme/app' } },
    { what: 'an owner of 40 characters', query: { ...names, scope: `${'a'.repeat(40)}/app` } },
    { what: 'a Kelvin sign, which lower-cases to k', query: { ...names, scope: `${kelvin}ube/app` } },
    { what: 'a Kelvin sign in the identity', query: { ...names, identity: `chec${kelvin}` } },
    { what: 'a repository named ..', query: { ...names, scope: 'acme/..' } },
    { what: 'a repository named .', query: { ...names, scope: 'acme/.' } },
    { what: 'no repository after the slash', query: { ...names, scope: 'acme/' } },
    { what: 'no owner before the slash', query: { ...names, scope: '/app' } },
    { what: 'three parts', query: { ...names, scope: 'acme/app/deep' } },
    { what: 'a repository of 101 characters', query: { ...names, scope: `acme/${'a'.repeat(101)}` } },
    { what: 'a space in the scope', query: { ...names, scope: 'acme/app ' } },
    { what: 'a line break in the scope', query: { ...names, scope: 'acme/app\n' } },
    { what: 'a NUL in the scope', query: { ...names, scope: 'acme/app\0' } },
    { what: 'a query inside the scope', query: { ...names, scope: 'acme/app?x=1' } },
    { what: 'an identity that climbs', query: { ...names, identity: '../../secrets' } },
    { what: 'an identity with two dots', query: { ...names, identity: 'a..b' } },
    { what: 'an identity that starts with a dot', query: { ...names, identity: '.hidden' } },
    { what: 'an identity with a slash', query: { ...names, identity: 'folder/deploy' } },
    { what: 'an identity with an encoded slash', query: 'scope=acme/app&identity=folder%252fdeploy' },
    { what: 'an identity of 129 characters', query: { ...names, identity: 'a'.repeat(129) } },
    { what: 'an identity with a line break', query: { ...names, identity: 'deploy\r\nX-Evil: 1' } },
    { what: 'bytes that are no UTF-8', query: 'scope=acme/app&identity=%ff%fe' },
    { what: 'an empty narrowing of permissions', query: { ...names, permissions: '' } },
    { what: 'an empty narrowing of repositories', query: { ...names, repositories: '' } },
    { what: 'a narrowing without a level', query: { ...names, permissions: 'contents' } },
    { what: 'a narrowing to a level that there is not', query: { ...names, permissions: 'contents:all' } },
    { what: 'a permission given two levels', query: { ...names, permissions: 'contents:read,contents:write' } },
    { what: 'a repository with its owner', query: { ...names, repositories: 'acme/app' } },
    { what: 'a repository list with a gap', query: { ...names, repositories: 'app,,infra' } },
    { what: 'a parameter named __proto__ alone', query: '__proto__=x&constructor=y' },
  ])('refuses $what, and fetches nothing', async ({ query }) => {
    expectRefusal(await stack.exchange({ query }), 400, 'invalid_request', 3);
    expect([stack.githubRequests(), stack.issuerRequests()]).toEqual([0, 0]);
  });

  it('names the limit that octo-sts names for two scopes', async () => {
    const answer = await stack.exchange({ query: 'scopes=acme/app&scopes=acme/infra&identity=deploy' });
    expectRefusal(answer, 400, 'invalid_request', 3);
    expect(answer.json.message).toBe('multiple scopes not supported');
  });

  it('refuses a form that contradicts the query', async () => {
    const answer = await stack.exchange({
      query: { scope: 'acme/app' },
      form: { scope: 'acme/infra', identity: 'deploy' },
    });
    expectRefusal(answer, 400, 'invalid_request', 3);
  });

  it('takes a form and a query that say the same', async () => {
    const answer = await stack.exchange({
      query: { scope: 'acme/app' },
      form: { scope: 'acme/app', identity: 'deploy' },
    });
    expect(answer.status).toBe(200);
  });
});

describe('the size of a form', () => {
  it('refuses one over 32 KiB by its Content-Length, before the body is sent', async () => {
    const answer = await stack.exchange({
      method: 'POST',
      headers: { 'content-type': FORM, 'content-length': '32769' },
    });
    expectRefusal(answer, 413, 'payload_too_large', 3);
  });

  it('refuses one whose length was not announced', async () => {
    const headers = { 'content-type': FORM, 'transfer-encoding': 'chunked' };
    const answer = await stack.exchange({ method: 'POST', body: `scope=${'a'.repeat(40_000)}`, headers });
    expectRefusal(answer, 413, 'payload_too_large', 3);
  });

  it('reads one of exactly 32 KiB', async () => {
    const start = 'scope=acme%2Fapp&identity=deploy&x=';
    const body = start + 'y'.repeat(32 * 1024 - start.length);
    expect((await stack.exchange({ method: 'POST', query: '', body, headers: { 'content-type': FORM } })).status).toBe(
      200,
    );
  });
});

describe('the token, before anything is fetched', () => {
  const exp = Math.floor(Date.now() / 1000) + 300;
  const jwt = (header: unknown, payload: unknown): string =>
    `${encodePart(header)}.${encodePart(payload)}.c2lnbmF0dXJl`;
  it.each([
    { what: 'that is no JWT', token: 'not-a-jwt' },
    { what: 'of two parts', token: 'e30.e30' },
    { what: 'of four parts', token: 'e30.e30.e30.e30' },
    { what: 'with a blank in it', token: 'e30.e30 .e30' },
    { what: 'that is an installation token', token: `ghs_${'a'.repeat(36)}` },
    { what: 'that is an installation token of the long form', token: 'ghs_1_aaaa.bbbb.cccc' },
    { what: 'whose payload is no JSON', token: `${encodePart({ alg: 'RS256' })}.bm8.c2ln` },
    { what: 'whose payload is a list', token: jwt({ alg: 'RS256' }, []) },
    { what: 'whose algorithm is none', token: jwt({ alg: 'none' }, { iss: 'https://token.example.com', exp }) },
    { what: 'whose algorithm is an HMAC', token: jwt({ alg: 'HS256' }, { iss: 'https://token.example.com', exp }) },
    { what: 'whose algorithm is no string', token: jwt({ alg: ['RS256'] }, { iss: 'https://token.example.com', exp }) },
    { what: 'whose algorithm is toString', token: jwt({ alg: 'toString' }, { iss: 'https://token.example.com', exp }) },
    { what: 'without an issuer', token: jwt({ alg: 'RS256' }, { exp }) },
    { what: 'whose issuer is plain http', token: jwt({ alg: 'RS256' }, { iss: 'http://example.com', exp }) },
    { what: 'whose issuer is an address', token: jwt({ alg: 'RS256' }, { iss: 'https://169.254.169.254', exp }) },
    { what: 'whose issuer is a short address', token: jwt({ alg: 'RS256' }, { iss: 'https://127.1', exp }) },
    { what: 'whose issuer has user info', token: jwt({ alg: 'RS256' }, { iss: 'https://a@example.com', exp }) },
    { what: 'whose issuer has a query', token: jwt({ alg: 'RS256' }, { iss: 'https://example.com?x', exp }) },
    {
      what: 'whose issuer is another loopback address',
      token: jwt({ alg: 'RS256' }, { iss: 'http://127.0.0.2', exp }),
    },
  ])('refuses one $what', async ({ token }) => {
    expectRefusal(await stack.exchange({ token }), 400, 'invalid_token', 3);
    expect([stack.githubRequests(), stack.issuerRequests()]).toEqual([0, 0]);
  });

  it('refuses one over 16 KiB', async () => {
    const { currentKey: key } = stack.issuer;
    const token = huge({ key, claims: stack.issuer.claims({ sub: 'x', aud: 'y' }) }, 17_000);
    expectRefusal(await stack.exchange({ token }), 400, 'invalid_token', 3);
  });
});

describe('tokens that fail', () => {
  /** What is no acceptable JWT at all; everything else is a token that could not be verified. */
  const malformed = /algorithm is|signature was taken off|HMAC|issuer/;

  it('refuses every forgery, none of which costs a GitHub request', async () => {
    const { issuer } = stack;
    await stack.exchangeFor('acme/app', 'build-farm', issuer.sign({ sub: 'build-farm', aud: 'acme-builds' }));
    const sound = { key: issuer.currentKey, claims: issuer.claims({ sub: 'build-farm', aud: 'acme-builds' }) };
    stack.resetCounters();
    for (const { title, token } of hostileTokens(sound, issuer.clock.seconds())) {
      const answer = await stack.exchangeFor('acme/app', 'build-farm', token);
      if (title === 'whose subject is empty') {
        expect([title, answer.status, answer.json.error]).toEqual([title, 403, 'permission_denied']);
      } else if (malformed.test(title)) {
        expect([title, answer.status, answer.json.error]).toEqual([title, 400, 'invalid_token']);
      } else {
        expect([title, answer.status, answer.json.error]).toEqual([title, 401, 'token_verification_failed']);
        expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
      }
    }
    expect(stack.githubRequests()).toBe(0);
  });

  it('tolerates clocks that are 30 seconds apart, and no more', async () => {
    const now = stack.issuer.clock.seconds();
    const sign = (claims: Record<string, number>) =>
      stack.issuer.sign({ sub: 'build-farm', aud: 'acme-builds', ...claims });
    const statuses = async (tokens: string[]) =>
      Promise.all(tokens.map(async (token) => (await stack.exchangeFor('acme/app', 'build-farm', token)).status));
    expect(await statuses([sign({ exp: now - 20 }), sign({ nbf: now + 20 }), sign({ iat: now + 20 })])).toEqual([
      200, 200, 200,
    ]);
    expect(await statuses([sign({ exp: now - 40 }), sign({ nbf: now + 60 }), sign({ iat: now + 60 })])).toEqual([
      401, 401, 401,
    ]);
  });
});

describe('an issuer that gives no usable keys', () => {
  const unusable: { readonly what: string; readonly fault: IssuerFault }[] = [
    { what: 'does not know its own configuration', fault: { kind: 'status', status: 404, document: 'discovery' } },
    { what: 'forbids its keys', fault: { kind: 'status', status: 403, document: 'jwks' } },
    { what: 'answers with a page', fault: { kind: 'not-json', document: 'discovery' } },
    { what: 'has keys that are no JSON', fault: { kind: 'not-json', document: 'jwks' } },
    { what: 'sends more than 100 KiB', fault: { kind: 'oversize', bytes: 103_000, document: 'discovery' } },
    { what: 'redirects', fault: { kind: 'redirect', location: 'https://example.com/', document: 'discovery' } },
    { what: 'redirects to its keys', fault: { kind: 'redirect', location: 'https://example.com/', document: 'jwks' } },
  ];
  it.each(unusable)('answers 401 where it $what', async ({ fault }) => {
    const issuer = freshIssuer();
    issuer.addFault(fault);
    const answer = await stack.exchangeFor('acme/app', 'build-farm', issuer.sign({ sub: 'x', aud: STS_DOMAIN }));
    expectRefusal(answer, 401, 'token_verification_failed', 16);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    expect(stack.githubRequests()).toBe(0);
  });

  it.each([
    { what: 'names another issuer', discovery: { issuer: 'https://issuer.example.com' } },
    { what: 'names itself with a slash more', discovery: (issuer: string) => ({ issuer: `${issuer}/` }) },
    { what: 'keeps its keys at an address', discovery: { jwks_uri: 'https://169.254.169.254/keys' } },
    { what: 'keeps its keys under plain http', discovery: { jwks_uri: 'http://keys.example.com/' } },
    { what: 'names no keys', discovery: { jwks_uri: undefined } },
  ])('answers 401 where its configuration $what', async ({ discovery }) => {
    const issuer = freshIssuer();
    issuer.overrideDiscovery(typeof discovery === 'function' ? discovery(issuer.issuer) : discovery);
    const answer = await stack.exchangeFor('acme/app', 'build-farm', issuer.sign({ sub: 'x', aud: STS_DOMAIN }));
    expectRefusal(answer, 401, 'token_verification_failed', 16);
    expect(issuer.hits.jwks).toBe(0);
  });

  it('answers 401 where its key is too short, and where it publishes nothing that fits', async () => {
    const weak = freshIssuer();
    weak.rotate({ modulusLength: 1024 });
    const stranger = freshIssuer();
    for (const token of [weak.sign({ sub: 'x', aud: STS_DOMAIN }), freshIssuerToken(stranger)]) {
      expectRefusal(await stack.exchangeFor('acme/app', 'build-farm', token), 401, 'token_verification_failed', 16);
    }
  });

  it.each<{ readonly what: string; readonly fault: IssuerFault; readonly expected: [number, string, number] }>([
    { what: 'fails', fault: { kind: 'status', status: 500 }, expected: [502, 'upstream_error', 14] },
    { what: 'cuts the connection', fault: { kind: 'reset' }, expected: [502, 'upstream_error', 14] },
    { what: 'breaks off', fault: { kind: 'reset', when: 'mid-body' }, expected: [502, 'upstream_error', 14] },
    { what: 'is silent', fault: { kind: 'hang' }, expected: [504, 'upstream_timeout', 4] },
  ])('tells of an issuer that $what as what it is', async ({ fault, expected }) => {
    const issuer = freshIssuer();
    issuer.addFault(fault);
    const answer = await stack.exchangeFor('acme/app', 'build-farm', issuer.sign({ sub: 'x', aud: STS_DOMAIN }));
    expectRefusal(answer, ...expected);
  });

  function freshIssuerToken(issuer: OidcIssuer): string {
    const key = issuer.currentKey;
    issuer.rotate();
    return issuer.sign({ sub: 'x', aud: STS_DOMAIN }, { key });
  }
});

describe('what a proven caller is refused', () => {
  const actions = (): string => stack.emulator.actionsIssuer.issuer;
  const outsider = (): string => stack.issuer.sign({ sub: 'build-farm', aud: STS_DOMAIN });

  it('answers for a missing identity, a missing repository and one that the App does not see alike', async () => {
    const installation = stack.addOwner('partly', {
      repositories: { open: {}, closed: { [`${FOLDER}/ci.sts.yaml`]: actionsPolicy(actions()) } },
    });
    stack.emulator.world.removeFromInstallation(installation!, 'partly/closed');
    const answers = [
      await stack.exchangeFor('partly/open', 'ci', outsider()),
      await stack.exchangeFor('partly/missing', 'ci', outsider()),
      await stack.exchangeFor('partly/closed', 'ci', outsider()),
      await stack.exchangeFor('partly', 'ci', outsider()),
    ];
    for (const answer of answers) expectRefusal(answer, 404, 'policy_not_found', 5);
    expect(new Set(answers.map(({ json }) => json.message)).size).toBe(1);
  });

  it('tells an owner without the App apart', async () => {
    expectRefusal(await stack.exchangeFor('nobody-here/app', 'ci', outsider()), 404, 'installation_not_found', 5);
  });

  it('refuses a policy that can’t be parsed or compiled', async () => {
    stack.addOwner('broken', {
      repositories: {
        app: {
          [`${FOLDER}/yaml.sts.yaml`]: 'issuer: [',
          [`${FOLDER}/pattern.sts.yaml`]: actionsPolicy(actions(), [
            "claim_pattern: { ref: '(' }",
            'permissions: { contents: read }',
          ]),
          [`${FOLDER}/binary.sts.yaml`]: 'issuer: \0',
          [`${FOLDER}/empty.sts.yaml`]: actionsPolicy(actions(), ['permissions: {}']),
        },
      },
    });
    for (const identity of ['yaml', 'pattern', 'binary', 'empty']) {
      expectRefusal(await stack.exchangeFor('broken/app', identity, outsider()), 404, 'policy_invalid', 5);
    }
  });

  it('refuses a token that does not match', async () => {
    expectRefusal(await stack.exchangeFor('acme/app', 'deploy', outsider()), 403, 'permission_denied', 7);
  });

  it('refuses what GitHub refuses to mint, as the App lacks it', async () => {
    stack.addOwner('greedy', {
      repositories: {
        app: { [`${FOLDER}/ci.sts.yaml`]: actionsPolicy(actions(), ['permissions: { secrets: write }']) },
      },
    });
    expectRefusal(await stack.exchangeFor('greedy/app', 'ci'), 403, 'permission_denied', 7);
  });

  it('refuses an issuer that the organization does not list', async () => {
    const list = (issuers: string): Record<string, string> => ({ [`${FOLDER}/trusted-token-issuers.yaml`]: issuers });
    const repositories = { app: { [`${FOLDER}/ci.sts.yaml`]: actionsPolicy(actions()) } };
    stack.addOwner('listed', { repositories, policyFiles: list(`issuers: [${actions()}]\n`) });
    stack.addOwner('unlisted', { repositories, policyFiles: list('issuers: [https://issuer.example.com]\n') });
    stack.addOwner('audited', {
      repositories,
      policyFiles: list('mode: audit\nissuers: [https://issuer.example.com]\n'),
    });
    stack.addOwner('unusable', { repositories, policyFiles: list('issuers: https://issuer.example.com\n') });
    expect((await stack.exchangeFor('listed/app', 'ci')).status).toBe(200);
    expect((await stack.exchangeFor('audited/app', 'ci')).status).toBe(200);
    expectRefusal(await stack.exchangeFor('unlisted/app', 'ci'), 403, 'issuer_not_allowed', 7);
    expectRefusal(await stack.exchangeFor('unusable/app', 'ci'), 403, 'issuer_allowlist_invalid', 9);
  });

  it('refuses a token that holds more than was asked for, and revokes it', async () => {
    for (const fault of [
      { permissions: { issues: 'write' } as const },
      { repositories: 'all' as const },
      { repositories: ['acme/infra'] },
    ]) {
      const before = new Set(stack.emulator.tokens.all());
      stack.emulator.faults.add({
        kind: 'overgrant',
        ...fault,
        times: 1,
        match: { operation: 'apps/create-installation-access-token' },
      });
      expectRefusal(await stack.exchange(), 502, 'upstream_error', 14);
      const excessive = stack.emulator.tokens.all().filter((one) => !before.has(one));
      await expect(waitFor(() => excessive.every(({ revoked }) => revoked))).resolves.toBe(true);
    }
  });

  it('passes on how long GitHub wants us to wait', async () => {
    await stack.exchange();
    stack.emulator.faults.add({ kind: 'secondary-limit', retryAfterSeconds: 17 });
    const answer = await stack.exchange();
    expectRefusal(answer, 429, 'rate_limited', 8);
    expect(answer.headers.get('retry-after')).toBe('17');
  });

  it('calls our own credentials what they are', async () => {
    await stack.exchange();
    stack.emulator.faults.add({ kind: 'respond', status: 401, body: { message: 'Bad credentials' } });
    expectRefusal(await stack.exchange(), 500, 'misconfigured', 13);
  });

  it('tells of GitHub’s failures as they are', async () => {
    await stack.exchange();
    stack.emulator.faults.add({ kind: 'respond', status: 500 });
    expectRefusal(await stack.exchange(), 503, 'unavailable', 14);
    stack.emulator.faults.clear();
    stack.emulator.faults.add({ kind: 'redirect', location: 'https://example.com/' });
    expectRefusal(await stack.exchange(), 502, 'upstream_error', 14);
  });

  async function waitFor(condition: () => boolean): Promise<boolean> {
    for (let tries = 0; tries < 100 && !condition(); tries++) await new Promise((resolve) => setTimeout(resolve, 20));
    return condition();
  }
});

describe('RFC 8693 errors', () => {
  const good = (): Record<string, string> => ({
    grant_type: TOKEN_EXCHANGE,
    subject_token: stack.actionsToken(),
    subject_token_type: JWT_TYPE,
    resource: `${stack.emulator.url}/acme/app`,
    identity: 'deploy',
  });
  const expectOAuth = (answer: Answer, status: number, error: string): void => {
    expect({ status: answer.status, ...answer.json }).toEqual({
      status,
      error,
      error_description: expect.any(String),
      request_id: answer.headers.get('x-request-id'),
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
  };

  it.each<{ readonly what: string; readonly change: Record<string, string | undefined>; readonly error: string }>([
    { what: 'another grant type', change: { grant_type: 'client_credentials' }, error: 'unsupported_grant_type' },
    { what: 'no subject token', change: { subject_token: undefined }, error: 'invalid_request' },
    { what: 'no type of the subject token', change: { subject_token_type: undefined }, error: 'invalid_request' },
    {
      what: 'another type of subject token',
      change: { subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' },
      error: 'invalid_request',
    },
    { what: 'an actor token', change: { actor_token: 'x' }, error: 'invalid_request' },
    { what: 'no resource', change: { resource: undefined }, error: 'invalid_request' },
    { what: 'no identity', change: { identity: undefined }, error: 'invalid_request' },
    {
      what: 'a resource on another host',
      change: { resource: 'https://gitlab.com/acme/app' },
      error: 'invalid_target',
    },
    {
      what: 'a resource on a host that only begins alike',
      change: { resource: 'http://127.0.0.1:1.evil.example/acme/app' },
      error: 'invalid_target',
    },
    { what: 'a repository that is not there', change: { resource: 'missing' }, error: 'invalid_target' },
    { what: 'an owner without the App', change: { resource: 'nobody' }, error: 'invalid_target' },
    { what: 'a token that is no JWT', change: { subject_token: 'x' }, error: 'invalid_grant' },
    { what: 'a token of another subject', change: { subject_token: 'other' }, error: 'invalid_grant' },
    { what: 'a narrowing that the policy does not grant', change: { scope: 'contents:write' }, error: 'invalid_scope' },
    { what: 'a narrowing that is none', change: { scope: 'contents' }, error: 'invalid_scope' },
  ])('answers $error to $what', async ({ change, error }) => {
    const resources: Record<string, string> = {
      missing: `${stack.emulator.url}/acme/gone`,
      nobody: `${stack.emulator.url}/nobody-at-all/app`,
    };
    const form: Record<string, string | undefined> = { ...good(), ...change };
    if (form.resource !== undefined) form.resource = resources[form.resource] ?? form.resource;
    if (form.subject_token === 'other') form.subject_token = stack.actionsToken({ ref: 'refs/heads/other' });
    const given = Object.fromEntries(Object.entries(form).filter(([, value]) => value !== undefined)) as Record<
      string,
      string
    >;
    const answer = await stack.send({ path: '/sts/exchange', form: given });
    delete (answer.json as Record<string, unknown>).explanation;
    expectOAuth(answer, 400, error);
  });

  it('refuses a subject token in the query, or beside an Authorization header', async () => {
    const { subject_token: token = '', ...rest } = good();
    expectOAuth(
      await stack.send({ path: '/sts/exchange', query: { subject_token: token }, form: rest }),
      400,
      'invalid_request',
    );
    expectOAuth(await stack.send({ path: '/sts/exchange', form: good(), token }), 400, 'invalid_request');
  });

  it('keeps the status of a limit and of failures', async () => {
    stack.emulator.faults.add({ kind: 'secondary-limit', retryAfterSeconds: 5 });
    const limited = await stack.send({ path: '/sts/exchange', form: good() });
    expectOAuth(limited, 429, 'temporarily_unavailable');
    expect(limited.headers.get('retry-after')).toBe('5');
    stack.emulator.faults.clear();
    stack.emulator.faults.add({ kind: 'respond', status: 503 });
    expectOAuth(await stack.send({ path: '/sts/exchange', form: good() }), 503, 'temporarily_unavailable');
    stack.emulator.faults.clear();
    stack.emulator.faults.add({ kind: 'wrong-json' });
    expectOAuth(await stack.send({ path: '/sts/exchange', form: good() }), 502, 'server_error');
  });
});

describe('who is told why', () => {
  it('explains a mismatch, field by field, to a caller of the scope’s owner', async () => {
    const token = stack.actionsToken({ ref: 'refs/heads/feature' });
    const answer = await stack.exchange({ token });
    expect([answer.status, answer.json.error]).toEqual([403, 'permission_denied']);
    expect(answer.json.explanation).toMatchObject({
      policy: `${FOLDER}/deploy.sts.yaml`,
      fields: [
        { field: 'issuer', matched: true },
        {
          field: 'subject',
          expected: 'repo:acme/infra:ref:refs/heads/trunk',
          actual: 'repo:acme/infra:ref:refs/heads/feature',
          matched: false,
        },
        { field: 'audience', matched: true },
      ],
    });
  });

  it('explains nothing to a caller of another owner', async () => {
    const token = stack.actionsToken({ repository: 'octocat/hello-world' });
    expectRefusal(await stack.exchange({ token }), 403, 'permission_denied', 7);
  });

  it('explains nothing to a caller whose token is of another issuer, whatever it claims', async () => {
    const token = stack.issuer.sign({
      sub: 'build-farm',
      aud: 'other',
      repository_owner: 'acme',
      repository_owner_id: String(stack.seed.organization.id),
    });
    expectRefusal(await stack.exchangeFor('acme/app', 'build-farm', token), 403, 'permission_denied', 7);
  });
});
