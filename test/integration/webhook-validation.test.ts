import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readWorkbenchFragment } from '../../src/domain/workbench-link.ts';
import { symlink } from '../support/github/git-objects.ts';
import type { FileChanges } from '../support/github/git-objects.ts';
import type { CheckRun } from '../support/github/world-model.ts';
import type { JsonObject } from '../support/json.ts';
import { actionsPolicy, eventually } from '../support/local-stack.ts';
import { WebhookStack } from '../support/webhook-stack.ts';

const FOLDER = '.github/chainguard';
const BROKEN = 'issuer: https://issuer.example.com\nsubject: x\npermissions:\n  pull-requests: read\n';

let stack: WebhookStack;
let branches = 0;

beforeAll(async () => {
  stack = await WebhookStack.start();
});
afterAll(() => stack.close());
beforeEach(() => {
  stack.connect();
  stack.local.resetCounters();
});
afterEach(async () => {
  await stack.settled();
  expect(stack.local.emulator.violations).toEqual([]);
  expect(stack.local.worker.logged('after_answer_failed')).toEqual([]);
  const statuses = stack.local.emulator.webhooks.deliveries.map(({ status }) => status);
  expect(statuses.filter((status) => status >= 400)).toEqual([]);
  stack.local.emulator.faults.clear();
});

function branch(): string {
  branches += 1;
  return `topic-${branches}`;
}

function valid(): string {
  return actionsPolicy(stack.local.emulator.actionsIssuer.issuer);
}

function policy(name: string, text = BROKEN): FileChanges {
  return { [`${FOLDER}/${name}.sts.yaml`]: text };
}

async function runsAfter(change: () => { sha: string }, repository = 'acme/app'): Promise<CheckRun[]> {
  const { sha } = change();
  await stack.settled();
  return stack.runs(repository, sha);
}

function opened(files: FileChanges, repository = 'acme/app', name = branch()): { sha: string } {
  return stack.world.openPullRequest({ repository, branch: name, files }).head;
}

