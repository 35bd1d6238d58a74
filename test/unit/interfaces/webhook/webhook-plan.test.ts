import { describe, expect, test } from '@jest/globals';
import { planFor, type WebhookPlan } from '../../../../src/interfaces/webhook/webhook-plan.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const NONE = '0'.repeat(40);
const REPOSITORY = { id: 7, name: 'app', owner: { login: 'acme' }, default_branch: 'trunk' };
const COMMON = { repository: REPOSITORY, installation: { id: 8 }, sender: { login: 'octocat', type: 'User' } };
const POLICY = '.github/chainguard/x.sts.yaml';

function plan(event: string, payload: object, checkEveryPullRequest = false): WebhookPlan {
  return planFor(
    event,
    { ...COMMON, ...payload },
    { appId: '1', orgPolicyRepository: '.github', checkEveryPullRequest },
  );
}

function push(change: object = {}, branch = 'trunk'): WebhookPlan {
  const commits = [{ added: [], modified: ['README.md'], removed: [] }];
  return plan('push', { ref: `refs/heads/${branch}`, before: A, after: B, forced: false, commits, ...change });
}

const full = Array.from({ length: 20 }, () => ({ added: [], modified: [], removed: [] }));

describe('a push to the default branch', () => {
  test.each<[title: string, change: object]>([
    ['adds a policy', { commits: [{ added: [POLICY], modified: [], removed: [] }] }],
    ['removes one', { commits: [{ added: [], modified: [], removed: [POLICY] }] }],
    ['changes anything in the folder', { commits: [{ added: [], modified: ['.github/chainguard/a/b'], removed: [] }] }],
    ['replaces the folder', { commits: [{ added: ['.github'], modified: [], removed: [] }] }],
    ['is forced', { forced: true }],
    ['lists as many commits as fit', { commits: full }],
    ['lists a commit without its files', { commits: [{ id: A }] }],
    ['lists no commit', { commits: [] }],
    ['makes the branch', { before: NONE }],
    ['deletes the branch', { after: NONE, commits: [] }],
  ])('refreshes where it %s', (_, change) => {
    expect(push(change).change).toMatchObject({ kind: 'pushed' });
    expect(push(change, 'topic').change).toBeUndefined();
  });

  test('leaves the cache alone where it lists all of its files, and none is a policy', () => {
    expect(push().change).toBeUndefined();
    expect(push({ commits: [{ added: ['.github/chainguardian'], modified: [], removed: [] }] }).change).toBeUndefined();
  });
});

describe('a push', () => {
  test.each<[title: string, change: object, branch: string, changes: object[]]>([
    ['that lists its files needs no list', {}, 'topic', []],
    ['of many commits is compared with what was there', { commits: full }, 'topic', [{ kind: 'since', base: A }]],
    [
      'of many commits to a new branch with the default one',
      { commits: full, before: NONE },
      'topic',
      [{ kind: 'since', base: 'trunk' }],
    ],
    [
      'of many commits that founds the default branch is new',
      { commits: full, before: NONE },
      'trunk',
      [{ kind: 'everything' }],
    ],
    [
      'of a merge queue is compared with its base',
      { before: NONE },
      `gh-readonly-queue/trunk/pr-1-${A}`,
      [{ kind: 'since', base: A }],
    ],
  ])('%s', (_, change, branch, changes) => {
    expect(push(change, branch).validation).toMatchObject({ commit: B, changes });
  });

  test('of a tag, or that deletes a branch, is not judged', () => {
    expect(push({ ref: 'refs/tags/v1' })).toEqual({});
    expect(push({ after: NONE }).validation).toBeUndefined();
  });
});

describe('a pull request', () => {
  const pull_request = { number: 3, head: { sha: B }, base: { sha: A, repo: { id: 7 } } };

  test.each(['opened', 'synchronize', 'reopened'])('that is %s is judged', (action) => {
    expect(plan('pull_request', { action, pull_request }, true).validation).toEqual({
      source: { appId: '1', installationId: 8, owner: 'acme', repository: 'app' },
      commit: B,
      paths: [],
      changes: [{ kind: 'pull_request', number: 3, base: A }],
      evenUnchanged: true,
      again: false,
    });
  });

  test.each(['closed', 'labeled', 'edited', undefined])('that is %s is not', (action) => {
    expect(plan('pull_request', { action, pull_request })).toEqual({});
  });
});

