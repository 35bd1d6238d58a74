import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { actionsPolicy, eventually, LocalStack, STS_DOMAIN } from '../support/local-stack.ts';
import type { Answer } from '../support/local-stack.ts';

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const JWT_TYPE = 'urn:ietf:params:oauth:token-type:jwt';
const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token';

let stack: LocalStack;

beforeAll(async () => {
  stack = await LocalStack.start();
});

afterAll(async () => {
  await stack.close();
  expect(stack.emulator.violations).toEqual([]);
});

/** What GitHub knows of the token in an answer. */
function tokenOf(answer: Answer) {
  const token = stack.emulator.tokens.findLive(String(answer.json.token ?? answer.json.access_token));
  if (token === undefined) throw new Error(`no live token in: ${answer.text}`);
  return token;
}

function lastMint(): unknown {
  return stack.emulator.requests.findLast((one) => one.operation === 'apps/create-installation-access-token')?.body;
}

describe('an organization policy that names no repositories', () => {
  const FOLDER = '.github/chainguard';

  beforeAll(() => {
    const policy = actionsPolicy(stack.emulator.actionsIssuer.issuer);
    const policyFiles = {
      [`${FOLDER}/every.sts.yaml`]: `${policy}repositories: []\n`,
      [`${FOLDER}/own.sts.yaml`]: policy,
    };
    stack.addOwner('listless', { policyFiles });
  });

  it('covers all of them with the scope of the policy repository, where its list is empty', async () => {
    const answer = await stack.exchange({ query: { scope: 'listless/.github', identity: 'every' } });
    expect(answer.status).toBe(200);
    expect(lastMint()).toEqual({ permissions: { contents: 'read' } });
  });

  it('covers the policy repository alone with that scope, where it has no list', async () => {
    const answer = await stack.exchange({ query: { scope: 'listless/.github', identity: 'own' } });
    expect(answer.status).toBe(200);
    const { id } = stack.emulator.world.repository('listless/.github');
    expect(lastMint()).toEqual({ permissions: { contents: 'read' }, repository_ids: [id] });
  });
});