describe('a pull request', () => {
  test('with a broken policy gets one failed check run, with an annotation on the line', async () => {
    const runs = await runsAfter(() => opened({ ...policy('nightly'), 'README.md': 'x' }));
    expect(runs).toHaveLength(1);
    const [run] = runs;
    expect(run).toMatchObject({ conclusion: 'failure', externalId: run?.headSha, status: 'completed' });
    expect(run?.annotations).toContainEqual(
      expect.objectContaining({
        path: `${FOLDER}/nightly.sts.yaml`,
        start_line: 4,
        annotation_level: 'failure',
        title: 'permission-unknown',
        message: expect.stringContaining('pull_requests') as unknown,
      }),
    );
    expect(run?.summary).toContain('<td><code>nightly</code></td>');
    expect(run?.summary).toContain('invalid');
  });

  test('with a permission that the installation lacks gets a warning at its line, until an owner accepts it', async () => {
    const { organization } = stack.local.seed.installations;
    const before = organization.permissions;
    const text = `issuer: https://issuer.example.com\nsubject: x\npermissions:\n  contents: read\n  packages: write\n`;
    const [run] = await runsAfter(() => opened(policy('packages', text)));
    expect(run?.conclusion).toBe('success');
    expect(run?.annotations).toEqual([
      expect.objectContaining({
        path: `${FOLDER}/packages.sts.yaml`,
        start_line: 5,
        annotation_level: 'warning',
        title: 'permission-not-installed',
        message: expect.stringContaining('packages with read only') as unknown,
      }),
    ]);
    const page = `${stack.local.emulator.url}/organizations/acme/settings/installations/8001`;
    expect(run?.annotations[0]?.message).toContain(page);
    stack.world.acceptPermissions(organization, { ...before, packages: 'write' });
    await stack.settled();
    const [again] = await runsAfter(() => opened(policy('packages', `${text}# once more\n`)));
    expect(again).toMatchObject({ conclusion: 'success', annotations: [] });
    stack.world.acceptPermissions(organization, before);
    await stack.settled();
  });

  test('with a valid policy gets a success, a table of what it says and the request that uses it', async () => {
    const [run] = await runsAfter(() => opened(policy('nightly', valid())));
    expect(run).toMatchObject({ conclusion: 'success' });
    expect(run?.summary).toContain('<td><code>repo:acme/infra:ref:refs/heads/trunk</code></td>');
    expect(run?.summary).toContain('<td><code>contents: read</code></td>');
    expect(run?.summary).toContain('/sts/exchange?scope=acme/app&identity=nightly');
    const [, fragment = ''] =
      /<a href="https:\/\/sts\.example\.com\/(#[^"]+)">nightly<\/a>/.exec(run?.summary ?? '') ?? [];
    expect(readWorkbenchFragment(fragment)).toEqual({ policy: valid(), scope: 'acme/app', identity: 'nightly' });
    expect(run?.annotations.filter((one) => one.annotation_level === 'failure')).toEqual([]);
  });

  test('that changes no policy gets nothing', async () => {
    expect(await runsAfter(() => opened({ 'README.md': 'y', '.github/chainguard/notes.md': 'z' }))).toEqual([]);
    expect(stack.requests()).not.toHaveProperty('graphql');
  });

  test('from a fork is judged at its head', async () => {
    const fork = stack.world.fork('acme/app', stack.local.seed.user);
    const runs = await runsAfter(
      () =>
        stack.world.openPullRequest({
          repository: 'acme/app',
          headRepository: fork,
          branch: 'from-outside',
          files: policy('fork'),
        }).head,
    );
    expect(runs.map(({ conclusion }) => conclusion)).toEqual(['failure']);
    stack.world.deleteRepository(fork);
  });

  test('of 250 files is read to its last page: the policy is the 240th', async () => {
    stack.disconnect();
    const before = Array.from({ length: 239 }, (_, n) => `.aaa/${String(n).padStart(4, '0')}.txt`);
    const after = Array.from({ length: 10 }, (_, n) => `zzz/${n}.txt`);
    const files = Object.fromEntries([...before, ...after].map((path) => [path, path]));
    const pull = stack.world.openPullRequest({
      repository: 'acme/app',
      branch: branch(),
      files: { ...files, ...policy('the-240th') },
    });
    const paths = stack.world.pullRequestFiles(pull).map(({ filename }) => filename);
    expect([paths.length, paths.indexOf(`${FOLDER}/the-240th.sts.yaml`)]).toEqual([250, 239]);
    const { organization: installation } = stack.local.seed.installations;
    const payloads = stack.local.emulator.webhooks.payloads;
    await stack.deliver('pull_request', payloads.pullRequest('opened', pull, { installation }));
    await stack.settled();
    expect(stack.runs('acme/app', pull.head.sha)).toHaveLength(1);
    expect(stack.requests()).toMatchObject({ 'pulls/list-files': 3, graphql: 1, 'checks/create': 1 });
  });

  test('with more than fifty findings gets all of them, fifty a request, and once', async () => {
    const lines = Array.from({ length: 120 }, (_, n) => `  no_such_permission_${n}: read`).join('\n');
    const text = `issuer: https://issuer.example.com\nsubject: x\npermissions:\n${lines}\n`;
    const [run, ...others] = await runsAfter(() => opened(policy('many', text)));
    expect(others).toEqual([]);
    const starts = run?.annotations.map((one) => one.start_line) ?? [];
    expect(new Set(starts)).toEqual(new Set(Array.from({ length: 120 }, (_, n) => n + 4)));
    expect(starts).toHaveLength(120);
    expect(stack.requests()).toMatchObject({ 'checks/create': 1, 'checks/update': 2 });
  });

  test('that renames a policy and removes another is judged by what is there', async () => {
    stack.disconnect();
    stack.world.commit('acme/app', { ...policy('old', valid()), ...policy('gone', valid()) });
    stack.connect();
    const [run] = await runsAfter(() =>
      opened({ [`${FOLDER}/old.sts.yaml`]: null, [`${FOLDER}/gone.sts.yaml`]: null, ...policy('new', valid()) }),
    );
    expect(run?.summary).toContain('new.sts.yaml');
    expect(run?.summary).not.toMatch(/old\.sts\.yaml|gone\.sts\.yaml/);
  });

  test('shows nothing that its author wrote as Markdown or HTML', async () => {
    const subject = '"a|b `code` <img src=x onerror=alert(1)> @acme/admins [x](https://evil.example) ![y](z) -->"';
    const text = `issuer: https://issuer.example.com\nsubject: ${subject}\npermissions:\n  contents: read\n`;
    const [run] = await runsAfter(() => opened(policy('hostile', text)));
    expect(run?.conclusion).toBe('success');
    expect(run?.summary).not.toMatch(/<img|@acme|\[x\]\(|`code`|a\|b/);
    expect(run?.summary).toContain('&#60;img');
  });

  test('adds to the report when further files of the same commit are judged, and keeps its verdict', async () => {
    stack.disconnect();
    const name = branch();
    const first = stack.world.commit('acme/app', policy('a-broken'), { branch: name });
    const second = stack.world.commit('acme/app', policy('b-fine', valid()), { branch: name });
    stack.connect();
    const push = { repository: stack.world.repository('acme/app'), branch: name, forced: false };
    const { payloads } = stack.local.emulator.webhooks;
    const context = { installation: stack.local.seed.installations.organization };
    const payload = payloads.push({ ...push, before: first.sha, after: second.sha }, context);
    await stack.deliver('push', payload);
    await stack.settled();
    expect(stack.runs('acme/app', second.sha)).toMatchObject([{ conclusion: 'success' }]);
    const runs = await runsAfter(() => stack.world.openPullRequest({ repository: 'acme/app', branch: name }).head);
    expect(runs).toMatchObject([{ conclusion: 'failure' }]);
    await stack.deliver('push', payload);
    await stack.settled();
    expect(stack.runs('acme/app', second.sha)).toMatchObject([{ conclusion: 'failure' }]);
    expect(runs[0]?.annotations.filter((one) => one.annotation_level === 'failure')).toHaveLength(1);
  });
});

