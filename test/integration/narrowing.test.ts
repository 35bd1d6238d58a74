import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Answer } from '../support/local-stack.ts';
import { actionsPolicy, LocalStack, STS_DOMAIN } from '../support/local-stack.ts';

const FOLDER = '.github/chainguard';

let stack: LocalStack;

beforeAll(async () => {
  stack = await LocalStack.start();
  const actions = stack.emulator.actionsIssuer.issuer;
  stack.emulator.world.commit('acme/.github', {
    [`${FOLDER}/everywhere.sts.yaml`]: actionsPolicy(actions, ['permissions: { contents: read, issues: write }']),
    [`${FOLDER}/own.sts.yaml`]: ownRepositoryPolicy(actions),
    [`${FOLDER}/own-of-two.sts.yaml`]: ownRepositoryPolicy(actions, ['repositories: [app, .github]']),
    [`${FOLDER}/own-for-farm.sts.yaml`]: [
      `issuer: ${stack.issuer.issuer}`,
      "subject_pattern: '.+'",
      'caller_repository_only: true',
      'permissions: { contents: read }',
    ].join('\n'),
  });
});

beforeEach(() => {
  stack.resetCounters();
});

afterAll(async () => {
  await stack.close();
  expect(stack.emulator.violations).toEqual([]);
});

function ownRepositoryPolicy(issuer: string, lines: readonly string[] = []): string {
  return [
    `issuer: ${issuer}`,
    "subject_pattern: 'repo:[^:]+:ref:refs/heads/.+'",
    'caller_repository_only: true',
    'permissions: { contents: write }',
    ...lines,
  ].join('\n');
}

function mints(): unknown[] {
  return stack.emulator.requests
    .filter(({ operation, body }) => operation === 'apps/create-installation-access-token' && !isReadToken(body))
    .map(({ body }) => body);
}

/** The one with which the service reads policies. */
function isReadToken(body: unknown): boolean {
  const { permissions } = body as { permissions?: Record<string, string> };
  return JSON.stringify(permissions) === '{"contents":"read"}' && 'repositories' in (body as object);
}

function ask(
  scope: string,
  identity: string,
  narrowing: Record<string, string>,
  token = stack.actionsToken(),
): Promise<Answer> {
  return stack.exchange({ query: { scope, identity, ...narrowing }, token });
}

describe('a caller who asks for less', () => {
  it('gets exactly the permissions that it names', async () => {
    const answer = await ask('acme/app', 'deploy', { permissions: 'deployments:write' });
    expect(answer.status).toBe(200);
    expect(answer.json.permissions).toEqual({ metadata: 'read', deployments: 'write' });
    expect(mints()).toEqual([{ repository_ids: [7001], permissions: { deployments: 'write' } }]);
  });

  it('gets a lower level where it names one', async () => {
    const answer = await ask('acme/app', 'deploy', { permissions: 'contents:read, deployments:read' });
    expect(answer.json.permissions).toEqual({ metadata: 'read', contents: 'read', deployments: 'read' });
  });

  it('gets exactly the repositories that it names, of those that the policy names', async () => {
    const answer = await ask('acme', 'release', { repositories: 'INFRA' });
    expect(answer.status).toBe(200);
    expect(mints()).toEqual([{ repositories: ['INFRA'], permissions: { contents: 'write' } }]);
    const token = stack.emulator.tokens.findLive(String(answer.json.token));
    expect(token?.repositoryIds).toEqual(new Set([7002]));
  });

  it('gets exactly the repositories that it names where the policy covers them all', async () => {
    const answer = await ask('acme', 'everywhere', { repositories: 'app,infra', permissions: 'issues:read' });
    expect(answer.status).toBe(200);
    const token = stack.emulator.tokens.findLive(String(answer.json.token));
    expect(token?.repositoryIds).toEqual(new Set([7001, 7002]));
    expect(token?.permissions).toEqual({ metadata: 'read', issues: 'read' });
  });

  it('may name the one repository that a policy of a repository covers', async () => {
    expect((await ask('acme/app', 'deploy', { repositories: 'App' })).status).toBe(200);
    expect(mints()).toEqual([{ repository_ids: [7001], permissions: { contents: 'read', deployments: 'write' } }]);
  });
});

