import type { IncomingHttpHeaders } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OidcIssuer } from '../issuer/oidc-issuer.ts';
import { isJsonObject } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { LoopbackServer, readBody, sendJson } from '../loopback-server.ts';
import { seedWorld } from '../seed.ts';
import type { Seed } from '../seed.ts';
import { generateSigningKey } from '../signing-key.ts';
import { generateAppKeys } from './app-keys.ts';
import { signAppJwt } from './app-jwt.ts';
import { GitHubEmulator } from './emulator.ts';
import { symlink } from './git-objects.ts';
import { timestamp } from './representations.ts';

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: JsonObject;
  readonly list: readonly JsonObject[];
}

const actionsKey = generateSigningKey();
const privateKeyPem = generateAppKeys().pkcs1Pem;

let github: GitHubEmulator;
let seed: Seed;

beforeEach(async () => {
  github = await GitHubEmulator.start({ actionsKey });
  seed = seedWorld(github, { oidcIssuer: 'https://issuer.example.com', privateKeyPem });
});

afterEach(async () => {
  await github.close();
});

async function call(
  method: string,
  path: string,
  credentials?: string,
  body?: Json,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(github.url + path, {
    method,
    redirect: 'manual',
    headers: {
      'user-agent': 'emulator-test',
      ...(credentials === undefined ? {} : { authorization: `Bearer ${credentials}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = (text === '' ? {} : JSON.parse(text)) as Json;
  return {
    status: response.status,
    headers: response.headers,
    body: isJsonObject(json) ? json : {},
    list: Array.isArray(json) ? (json as JsonObject[]) : [],
  };
}

/** A field that must be there, as it goes into a path or a header. */
function text(value: Json | undefined): string {
  if (typeof value !== 'string' && typeof value !== 'number') throw new Error('the answer lacks the field');
  return String(value);
}

const appJwt = (claims = {}): string => signAppJwt(seed.app, github.clock, claims);

async function mint(body: JsonObject = {}, installation = seed.installations.organization.id): Promise<Answer> {
  return call('POST', `/app/installations/${installation}/access_tokens`, appJwt(), body);
}

async function token(body: JsonObject = {}): Promise<string> {
  return text((await mint(body)).body.token);
}

async function graphql(credentials: string, query: string, variables: JsonObject = {}): Promise<Answer> {
  return call('POST', '/graphql', credentials, { query, variables });
}

describe('an App that identifies itself', () => {
  it('is known by its JWT', async () => {
    const answer = await call('GET', '/app', appJwt());
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ id: seed.app.id, slug: 'acme-sts' });
    expect(github.violations).toEqual([]);
  });

  it.each([
    ['expires more than ten minutes ahead', { exp: Math.floor(Date.now() / 1000) + 700 }, 'too far in the future'],
    ['has expired', { exp: Math.floor(Date.now() / 1000) - 1 }, 'must be a numeric value representing the future'],
    ['was issued in the future', { iat: Math.floor(Date.now() / 1000) + 120 }, "'Issued at' claim"],
    ['names no number as its issuer', { iss: 'acme' }, "'Issuer' claim"],
    ['names an unknown client ID', { iss: 'Iv23liZZZZZZZZZZZZZZ' }, "'Issuer' claim"],
  ])('is refused when its JWT %s', async (_, claims, message) => {
    const answer = await call('GET', '/app', appJwt(claims));
    expect(answer.status).toBe(401);
    expect(answer.body.message).toContain(message);
  });

  it('is refused when another key signed its JWT', async () => {
    const stranger = github.world.addApp({ permissions: {} });
    const forged = signAppJwt(stranger, github.clock, { iss: String(seed.app.id) });
    const answer = await call('GET', '/app', forged);
    expect(answer.status).toBe(401);
    expect(answer.body.message).toBe('A JSON web token could not be decoded');
  });

  it('finds the installation of an organization under /users and, in any case of letters, under /orgs', async () => {
    expect((await call('GET', '/users/ACME/installation', appJwt())).body.id).toBe(8001);
    expect((await call('GET', '/orgs/acme/installation', appJwt())).body.id).toBe(8001);
    expect((await call('GET', '/users/octocat/installation', appJwt())).body.id).toBe(8002);
    expect((await call('GET', '/orgs/octocat/installation', appJwt())).status).toBe(404);
    expect(github.violations).toEqual([]);
  });

  it('does not see the installation of another App', async () => {
    const other = github.world.addApp({ permissions: { contents: 'read' } });
    const answer = await call('GET', '/app/installations/8001', signAppJwt(other, github.clock));
    expect(answer.status).toBe(404);
  });

  it('gets its key as PKCS#1 when it is made from a manifest', async () => {
    const code = github.manifestCode({ name: 'sts', default_permissions: { contents: 'read' } });
    const answer = await call('POST', `/app-manifests/${code}/conversions`);
    expect(answer.status).toBe(201);
    expect(answer.body.pem).toContain('BEGIN RSA PRIVATE KEY');
    expect((await call('POST', `/app-manifests/${code}/conversions`)).status).toBe(404);
    expect(github.violations).toEqual([]);
  });
});

describe('a minted token', () => {
  it('holds what was asked for, and metadata', async () => {
    github.clock.freeze(Date.UTC(2026, 10, 2));
    const answer = await mint({ repositories: ['app'], permissions: { contents: 'read' } });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      permissions: { contents: 'read', metadata: 'read' },
      repository_selection: 'selected',
      repositories: [{ id: 7001, full_name: 'acme/app' }],
      expires_at: '2026-11-02T01:00:00Z',
    });
    expect(answer.body.token).toMatch(/^ghs_[A-Za-z0-9]{36}$/);
    expect(github.violations).toEqual([]);
  });

  it('has about 520 characters and dots in the newer form', async () => {
    github.tokens.format = 'long';
    const value = await token();
    expect(value).toMatch(/^ghs_424242_[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(value.length).toBeGreaterThan(500);
    expect((await call('GET', '/repos/acme/app', value)).status).toBe(200);
  });

  it.each([
    ['enabled', /^ghs_424242_[\w-]+\.[\w-]+\.[\w-]+$/],
    ['disabled', /^ghs_[A-Za-z0-9]{36}$/],
    ['true', /^ghs_[A-Za-z0-9]{36}$/],
  ])('has the form that its request asks for, where that is %s', async (value, form) => {
    const headers = { 'X-GitHub-Stateless-S2S-Token': value };
    const path = `/app/installations/${seed.installations.organization.id}/access_tokens`;
    const body = { permissions: { contents: 'read' } };
    expect((await call('POST', path, appJwt(), body, headers)).body.token).toMatch(form);
  });

  it.each([{}, { permissions: {} }])('holds everything the App has when asked with %j', async (body) => {
    const answer = await mint(body);
    expect(answer.body.permissions).toEqual({ metadata: 'read', ...seed.app.permissions });
    expect(answer.body.repositories).toBeUndefined();
  });

  it.each([
    ['a repository of somebody else', { repositories: ['hello-world'] }, 'does not exist or is not accessible'],
    [
      'a permission that the installation lacks',
      { permissions: { secrets: 'read' } },
      'not granted to this installation',
    ],
    [
      'a higher level than the installation has',
      { permissions: { actions: 'write' } },
      'not granted to this installation',
    ],
    ['over 500 repositories', { repositories: Array<string>(501).fill('app') }, 'No more than 500 items'],
  ])('is refused for %s', async (_, body, message) => {
    const answer = await mint(body);
    expect(answer.status).toBe(422);
    expect(answer.body.message).toContain(message);
    expect(github.violations).toEqual([]);
  });

  it('is refused while the installation is suspended', async () => {
    github.world.suspend(seed.installations.organization);
    expect((await mint()).status).toBe(403);
  });

  it('ends after an hour, and when it is revoked', async () => {
    const [aging, revoked] = [await token(), await token()];
    expect((await call('DELETE', '/installation/token', revoked)).status).toBe(204);
    expect((await call('DELETE', '/installation/token', revoked)).body.message).toBe('Bad credentials');
    expect((await call('GET', '/repos/acme/app', aging)).status).toBe(200);
    github.clock.advance(3_600_000);
    expect((await call('GET', '/repos/acme/app', aging)).status).toBe(401);
    expect(github.tokens.live()).toEqual([]);
  });

  it('dies with its installation', async () => {
    const value = await token();
    github.world.uninstall(seed.installations.organization);
    expect((await call('GET', '/repos/acme/app', value)).status).toBe(401);
  });

  it('can hold more than was asked when a fault says so', async () => {
    github.faults.add({
      kind: 'overgrant',
      permissions: { administration: 'write' },
      repositories: ['acme/infra'],
      times: 1,
    });
    const answer = await mint({ repositories: ['app'], permissions: { contents: 'read' } });
    expect(answer.body.permissions).toMatchObject({ administration: 'write' });
    expect(answer.body.repositories).toHaveLength(2);
  });
});

describe('what a token reaches', () => {
  it('hides a private repository that it does not cover', async () => {
    const value = await token({ repositories: ['app'] });
    expect((await call('GET', '/repos/acme/infra', value)).status).toBe(404);
    expect((await call('GET', '/repos/acme/app/contents/README.md', value)).status).toBe(200);
  });

  it('refuses what its permissions do not allow, in GitHub’s words', async () => {
    const value = await token({ repositories: ['app'], permissions: { issues: 'read' } });
    const answer = await call('GET', '/repos/acme/app/contents/README.md', value);
    expect(answer.status).toBe(403);
    expect(answer.body.message).toBe('Resource not accessible by integration');
  });

  it('reads any public repository', async () => {
    const value = await token({ repositories: ['app'], permissions: { issues: 'read' } });
    expect((await call('GET', '/repos/octocat/hello-world/contents/README.md', value)).status).toBe(200);
    expect(
      (await call('POST', '/repos/octocat/hello-world/check-runs', value, { name: 'x', head_sha: 'x' })).status,
    ).toBe(403);
  });

  it('redirects from a former name to the repository’s id', async () => {
    const value = await token();
    github.world.renameRepository('acme/app', 'service');
    const moved = await call('GET', '/repos/acme/app/contents/README.md?ref=main', value);
    expect(moved.status).toBe(301);
    const location = new URL(String(moved.headers.get('location')));
    expect(location.pathname).toBe('/repositories/7001/contents/README.md');
    expect((await call('GET', location.pathname, value)).status).toBe(200);
    expect(github.violations).toEqual([]);
  });

  it('answers a conditional request with 304, which costs nothing', async () => {
    const value = await token();
    const first = await call('GET', '/repos/acme/app', value);
    const again = await call('GET', '/repos/acme/app', value, undefined, {
      'if-none-match': String(first.headers.get('etag')),
    });
    expect(again.status).toBe(304);
    expect(first.headers.get('x-ratelimit-remaining')).toBe('15000');
    expect((await call('GET', '/repos/acme/app', value)).headers.get('x-ratelimit-remaining')).toBe('14999');
  });

  it('has its contents at the root and under /api/v3', async () => {
    const value = await token();
    const answer = await call('GET', '/api/v3/repos/acme/app/contents/.github/chainguard', value);
    expect(answer.list.map((entry) => entry.name)).toContain('deploy.sts.yaml');
    expect(answer.list[0]?.url).toContain('/api/v3/repos/acme/app/contents/');
  });

  it('gets a symbolic link’s target where that is a file of the repository', async () => {
    github.world.commit('acme/app', { inner: symlink('README.md'), outer: symlink('../../etc/passwd') });
    const value = await token();
    expect((await call('GET', '/repos/acme/app/contents/inner', value)).body.type).toBe('file');
    expect((await call('GET', '/repos/acme/app/contents/outer', value)).body).toMatchObject({
      type: 'symlink',
      target: '../../etc/passwd',
    });
    expect(github.violations).toEqual([]);
  });
});

describe('lists', () => {
  const files = Object.fromEntries(
    Array.from({ length: 45 }, (_, index) => [`notes/${String(index).padStart(2, '0')}.md`, `${index}\n`]),
  );

  it('show a pull request’s files thirty at a time, with the next page in Link', async () => {
    const pull = github.world.openPullRequest({ repository: 'acme/app', branch: 'notes', files });
    const value = await token();
    const first = await call('GET', `/repos/acme/app/pulls/${pull.number}/files`, value);
    expect(first.list).toHaveLength(30);
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    const second = await call('GET', new URL(next).pathname + new URL(next).search, value);
    expect(second.list).toHaveLength(15);
    expect(second.headers.get('link')).not.toContain('rel="next"');
    expect(github.violations).toEqual([]);
  });

  it('compare a fork’s pull request against the merge base', async () => {
    const fork = github.world.fork('acme/app', 'octocat');
    const pull = github.world.openPullRequest({
      repository: 'acme/app',
      headRepository: fork,
      branch: 'fix',
      files: { 'new.md': 'x\n' },
    });
    github.world.commit('acme/app', { 'meanwhile.md': 'y\n' });
    const answer = await call('GET', `/repos/acme/app/compare/main...${pull.head.sha}`, await token());
    expect(answer.body).toMatchObject({
      status: 'diverged',
      ahead_by: 1,
      behind_by: 1,
      files: [{ filename: 'new.md', status: 'added' }],
    });
    expect(github.violations).toEqual([]);
  });

  it('show a rename as one file with its former name', async () => {
    github.world.commit('acme/app', { 'README.md': null, 'READ.md': '# app\n' }, { branch: 'rename' });
    const answer = await call('GET', '/repos/acme/app/commits/rename', await token());
    expect(answer.body.files).toMatchObject([
      { filename: 'READ.md', previous_filename: 'README.md', status: 'renamed' },
    ]);
    expect(github.violations).toEqual([]);
  });
});

describe('check runs', () => {
  const annotation = { path: 'a', start_line: 1, end_line: 1, annotation_level: 'failure', message: 'm' };
  const run = (annotations: number): JsonObject => ({
    name: 'Trust Policy Validation',
    head_sha: github.world.head('acme/app') ?? '',
    status: 'completed',
    conclusion: 'failure',
    output: { title: 't', summary: 's', annotations: Array<JsonObject>(annotations).fill(annotation) },
  });

  it('take fifty annotations a request, and append those of an update', async () => {
    const value = await token({ permissions: { checks: 'write' } });
    const created = await call('POST', '/repos/acme/app/check-runs', value, run(50));
    expect(created.status).toBe(201);
    await call('PATCH', `/repos/acme/app/check-runs/${text(created.body.id)}`, value, {
      output: run(7).output ?? {},
    });
    expect(github.world.checkRuns('acme/app')[0]?.annotations).toHaveLength(57);
    const tooMany = await call('POST', '/repos/acme/app/check-runs', value, run(51));
    expect(tooMany.status).toBe(422);
    expect(tooMany.body.message).toContain('No more than 50 items are allowed; 51 were supplied');
    expect(github.violations).toEqual([]);
  });

  it('are found by name and App', async () => {
    const value = await token({ permissions: { checks: 'write' } });
    await call('POST', '/repos/acme/app/check-runs', value, run(0));
    const found = await call(
      'GET',
      `/repos/acme/app/commits/main/check-runs?check_name=Trust%20Policy%20Validation&app_id=${seed.app.id}`,
      value,
    );
    expect(found.body.total_count).toBe(1);
    expect((await call('GET', '/repos/acme/app/commits/main/check-runs?app_id=1', value)).body.total_count).toBe(0);
    expect(github.violations).toEqual([]);
  });

  it('may be updated only by the App that made them', async () => {
    const created = await call('POST', '/repos/acme/app/check-runs', await token(), run(0));
    const other = github.world.addApp({ permissions: { checks: 'write' } });
    const installation = github.world.install(other, 'acme');
    const minted = await call(
      'POST',
      `/app/installations/${installation.id}/access_tokens`,
      signAppJwt(other, github.clock),
      {},
    );
    const answer = await call('PATCH', `/repos/acme/app/check-runs/${text(created.body.id)}`, text(minted.body.token), {
      name: 'mine',
    });
    expect(answer.status).toBe(403);
  });

  it('need the permission to write checks', async () => {
    const value = await token({ permissions: { checks: 'read' } });
    expect((await call('POST', '/repos/acme/app/check-runs', value, run(0))).status).toBe(403);
  });
});

describe('GraphQL', () => {
  const FOLDER = `query ($owner: String!, $name: String!, $follow: Boolean!) {
    repository(owner: $owner, name: $name, followRenames: $follow) {
      databaseId
      owner { login ... on User { databaseId } ... on Organization { databaseId } }
      object(expression: "HEAD:.github/chainguard") {
        ... on Tree { entries { name mode type object { ... on Blob { text isBinary isTruncated byteSize } } } }
      }
    }
  }`;
  const variables = { owner: 'acme', name: 'infra', follow: false };

  it('reads a folder of the default branch in one request', async () => {
    const answer = await graphql(await token(), FOLDER, variables);
    expect(answer.body).toMatchObject({
      data: {
        repository: {
          databaseId: 7002,
          owner: { databaseId: 9_919_001 },
          object: {
            entries: [
              { name: 'plan.sts.yaml', mode: 0o100644, type: 'blob', object: { isBinary: false, isTruncated: false } },
            ],
          },
        },
      },
    });
    expect(answer.headers.get('x-ratelimit-resource')).toBe('graphql');
    expect(github.violations).toEqual([]);
  });

  it('tells a missing and an invisible repository alike', async () => {
    const value = await token({ repositories: ['app'] });
    const query =
      '{ hidden: repository(owner: "acme", name: "infra") { id } gone: repository(owner: "acme", name: "nope") { id } }';
    const answer = await graphql(value, query);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      data: { hidden: null, gone: null },
      errors: [
        {
          type: 'NOT_FOUND',
          path: ['hidden'],
          message: "Could not resolve to a Repository with the name 'acme/infra'.",
        },
        { type: 'NOT_FOUND', path: ['gone'], message: "Could not resolve to a Repository with the name 'acme/nope'." },
      ],
    });
  });

  it('forbids the contents of a private repository to a token without that permission', async () => {
    const answer = await graphql(await token({ permissions: { issues: 'read' } }), FOLDER, variables);
    expect(answer.body).toMatchObject({ data: { repository: { object: null } }, errors: [{ type: 'FORBIDDEN' }] });
  });

  it('follows a rename only when it is told to', async () => {
    github.world.renameRepository('acme/infra', 'platform');
    const value = await token();
    expect((await graphql(value, FOLDER, variables)).body).toMatchObject({
      data: { repository: null },
      errors: [{ type: 'NOT_FOUND' }],
    });
    expect((await graphql(value, FOLDER, { ...variables, follow: true })).body).toMatchObject({
      data: { repository: { databaseId: 7002 } },
    });
  });

  it('shows a symbolic link by its mode, a binary file and a cut one by their flags', async () => {
    const folder = '.github/chainguard';
    github.world.commit('acme/infra', {
      [`${folder}/a-link`]: symlink('plan.sts.yaml'),
      [`${folder}/b-binary`]: '\0\u0001',
      [`${folder}/c-large`]: 'x'.repeat(600_000),
    });
    const answer = await graphql(await token(), FOLDER, variables);
    const blobs = JSON.stringify(answer.body.data);
    expect(blobs).toContain('"mode":40960');
    expect(blobs).toContain('"text":null,"isBinary":true');
    expect(blobs).toContain('"isTruncated":true,"byteSize":600000');
    expect(github.violations).toEqual([]);
  });

  it('answers an exhausted limit with status 200', async () => {
    const value = await token();
    github.limits.set({ installation: 8001 }, { remaining: 0 }, 'graphql');
    const answer = await graphql(value, FOLDER, variables);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(answer.body).toMatchObject({ errors: [{ type: 'RATE_LIMITED' }] });
  });

  it('records a query that GitHub’s schema does not allow', async () => {
    const answer = await graphql(await token(), '{ repository(owner: "acme", name: "app") { policies } }');
    expect(answer.status).toBe(500);
    expect(github.violations[0]).toContain('Cannot query field "policies"');
  });
});

describe('what GitHub’s description does not allow', () => {
  it.each([
    [
      'an unknown field of a body',
      'POST',
      '/app/installations/8001/access_tokens',
      { repository: ['app'] },
      'knows no field repository',
    ],
    [
      'a value of the wrong type',
      'POST',
      '/app/installations/8001/access_tokens',
      { repositories: 'app' },
      'must be array',
    ],
    ['an unknown parameter', 'GET', '/app?fields=id', undefined, 'no query parameter fields'],
    ['an unknown path', 'GET', '/app/webhooks', undefined, 'has no GET /app/webhooks'],
  ])('is recorded and answered 500: %s', async (_, method, path, body, message) => {
    const answer = await call(method, path, appJwt(), body);
    expect(answer.status).toBe(500);
    expect(github.violations.join()).toContain(message);
  });

  it('is no level that a permission does not have: policies may name one, and GitHub refuses it itself', async () => {
    const body = { permissions: { contents: 'admin' } };
    const answer = await call('POST', '/app/installations/8001/access_tokens', appJwt(), body);
    expect(answer.status).toBe(422);
    expect(github.violations).toEqual([]);
  });

  it('is recorded when an answer is off, too', async () => {
    seed.app.permissions = { contents: 'everything' } as never;
    Object.assign(seed.repositories.app, { defaultBranch: 42 });
    expect((await call('GET', '/repos/acme/app', await token())).status).toBe(500);
    expect(github.violations.join()).toContain('/default_branch must be string');
  });

  it('includes a request without User-Agent and an unknown API version', async () => {
    expect((await fetch(`${github.url}/app`, { headers: { 'user-agent': '' } })).status).toBe(403);
    expect((await call('GET', '/app', appJwt(), undefined, { 'x-github-api-version': '2021-01-01' })).status).toBe(400);
    expect((await call('GET', '/app', appJwt(), undefined, { 'x-github-api-version': '2026-03-10' })).status).toBe(200);
  });
});

describe('faults', () => {
  it('are used as often as they say, for what they match', async () => {
    github.faults.add({ kind: 'respond', status: 502, match: { operation: 'apps/get-authenticated' }, times: 2 });
    const statuses = [];
    for (let turn = 0; turn < 3; turn += 1) statuses.push((await call('GET', '/app', appJwt())).status);
    expect(statuses).toEqual([502, 502, 200]);
    expect(github.count({ operation: 'apps/get-authenticated', status: 502 })).toBe(2);
  });

  it.each(['before-headers', 'mid-body'] as const)('cut the connection %s', async (when) => {
    github.faults.add({ kind: 'reset', when, match: { path: '/app' } });
    await expect(call('GET', '/app', appJwt())).rejects.toThrow();
  });

  it('never answer, until the client gives up', async () => {
    github.faults.add({ kind: 'hang' });
    const signal = AbortSignal.timeout(100);
    await expect(fetch(`${github.url}/app`, { signal })).rejects.toThrow();
    expect(github.requests[0]?.status).toBe(0);
  });

  it.each([{ kind: 'truncate' }, { kind: 'wrong-json' }] as const)('spoil the JSON with %j', async (fault) => {
    github.faults.add(fault);
    await expect(call('GET', '/app', appJwt())).rejects.toThrow(SyntaxError);
  });

  it('make an answer large, late or another address', async () => {
    github.faults.add({ kind: 'oversize', bytes: 2_000_000, times: 1 });
    expect(JSON.stringify((await call('GET', '/app', appJwt())).body).length).toBeGreaterThan(2_000_000);
    github.faults.add({ kind: 'delay', ms: 60, times: 1 });
    const start = performance.now();
    await call('GET', '/app', appJwt());
    expect(performance.now() - start).toBeGreaterThanOrEqual(55);
    github.faults.add({ kind: 'redirect', location: 'http://127.0.0.1:1/', times: 1 });
    expect((await call('GET', '/app', appJwt())).headers.get('location')).toBe('http://127.0.0.1:1/');
  });

  it('play the primary limit with and without its headers, and the secondary one', async () => {
    github.faults.add({ kind: 'primary-limit', times: 1 });
    expect((await call('GET', '/app', appJwt())).headers.get('x-ratelimit-remaining')).toBe('0');
    github.faults.add({ kind: 'primary-limit', headers: false, times: 1 });
    expect((await call('GET', '/app', appJwt())).headers.get('x-ratelimit-remaining')).toBeNull();
    github.faults.add({ kind: 'secondary-limit', status: 429, retryAfterSeconds: 30, times: 1 });
    const answer = await call('GET', '/app', appJwt());
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '30']);
  });

  it('add GraphQL errors to a partial answer', async () => {
    const value = await token();
    github.faults.add({
      kind: 'graphql-errors',
      errors: [{ type: 'SOMETHING_ELSE', path: ['repository', 'name'] }],
      match: { operation: 'graphql' },
    });
    const answer = await graphql(value, '{ repository(owner: "acme", name: "app") { name databaseId } }');
    expect(answer.body).toMatchObject({
      data: { repository: { name: null, databaseId: 7001 } },
      errors: [{ type: 'SOMETHING_ELSE' }],
    });
  });

  it('exhaust a quota for real', async () => {
    const value = await token();
    github.limits.set({ installation: 8001 }, { limit: 5000, remaining: 1, resetInSeconds: 60 });
    expect((await call('GET', '/repos/acme/app', value)).status).toBe(200);
    const limited = await call('GET', '/repos/acme/app', value);
    expect(limited.status).toBe(403);
    expect(limited.body.message).toBe('API rate limit exceeded for installation ID 8001.');
    github.clock.advance(61_000);
    expect((await call('GET', '/repos/acme/app', value)).status).toBe(200);
  });
});

describe('the Actions issuer', () => {
  it('signs tokens that its own keys prove', async () => {
    const { createRemoteJWKSet, jwtVerify } = await import('jose');
    const signed = github.actionsIssuer.sign({
      repository: 'acme/app',
      audience: 'sts.example.com',
      environment: 'production',
    });
    const keys = createRemoteJWKSet(new URL(`${github.actionsIssuer.issuer}/.well-known/jwks`));
    const { payload } = await jwtVerify(signed, keys, {
      issuer: github.actionsIssuer.issuer,
      audience: 'sts.example.com',
    });
    expect(payload).toMatchObject({
      sub: 'repo:acme/app:environment:production',
      repository_id: '7001',
      repository_owner_id: '9919001',
    });
    expect(github.actionsIssuerHits.jwks).toBe(1);
  });

  it('writes the immutable subject with both ids', () => {
    const claims = github.actionsIssuer.claims({ repository: 'acme/infra', immutableSubject: true });
    expect(claims.sub).toBe('repo:acme@9919001/infra@7002:ref:refs/heads/trunk');
  });
});

describe('webhooks', () => {
  let receiver: LoopbackServer;
  let received: { headers: IncomingHttpHeaders; body: string }[];

  beforeEach(async () => {
    received = [];
    receiver = await LoopbackServer.listen();
    receiver.serve(async (request, response) => {
      received.push({ headers: request.headers, body: (await readBody(request)).toString('utf8') });
      sendJson(response, 202, {});
    });
    seed.app.webhookUrl = `${receiver.origin}/webhook`;
  });

  afterEach(async () => {
    await receiver.close();
  });

  it('are signed and headed as GitHub does it', async () => {
    const { verify } = await import('@octokit/webhooks-methods');
    github.world.commit('acme/app', { 'a.md': 'a\n' });
    await github.webhooks.settled();
    const { headers, body } = received[0] ?? { headers: {}, body: '' };
    expect(headers).toMatchObject({
      'x-github-event': 'push',
      'x-github-hook-installation-target-id': String(seed.app.id),
      'user-agent': expect.stringMatching(/^GitHub-Hookshot\//),
    });
    expect(await verify(seed.app.webhookSecret, body, String(headers['x-hub-signature-256']))).toBe(true);
    expect(github.webhooks.deliveries[0]).toMatchObject({ event: 'push', status: 202 });
  });

  it('can be forged for hostile tests', async () => {
    const payload = github.webhooks.payloads.ping(seed.app);
    const options = { url: receiver.origin, secret: 's', contentType: 'form' } as const;
    await github.webhooks.deliver('ping', payload, { ...options, signature: 'none' });
    await github.webhooks.deliver('ping', payload, { ...options, signature: 'sha1-only' });
    expect(received.map(({ headers }) => ['x-hub-signature' in headers, 'x-hub-signature-256' in headers])).toEqual([
      [false, false],
      [true, false],
    ]);
    expect(received[0]?.body).toMatch(/^payload=%7B/);
  });

  it('follow a push and a pull request by themselves', async () => {
    github.world.openPullRequest({ repository: 'acme/app', branch: 'topic', files: { 'a.md': 'a\n' } });
    await github.webhooks.settled();
    expect(github.webhooks.deliveries.map((one) => one.event)).toEqual(['push', 'check_suite', 'pull_request']);
    expect(github.webhooks.deliveries[0]?.payload).toMatchObject({
      ref: 'refs/heads/topic',
      created: true,
      commits: [{ added: ['a.md'], removed: [], modified: [] }],
      repository: { id: 7001, owner: { id: 9_919_001 } },
      installation: { id: 8001 },
    });
    expect(github.webhooks.deliveries[1]?.payload).toMatchObject({
      action: 'requested',
      check_suite: { before: '0'.repeat(40) },
    });
  });

  it('list at most twenty commits of a push', async () => {
    github.world.commitSeries(
      'acme/app',
      Array.from({ length: 25 }, (_, index) => ({ [`${index}.md`]: 'x' })),
    );
    await github.webhooks.settled();
    expect(github.webhooks.deliveries[0]?.payload.commits).toHaveLength(20);
  });

  it('tell the former name of a repository that was renamed', async () => {
    github.world.renameRepository('acme/app', 'service');
    await github.webhooks.settled();
    expect(github.webhooks.deliveries[0]?.payload).toMatchObject({
      action: 'renamed',
      changes: { repository: { name: { from: 'app' } } },
      repository: { name: 'service' },
    });
  });
});

describe('the control of a running server', () => {
  async function control(command: string, input: JsonObject = {}): Promise<JsonObject> {
    const response = await fetch(`${github.url}/_control/${command}`, { method: 'POST', body: JSON.stringify(input) });
    return await response.json<JsonObject>();
  }

  it('commits, opens a pull request, signs a token and shows what happened', async () => {
    const { sha } = await control('commit', { repository: 'acme/app', files: { 'x.md': 'x\n' } });
    expect(github.world.head('acme/app')).toBe(sha);
    expect(
      await control('pull-request', { repository: 'acme/app', branch: 'p', files: { 'y.md': 'y\n' } }),
    ).toMatchObject({ number: 1 });
    expect((await control('actions-token', { repository: 'acme/app', audience: 'x' })).token).toMatch(
      /^[\w-]+\.[\w-]+\.[\w-]+$/,
    );
    await control('add-fault', { kind: 'respond', status: 503, match: { pathPattern: '^/app' }, times: 1 });
    expect((await call('GET', '/app', appJwt())).status).toBe(503);
    expect(await control('counters')).toMatchObject({ total: 1, byOperation: { 'apps/get-authenticated': 1 } });
    expect(await control('commit', { repository: 'acme/nope', files: {} })).toMatchObject({
      error: 'there is no repository acme/nope',
    });
  });
});

describe('the seed', () => {
  it('names the two issuers in its policies', async () => {
    const issuer = await OidcIssuer.start();
    const other = await GitHubEmulator.start({ actionsKey });
    seedWorld(other, { oidcIssuer: issuer.issuer, privateKeyPem });
    const policies = [...other.world.snapshot(other.world.head('acme/app')).keys()].filter((path) =>
      path.endsWith('.sts.yaml'),
    );
    expect(policies).toHaveLength(4);
    await Promise.all([issuer.close(), other.close()]);
  });

  it('writes times without fractions, as GitHub does', () => {
    expect(timestamp(0)).toBe('1970-01-01T00:00:00Z');
  });
});