describe('a push', () => {
  test('to any branch has its policies judged', async () => {
    const runs = await runsAfter(() => stack.world.commit('acme/app', policy('pushed'), { branch: branch() }));
    expect(runs).toMatchObject([{ conclusion: 'failure' }]);
  });

  test('without a policy costs GitHub nothing but what the check suite asks', async () => {
    stack.disconnect();
    const commit = stack.world.commit('acme/app', { 'x.txt': 'x' }, { branch: branch() });
    const payload = pushOf('acme/app', 'topic', commit.parents[0] ?? '', commit.sha);
    await stack.deliver('push', payload);
    await stack.settled();
    expect(stack.local.emulator.count()).toBe(0);
  });

  test('of a new branch is judged, of a deleted one is not, of a tag neither', async () => {
    const name = branch();
    expect(await runsAfter(() => stack.world.commit('acme/app', policy('made'), { branch: name }))).toHaveLength(1);
    stack.local.resetCounters();
    stack.world.deleteBranch('acme/app', name);
    await stack.settled();
    const head = stack.world.head('acme/app') ?? '';
    await stack.deliver('push', { ...pushOf('acme/app', 'main', head, head), ref: 'refs/tags/v1' });
    await stack.settled();
    expect(stack.local.emulator.count()).toBe(0);
  });

  test('of more than twenty commits is read from the comparison', async () => {
    stack.disconnect();
    const name = branch();
    const base = stack.world.head('acme/app') ?? '';
    const series = Array.from({ length: 25 }, (_, n) => (n === 0 ? policy('first-of-25') : { [`f${n}.txt`]: 'x' }));
    const commits = stack.world.commitSeries('acme/app', series, { branch: name });
    const head = commits.at(-1)?.sha ?? '';
    await stack.deliver('push', pushOf('acme/app', name, base, head));
    await stack.settled();
    expect(stack.runs('acme/app', head)).toMatchObject([{ conclusion: 'failure' }]);
    expect(stack.requests()).toMatchObject({ 'repos/compare-commits-with-basehead': 1 });
  });

  test.each([
    ['before its lists', false],
    ['behind its lists', true],
  ])('whose payload is too long to parse is read from the comparison, its repository named %s', async (_, isLast) => {
    stack.disconnect();
    const name = branch();
    const base = stack.world.head('acme/app') ?? '';
    const { sha: head } = stack.world.commit('acme/app', policy(`long-${String(isLast)}`), { branch: name });
    const { commits, repository = {}, ...payload } = pushOf('acme/app', name, base, head);
    const added = Array.from({ length: 30_000 }, (_unused, n) => `a/file/of/a/large/push/${n}.txt`);
    const long = { commits: [{ id: head, added, modified: [], removed: [] }] };
    expect(commits).toHaveLength(1);
    const whole = isLast ? { ...long, ...payload, repository } : { repository, ...payload, ...long };
    expect(await stack.deliver('push', whole)).toMatchObject({ status: 202 });
    await stack.settled();
    expect(stack.runs('acme/app', head)).toMatchObject([{ conclusion: 'failure' }]);
    expect(stack.requests()).toMatchObject({ 'repos/compare-commits-with-basehead': 1 });
    expect(stack.local.worker.logged('webhook_payload_cut')).not.toEqual([]);
  });

  test('of a comparison with more files than GitHub lists is still judged by what it changes', async () => {
    stack.disconnect();
    const name = branch();
    const base = stack.world.head('acme/app') ?? '';
    const many = Object.fromEntries(Array.from({ length: 320 }, (_, n) => [`.aaa/${n}.txt`, 'x']));
    const series = [{ ...many, ...policy('beyond') }, ...Array.from({ length: 22 }, (_, n) => ({ [`g${n}`]: 'x' }))];
    const head = stack.world.commitSeries('acme/app', series, { branch: name }).at(-1)?.sha ?? '';
    await stack.deliver('push', pushOf('acme/app', name, base, head));
    await stack.settled();
    const [run] = stack.runs('acme/app', head);
    expect(run).toMatchObject({ conclusion: 'failure', title: expect.stringContaining('1 file,') as unknown });
  });

  test('of a first commit, in a repository whose branch is not called main, is judged whole', async () => {
    const repository = stack.world.addRepository({ owner: 'acme', name: 'newborn', defaultBranch: 'trunk' });
    const runs = await runsAfter(
      () => stack.world.commit(repository, { ...policy('one'), ...policy('two', valid()) }),
      'acme/newborn',
    );
    expect(runs).toMatchObject([{ conclusion: 'failure', title: expect.stringContaining('2 files') as unknown }]);
  });

  test('of the issuer allowlist is judged in the policy repository alone', async () => {
    const text = 'issuers:\n  - http://plain.example\n';
    const files = { [`${FOLDER}/trusted-token-issuers.yaml`]: text };
    const inPolicies = await runsAfter(
      () => stack.world.commit('acme/.github', files, { branch: branch() }),
      'acme/.github',
    );
    expect(inPolicies).toMatchObject([{ conclusion: 'failure' }]);
    expect(await runsAfter(() => stack.world.commit('acme/app', files, { branch: branch() }))).toEqual([]);
  });

  test('of guardrails is judged in the policy repository alone, with what they make of its policies', async () => {
    const wide = { [`${FOLDER}/wide.sts.yaml`]: valid().replace('contents: read', 'issues: write') };
    const own = { [`${FOLDER}/guardrails.yaml`]: 'deny: [organization-wide-write]\n' };
    const name = branch();
    stack.disconnect();
    stack.world.commit('acme/.github', wide, { branch: name });
    stack.connect();
    const [run] = await runsAfter(() => stack.world.commit('acme/.github', own, { branch: name }), 'acme/.github');
    expect(run?.conclusion).toBe('failure');
    expect(run?.annotations).toMatchObject([
      {
        path: `${FOLDER}/guardrails.yaml`,
        title: 'guardrails-effect',
        message: expect.stringContaining('wide.sts.yaml'),
      },
    ]);
    const broken = { [`${FOLDER}/guardrails.yaml`]: 'deny: [nothing]\n' };
    const [faulty] = await runsAfter(
      () => stack.world.commit('acme/.github', broken, { branch: branch() }),
      'acme/.github',
    );
    expect(faulty?.annotations.map(({ title }) => title)).toEqual(['guardrails-deny-unknown']);
    expect(await runsAfter(() => stack.world.commit('acme/app', own, { branch: branch() }))).toEqual([]);
  });

  test('in another repository is judged by the organization’s guardrails', async () => {
    const guardrails = { [`${FOLDER}/guardrails.yaml`]: 'repository_policies: { permissions: { issues: write } }\n' };
    stack.world.commit('acme/.github', guardrails);
    await stack.settled();
    const files = policy('guarded', valid());
    const [run] = await runsAfter(() => stack.world.commit('acme/app', files, { branch: branch() }));
    expect(run?.annotations.map(({ title, annotation_level }) => [title, annotation_level])).toContainEqual([
      'guardrail-permission',
      'failure',
    ]);
    stack.world.commit('acme/.github', { [`${FOLDER}/guardrails.yaml`]: null });
    await stack.settled();
    // Another text, so that it is another commit.
    const again = policy('guarded', `${valid()}# again\n`);
    const [after] = await runsAfter(() => stack.world.commit('acme/app', again, { branch: branch() }));
    expect(after?.conclusion).toBe('success');
  });

  test('of a list under a name that no exchange reads fails the check, and is left alone elsewhere', async () => {
    const files = {
      [`${FOLDER}/Trusted-Token-Issuers.yml`]: 'issuers:\n  - https://idp.example.com\n',
      [`${FOLDER}/guardrails.yml`]: 'max_permissions: {}\n',
    };
    const [run] = await runsAfter(
      () => stack.world.commit('acme/.github', files, { branch: branch() }),
      'acme/.github',
    );
    expect(run?.conclusion).toBe('failure');
    expect(run?.annotations.map(({ title, annotation_level }) => [title, annotation_level])).toEqual([
      ['file-suffix', 'failure'],
      ['file-suffix', 'failure'],
    ]);
    expect(await runsAfter(() => stack.world.commit('acme/app', files, { branch: branch() }))).toEqual([]);
  });

  test('that is a symbolic link, too large, or of the wrong ending is named as such', async () => {
    const [run] = await runsAfter(() =>
      stack.world.commit(
        'acme/app',
        {
          [`${FOLDER}/link.sts.yaml`]: symlink('ci.sts.yaml'),
          [`${FOLDER}/large.sts.yaml`]: `# ${'x'.repeat(70_000)}\n${valid()}`,
          [`${FOLDER}/mistaken.sts.yml`]: valid(),
        },
        { branch: branch() },
      ),
    );
    const titles = run?.annotations.map(({ path, title }) => `${path.slice(FOLDER.length + 1)} ${title}`).toSorted();
    expect(titles).toEqual([
      'large.sts.yaml file-too-large',
      'link.sts.yaml symbolic-link',
      'mistaken.sts.yml file-suffix',
    ]);
  });
});