describe('the answer to each family of client', () => {
  it('gives a GET a token that holds exactly what the policy grants, on that repository alone', async () => {
    const answer = await stack.exchange();
    expect(answer.status).toBe(200);
    const token = tokenOf(answer);
    expect(token.permissions).toEqual({ metadata: 'read', contents: 'read', deployments: 'write' });
    expect(token.repositoryIds).toEqual(new Set([stack.seed.repositories.app.id]));
    expect(answer.json).toEqual({
      token: token.value,
      access_token: token.value,
      token_type: 'bearer',
      expires_in: expect.any(Number),
      expires_at: new Date(token.expiresAt * 1000).toISOString().replace('.000Z', 'Z'),
      expiry: new Date(token.expiresAt * 1000).toISOString().replace('.000Z', 'Z'),
      permissions: { metadata: 'read', contents: 'read', deployments: 'write' },
    });
    expect(answer.json.expires_in).toBeGreaterThan(3500);
    expect(answer.json.expires_in).toBeLessThanOrEqual(3600);
  });

  it('marks an answer that holds a token as not to be stored, and names its request', async () => {
    const { headers } = await stack.exchange();
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
  });

  it('asks GitHub for the repository by its id', async () => {
    await stack.exchange();
    expect(lastMint()).toEqual({
      repository_ids: [stack.seed.repositories.app.id],
      permissions: { contents: 'read', deployments: 'write' },
    });
  });

  it('answers a POST whose parameters stand in the query like a GET, an empty form notwithstanding', async () => {
    const answer = await stack.exchange({
      method: 'POST',
      body: '',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.json)).toEqual([
      'token',
      'access_token',
      'token_type',
      'expires_in',
      'expires_at',
      'expiry',
      'permissions',
    ]);
  });

  it('ignores a JSON body', async () => {
    const body = JSON.stringify({ scope: 'acme/infra', identity: 'plan' });
    const answer = await stack.exchange({ method: 'POST', body, headers: { 'content-type': 'application/json' } });
    expect(answer.status).toBe(200);
    expect(tokenOf(answer).repositoryIds).toEqual(new Set([stack.seed.repositories.app.id]));
  });

  it('answers a form with exactly token and expiry', async () => {
    const answer = await stack.exchange({ form: { scope: 'acme/app', identity: 'deploy' } });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      token: tokenOf(answer).value,
      expiry: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('answers RFC 8693 with its own members, and takes the token from the body', async () => {
    const answer = await stack.send({
      path: '/sts/exchange',
      form: {
        grant_type: TOKEN_EXCHANGE,
        subject_token: stack.actionsToken(),
        subject_token_type: JWT_TYPE,
        resource: `${stack.emulator.url}/acme/app`,
        identity: 'deploy',
      },
    });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      access_token: tokenOf(answer).value,
      issued_token_type: ACCESS_TOKEN_TYPE,
      token_type: 'Bearer',
      expires_in: expect.any(Number),
      scope: 'contents:read deployments:write',
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('narrows by the scope of RFC 8693', async () => {
    const answer = await stack.send({
      path: '/sts/exchange',
      form: {
        grant_type: TOKEN_EXCHANGE,
        subject_token: stack.actionsToken(),
        subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
        resource: `${stack.emulator.url}/acme/app`,
        identity: 'deploy',
        scope: 'contents:read',
      },
    });
    expect(answer.json.scope).toBe('contents:read');
    expect(tokenOf(answer).permissions).toEqual({ metadata: 'read', contents: 'read' });
  });
});

describe('what clients send', () => {
  it('takes what the best-known action sends: scope and scopes with the same value, not encoded', async () => {
    const answer = await stack.exchange({ query: 'scope=acme/app&scopes=acme/app&identity=deploy' });
    expect(answer.status).toBe(200);
  });

  it('lets scopes win over scope', async () => {
    const answer = await stack.exchange({ query: 'scope=acme/infra&scopes=acme/app&identity=deploy' });
    expect(tokenOf(answer).repositoryIds).toEqual(new Set([stack.seed.repositories.app.id]));
  });

  it('ignores aud, cap and identity_provider', async () => {
    const answer = await stack.exchange({
      query: 'scope=acme/app&identity=deploy&aud=a&aud=b&cap=x&identity_provider=github',
    });
    expect(answer.status).toBe(200);
  });

  it('takes the same token again, as a client that retries sends it', async () => {
    const token = stack.actionsToken();
    const answers = [await stack.exchange({ token }), await stack.exchange({ token })];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers[0]?.json.token).not.toBe(answers[1]?.json.token);
  });

  it('takes the scheme of the Authorization header in any case', async () => {
    const { status } = await stack.send({
      path: '/sts/exchange',
      query: { scope: 'acme/app', identity: 'deploy' },
      headers: { authorization: `bEARER ${stack.actionsToken()}` },
    });
    expect(status).toBe(200);
  });

  it('compares owners and repositories without regard to case', async () => {
    const answer = await stack.exchange({ query: { scope: 'ACME/App', identity: 'deploy' } });
    expect(answer.status).toBe(200);
  });

  it.each([STS_DOMAIN, `https://${STS_DOMAIN}`])('takes %s as this service’s audience', async (audience) => {
    expect((await stack.exchange({ token: stack.actionsToken({ audience }) })).status).toBe(200);
  });

  it('exchanges tokens of another issuer, for the audience that the policy names', async () => {
    const token = stack.issuer.sign({ sub: 'build-farm', aud: 'acme-builds' });
    const answer = await stack.exchangeFor('acme/app', 'build-farm', token);
    expect(answer.status).toBe(200);
    expect(tokenOf(answer).permissions).toEqual({ metadata: 'read', contents: 'read', packages: 'read' });
  });
});

describe('the organization as scope', () => {
  it('reads the policy repository, and covers the repositories that the policy names', async () => {
    const answer = await stack.exchangeFor('acme', 'release');
    expect(answer.status).toBe(200);
    const { app, infra } = stack.seed.repositories;
    expect(tokenOf(answer).repositoryIds).toEqual(new Set([app.id, infra.id]));
  });

  it('narrows to repositories that the caller names, among those of the policy', async () => {
    const answer = await stack.exchange({
      query: { scope: 'acme', identity: 'release', repositories: 'INFRA', permissions: 'contents:read' },
    });
    expect(tokenOf(answer).repositoryIds).toEqual(new Set([stack.seed.repositories.infra.id]));
    expect(tokenOf(answer).permissions).toEqual({ metadata: 'read', contents: 'read' });
  });

  it.each([
    { asked: 'more than the policy grants', query: { permissions: 'contents:write' } },
    { asked: 'a permission that the policy lacks', query: { permissions: 'contents:read,issues:read' } },
    { asked: 'another repository', query: { repositories: 'infra' } },
  ])('refuses $asked instead of cutting it silently', async ({ query }) => {
    const answer = await stack.exchange({ query: { scope: 'acme/app', identity: 'deploy', ...query } });
    expect([answer.status, answer.json.error, answer.json.code]).toEqual([403, 'permission_denied', 7]);
  });
});

describe('both forms of GitHub token', () => {
  it('hands on the long form of 2026 untouched, and revokes its own read token', async () => {
    stack.emulator.tokens.format = 'long';
    try {
      stack.addOwner('long-tokens', {
        repositories: {
          app: {
            '.github/chainguard/ci.sts.yaml': `issuer: ${stack.emulator.actionsIssuer.issuer}\nsubject: repo:acme/infra:ref:refs/heads/trunk\npermissions: { contents: read }\n`,
          },
        },
      });
      const answer = await stack.exchangeFor('long-tokens/app', 'ci');
      expect(answer.status).toBe(200);
      expect(String(answer.json.token).length).toBeGreaterThan(500);
      const { value } = tokenOf(answer);
      await eventually(() =>
        stack.emulator.tokens.all().every((one) => one.value.length < 500 || one.revoked || one.value === value),
      );
      expect((await stack.send({ method: 'POST', path: '/sts/revoke', token: value })).status).toBe(204);
      expect(stack.emulator.tokens.findLive(value)).toBeUndefined();
    } finally {
      stack.emulator.tokens.format = 'short';
    }
  });
});