describe('a caller who asks for more', () => {
  const excesses: readonly (readonly [string, string, string, Record<string, string>])[] = [
    ['a permission that the policy does not grant', 'acme/app', 'deploy', { permissions: 'contents:read,issues:read' }],
    ['a higher level', 'acme/app', 'deploy', { permissions: 'contents:write' }],
    ['a permission that nobody knows', 'acme/app', 'deploy', { permissions: 'everything:read' }],
    ['another repository beside a granted one', 'acme', 'release', { repositories: 'app,.github' }],
    ['another repository than the scope', 'acme/app', 'deploy', { repositories: 'infra' }],
    ['a repository that is not there', 'acme', 'release', { repositories: 'no-such' }],
  ];

  it.each(excesses)('is refused %s, and nothing is minted', async (_, scope, identity, narrowing) => {
    const answer = await ask(scope, identity, narrowing);
    expect(answer.status).toBe(403);
    expect(answer.json).toMatchObject({ error: 'permission_denied', code: 7 });
    expect(mints()).toEqual([]);
  });
});

describe('a caller who asks for nothing', () => {
  const nothings: readonly (readonly [string, Record<string, string>])[] = [
    ['no permission', { permissions: '' }],
    ['commas instead of permissions', { permissions: ',' }],
    ['a permission without a level', { permissions: 'contents' }],
    ['no repository', { repositories: '' }],
    ['a repository with an owner', { repositories: 'acme/app' }],
  ];

  it.each(nothings)('is told that %s is no request, before anything is asked of GitHub', async (_, narrowing) => {
    const answer = await ask('acme/app', 'deploy', narrowing);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ error: 'invalid_request', code: 3 });
    expect(stack.emulator.count()).toBe(0);
  });

  it('is refused two different narrowings at once', async () => {
    const query = 'scope=acme/app&identity=deploy&permissions=contents:read&permissions=deployments:read';
    expect((await stack.exchange({ query })).status).toBe(400);
  });
});

describe('a policy with caller_repository_only', () => {
  it('gives each caller its own repository, by the id that its token names', async () => {
    const fromInfra = await ask('acme', 'own', {});
    const fromApp = await ask('acme', 'own', {}, stack.actionsToken({ repository: 'acme/app' }));
    expect([fromInfra.status, fromApp.status]).toEqual([200, 200]);
    expect(mints()).toEqual([
      { repository_ids: [7002], permissions: { contents: 'write' } },
      { repository_ids: [7001], permissions: { contents: 'write' } },
    ]);
  });

  it('goes by the id where the repository was renamed after its token was issued', async () => {
    const { world } = stack.emulator;
    const repository = world.addRepository({ owner: 'acme', name: 'before', files: { 'README.md': '' } });
    const token = stack.actionsToken({ repository: 'acme/before' });
    world.renameRepository(repository, 'after');
    world.addRepository({ owner: 'acme', name: 'before', files: { 'README.md': 'another one' } });
    expect((await ask('acme', 'own', {}, token)).status).toBe(200);
    expect(mints()).toMatchObject([{ repository_ids: [repository.id] }]);
  });

  it('refuses callers of another owner, however their subject reads', async () => {
    const answer = await ask('acme', 'own', {}, stack.actionsToken({ repository: 'octocat/hello-world' }));
    expect(answer.status).toBe(403);
    expect(answer.json).toMatchObject({ error: 'permission_denied' });
    expect(mints()).toEqual([]);
  });

  it('refuses another issuer that claims to speak of a repository of the owner', async () => {
    const claims = { repository: 'acme/app', repository_id: '7001', repository_owner_id: '9919001' };
    const token = stack.issuer.sign({ sub: 'somebody', aud: STS_DOMAIN, ...claims });
    expect((await ask('acme', 'own-for-farm', {}, token)).status).toBe(403);
    expect(mints()).toEqual([]);
  });

  it.each([
    ['missing', undefined],
    ['no number', '7001x'],
    ['zero', '0'],
    ['of another type', 7001],
  ])('refuses a token whose repository id is %s', async (_, id) => {
    const token = stack.actionsToken({ claims: { repository_id: id } });
    expect((await ask('acme', 'own', {}, token)).status).toBe(403);
    expect(mints()).toEqual([]);
  });

  it('gives the repositories that it lists no more than themselves', async () => {
    const listed = await ask('acme', 'own-of-two', {}, stack.actionsToken({ repository: 'acme/app' }));
    const other = await ask('acme', 'own-of-two', {});
    expect([listed.status, other.status]).toEqual([200, 403]);
    expect(mints()).toMatchObject([{ repository_ids: [7001] }]);
  });

  it('can be narrowed in permissions, and to no other repository', async () => {
    const narrowed = await ask('acme', 'own', { permissions: 'contents:read', repositories: 'infra' });
    const other = await ask('acme', 'own', { repositories: 'app' });
    expect([narrowed.status, other.status]).toEqual([200, 403]);
    expect(mints()).toEqual([{ repository_ids: [7002], permissions: { contents: 'read' } }]);
  });
});