describe('a check suite and a check run', () => {
  test('that are rerequested update the run, without doubling its annotations', async () => {
    const [run] = await runsAfter(() => opened(policy('again')));
    const count = run?.annotations.length;
    stack.local.resetCounters();
    const { payloads } = stack.local.emulator.webhooks;
    const context = { installation: stack.local.seed.installations.organization };
    await stack.deliver('check_run', payloads.checkRun('rerequested', run!, context));
    await stack.settled();
    await stack.deliver('check_suite', payloads.checkSuite('rerequested', run!.suite, context));
    await stack.settled();
    expect(stack.runs('acme/app', run?.headSha)).toHaveLength(1);
    expect(stack.requests()).toMatchObject({ 'checks/update': 2 });
    expect(stack.requests()).not.toHaveProperty('checks/create');
    expect(run?.annotations).toHaveLength(count ?? -1);
  });

  test('of a fork’s pull request are judged again by the files that were reported', async () => {
    const fork = stack.world.fork('acme/app', stack.local.seed.user);
    const [run] = await runsAfter(
      () =>
        stack.world.openPullRequest({
          repository: 'acme/app',
          headRepository: fork,
          branch: 'again-from-outside',
          files: policy('fork'),
        }).head,
    );
    stack.local.resetCounters();
    const context = { installation: stack.local.seed.installations.organization };
    await stack.deliver('check_run', stack.local.emulator.webhooks.payloads.checkRun('rerequested', run!, context));
    await stack.settled();
    expect(stack.requests()).toMatchObject({ 'checks/update': 1 });
    stack.world.deleteRepository(fork);
  });

  test('of a bot, or of a new branch without a pull request, cause nothing', async () => {
    stack.disconnect();
    const commit = stack.world.commit('acme/app', policy('bot'), { branch: branch() });
    const suite = stack.world.addCheckSuite(stack.local.seed.app, 'acme/app', commit.sha);
    const context = { installation: stack.local.seed.installations.organization };
    const payload = stack.local.emulator.webhooks.payloads.checkSuite('requested', suite, context);
    await stack.deliver('check_suite', payload);
    const bot = { ...payload, sender: { ...(payload.sender as JsonObject), type: 'Bot' } };
    await stack.deliver('check_suite', {
      ...bot,
      check_suite: { ...(payload.check_suite as JsonObject), before: commit.parents[0] ?? '' },
    });
    await stack.settled();
    expect(stack.local.emulator.count()).toBe(0);
  });
});