describe('a check suite', () => {
  const pulls = [
    { number: 3, base: { sha: A, repo: { id: 7 } } },
    { number: 4, base: { sha: A, repo: { id: 99 } } },
  ];
  const suite = (change: object, action = 'requested', rest: object = {}): WebhookPlan =>
    plan('check_suite', { action, check_suite: { head_sha: B, before: A, head_branch: 'topic', ...change }, ...rest });

  test('is judged by its range and by its pull requests of this repository', () => {
    expect(suite({ pull_requests: pulls }).validation?.changes).toEqual([
      { kind: 'since', base: A },
      { kind: 'pull_request', number: 3, base: A },
    ]);
  });

  test('of a new branch is judged by its pull requests alone, and not without', () => {
    expect(suite({ before: NONE, pull_requests: pulls }).validation?.changes).toHaveLength(1);
    expect(suite({ before: NONE })).toEqual({});
    expect(suite({ before: null })).toEqual({});
    expect(suite({ before: NONE, head_branch: 'trunk' }).validation?.changes).toEqual([{ kind: 'everything' }]);
  });

  test('of a bot, or that is completed, is ignored', () => {
    expect(suite({}, 'rerequested', { sender: { login: 'x[bot]', type: 'Bot' } })).toEqual({});
    expect(suite({}, 'completed')).toEqual({});
  });

  test('that is rerequested is judged again', () => {
    expect(suite({}, 'rerequested').validation).toMatchObject({ again: true });
    expect(suite({}).validation).toMatchObject({ again: false });
  });

  test('of a check run that is rerequested is judged again even without a list', () => {
    const check_run = { check_suite: { head_sha: B, before: NONE, head_branch: null, pull_requests: [] } };
    expect(plan('check_run', { action: 'rerequested', check_run }).validation).toMatchObject({
      again: true,
      changes: [],
    });
    expect(plan('check_run', { action: 'completed', check_run })).toEqual({});
  });
});

describe('what is forgotten', () => {
  const account = { installation: { id: 8, account: { login: 'acme' } } };

  test('of an installation: it, and the repositories that the event names, up to fifty', () => {
    const repositories = Array.from({ length: 60 }, (_, n) => ({ name: `r${n}` }));
    const { change } = plan('installation', { action: 'deleted', repositories, ...account });
    expect(change).toMatchObject({ kind: 'moved', accounts: ['acme'] });
    expect(change?.kind === 'moved' ? change.repositories.length : 0).toBe(50);
    const removed = { action: 'removed', repositories_removed: [{ name: 'app' }, { name: '../x' }], ...account };
    expect(plan('installation_repositories', removed).change).toMatchObject({
      repositories: [{ owner: 'acme', name: 'app' }],
    });
  });

  test('of an account that was renamed: both names', () => {
    const payload = { action: 'renamed', account: { login: 'new' }, changes: { login: { from: 'old' } } };
    expect(plan('installation_target', payload).change).toMatchObject({ accounts: ['new', 'old'] });
  });

  test.each<[action: string, changes: object, names: string[]]>([
    ['renamed', { repository: { name: { from: 'was' } } }, ['acme/app', 'acme/was']],
    ['transferred', { owner: { from: { organization: { login: 'former' } } } }, ['acme/app', 'former/app']],
    ['transferred', { owner: { from: { user: { login: 'former' } } } }, ['acme/app', 'former/app']],
    ['deleted', {}, ['acme/app']],
    ['privatized', {}, ['acme/app']],
    ['publicized', {}, ['acme/app']],
    ['edited', { default_branch: { from: 'main' } }, ['acme/app']],
  ])('of a repository that was %s', (action, changes, names) => {
    const { change } = plan('repository', { action, changes });
    const repositories = change?.kind === 'moved' ? change.repositories : [];
    expect(repositories.map(({ owner, name }) => `${owner}/${name}`)).toEqual(names);
  });

  test('of a repository: nothing where its description was edited, the installation too where it holds the organization’s policies', () => {
    expect(plan('repository', { action: 'edited', changes: { description: { from: '' } } })).toEqual({});
    const changes = { repository: { name: { from: '.GitHub' } } };
    expect(plan('repository', { action: 'renamed', changes }).change).toMatchObject({ accounts: ['acme'] });
  });
});

test.each(['merge_group', 'issues', '', 'constructor', '__proto__'])('the event %s is nothing to us', (event) => {
  expect(plan(event, {})).toEqual({});
});