describe('many deliveries', () => {
  test('a redelivery makes no second check run and costs no request', async () => {
    stack.disconnect();
    const commit = stack.world.commit('acme/app', policy('twice'), { branch: branch() });
    const payload = pushOf('acme/app', 'topic', commit.parents[0] ?? '', commit.sha);
    const { id } = await stack.deliver('push', payload);
    await stack.settled();
    const first = stack.local.emulator.count();
    await stack.deliver('push', payload, { deliveryId: id });
    await stack.settled();
    expect(stack.runs('acme/app', commit.sha)).toHaveLength(1);
    expect([first, stack.local.emulator.count() - first]).toEqual([5, 0]);
  });

  test('a redelivery to another isolate finds the run', async () => {
    stack.disconnect();
    const commit = stack.world.commit('acme/app', policy('elsewhere'), { branch: branch() });
    const payload = pushOf('acme/app', 'topic', commit.parents[0] ?? '', commit.sha);
    await stack.deliver('push', payload);
    await stack.settled();
    await stack.local.restart();
    stack.local.resetCounters();
    await stack.deliver('push', payload);
    await stack.settled();
    expect(stack.runs('acme/app', commit.sha)).toHaveLength(1);
    expect(stack.requests()).not.toHaveProperty('checks/update');
  });

  test('a burst of a hundred pushes of a hundred commits gives a hundred check runs', async () => {
    stack.disconnect();
    const name = branch();
    const commits = Array.from({ length: 100 }, (_, n) =>
      stack.world.commit('acme/app', policy('burst', `# ${n}\n${valid()}`), { branch: name }),
    );
    const deliveries = await Promise.all(
      commits.map(({ sha, parents }) => stack.deliver('push', pushOf('acme/app', name, parents[0] ?? '', sha))),
    );
    expect(new Set(deliveries.map(({ status }) => status))).toEqual(new Set([202]));
    await stack.settled();
    await eventually(() => commits.every(({ sha }) => stack.runs('acme/app', sha).length === 1), 20_000);
    await stack.settled();
    // One of them reads the organization's guardrails for all, and for the exchanges of the next minutes.
    expect(stack.requests()).toEqual({
      'apps/create-installation-access-token': 101,
      graphql: 101,
      'checks/list-for-ref': 100,
      'checks/create': 100,
      'apps/revoke-installation-access-token': 101,
    });
  });

  test('a burst of a hundred deliveries of one commit gives one check run', async () => {
    stack.disconnect();
    const { sha, parents } = stack.world.commit('acme/app', policy('one-commit'), { branch: branch() });
    const payload = pushOf('acme/app', 'topic', parents[0] ?? '', sha);
    const deliveries = await Promise.all(Array.from({ length: 100 }, () => stack.deliver('push', payload)));
    expect(new Set(deliveries.map(({ status }) => status))).toEqual(new Set([202]));
    await stack.settled();
    expect(stack.runs('acme/app', sha)).toHaveLength(1);
    expect(stack.local.emulator.count()).toBe(5);
  });
});

describe('what fails', () => {
  test('a limit of GitHub is logged: no check run, and the delivery is acknowledged', async () => {
    stack.local.emulator.faults.add({ kind: 'secondary-limit', match: { operation: 'graphql' } });
    const runs = await runsAfter(() => stack.world.commit('acme/app', policy('limited'), { branch: branch() }));
    expect(runs).toEqual([]);
    expect(stack.local.worker.logged('policies_not_validated')).toContainEqual(
      expect.objectContaining({ cause: 'limited' }),
    );
  });

  test('an installation that is not our own lookup’s is not acted upon', async () => {
    stack.disconnect();
    const commit = stack.world.commit('acme/app', policy('foreign'), { branch: branch() });
    const payload = pushOf('acme/app', 'topic', commit.parents[0] ?? '', commit.sha);
    await stack.deliver('push', { ...payload, installation: { id: 8002 } });
    await stack.deliver('push', { ...payload, installation: {} });
    await stack.settled();
    expect(stack.runs('acme/app', commit.sha)).toEqual([]);
    expect(stack.requests()).not.toHaveProperty('apps/create-installation-access-token');
    expect(stack.local.worker.logged('webhook_installation_unknown').length).toBeGreaterThan(1);
  });
});

describe('CHECK_EVERY_PULL_REQUEST', () => {
  test('reports success where nothing changed, on pull requests and merge queues, and nowhere else', async () => {
    const own = await WebhookStack.start({ bindings: () => ({ CHECK_EVERY_PULL_REQUEST: 'true' }) });
    own.connect();
    const { head } = own.world.openPullRequest({ repository: 'acme/app', branch: 'docs', files: { 'README.md': 'z' } });
    const base = own.world.head('acme/app') ?? '';
    const queue = `gh-readonly-queue/main/pr-1-${base}`;
    const queued = own.world.commit('acme/app', { 'README.md': 'merged' }, { branch: queue });
    const plain = own.world.commit('acme/app', { 'README.md': 'plain' }, { branch: 'plain' });
    const broken = own.world.commit('acme/app', policy('queued'), { branch: `gh-readonly-queue/main/pr-2-${base}` });
    await own.settled();
    expect(own.runs('acme/app', head.sha)).toMatchObject([{ conclusion: 'success', title: 'No trust policy changed' }]);
    expect(own.runs('acme/app', queued.sha)).toMatchObject([{ conclusion: 'success' }]);
    expect(own.runs('acme/app', plain.sha)).toEqual([]);
    expect(own.runs('acme/app', broken.sha)).toMatchObject([{ conclusion: 'failure' }]);
    expect(own.local.emulator.violations).toEqual([]);
    await own.close();
  });
});

describe('GITHUB_WEBHOOK_ORGANIZATION_FILTER', () => {
  test('acknowledges and ignores everybody else', async () => {
    const own = await WebhookStack.start({
      bindings: () => ({ GITHUB_WEBHOOK_ORGANIZATION_FILTER: 'Octocat, other' }),
    });
    own.connect();
    own.world.commit('acme/app', policy('filtered'), { branch: 'x' });
    const served = own.world.commit('octocat/hello-world', policy('served'), { branch: 'x' });
    await own.settled();
    expect(own.runs('acme/app')).toEqual([]);
    expect(own.runs('octocat/hello-world', served.sha)).toHaveLength(1);
    await own.close();
  });
});

function pushOf(repository: string, branchName: string, before: string, after: string): JsonObject {
  const { payloads } = stack.local.emulator.webhooks;
  const event = { repository: stack.world.repository(repository), branch: branchName, before, after, forced: false };
  return payloads.push(event, { installation: stack.local.seed.installations.organization });
}
