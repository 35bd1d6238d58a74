import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ChangedPolicyFiles, ChangeList, CommitPlace } from '../../src/application/ports/changed-policy-files.ts';
import { GitHubChangedPolicyFiles } from '../../src/infrastructure/github/github-changed-policy-files.ts';
import { MemoryChangedPolicyFiles } from '../../src/infrastructure/memory/memory-changed-policy-files.ts';
import { GitHubEmulator } from '../support/github/emulator.ts';
import { githubSession, localCompiler, seededInstallation } from '../support/github-session.ts';
import { seedWorld } from '../support/seed.ts';

const FOLDER = '.github/chainguard';
const VALID = 'issuer: https://issuer.example.com\nsubject: x\npermissions:\n  contents: read\n';
const BROKEN = 'issuer: https://issuer.example.com\n';
const BASE = {
  [`${FOLDER}/kept.sts.yaml`]: VALID,
  [`${FOLDER}/edited.sts.yaml`]: VALID,
  [`${FOLDER}/gone.sts.yaml`]: VALID,
};
const HEAD = {
  [`${FOLDER}/kept.sts.yaml`]: VALID,
  [`${FOLDER}/edited.sts.yaml`]: BROKEN,
  [`${FOLDER}/added.sts.yaml`]: VALID,
};

interface Harness {
  readonly files: ChangedPolicyFiles;
  readonly place: CommitPlace;
  /** The commit before, and the pull request that leads from it to the place. */
  readonly base: string;
  readonly pull: ChangeList;
  close(): Promise<void>;
}

async function inMemory(): Promise<Harness> {
  const compiler = localCompiler();
  const lint = { path: '', repository: 'app', actionsIssuer: 'https://x.example' };
  const files = new MemoryChangedPolicyFiles((name, text) =>
    compiler.check({ name, kind: 'file', bytes: text.length, text }, 'repository', {
      ...lint,
      path: `${FOLDER}/${name}`,
    }),
  );
  files.given('base', BASE);
  files.given('head', HEAD);
  const installation = { app: { name: 'default', id: '1' }, id: 1, accountId: 1, owner: 'acme' };
  const place = { installation, repository: 'app', commit: 'head' };
  const pull: ChangeList = { kind: 'pull_request', number: 1, base: 'base' };
  return { files, place, base: 'base', pull, close: () => Promise.resolve() };
}

async function onGitHub(): Promise<Harness> {
  const emulator = await GitHubEmulator.start();
  const seed = seedWorld(emulator, { oidcIssuer: 'https://issuer.example.com' });
  const repository = emulator.world.addRepository({ owner: 'acme', name: 'contract', files: BASE });
  const base = emulator.world.head(repository) ?? '';
  const { number, head } = emulator.world.openPullRequest({
    repository,
    branch: 'topic',
    files: { ...HEAD, [`${FOLDER}/gone.sts.yaml`]: null },
  });
  const settings = { orgPolicyRepository: '.github', actionsIssuer: emulator.actionsIssuer.issuer };
  return {
    files: new GitHubChangedPolicyFiles(githubSession(emulator, seed), localCompiler(), settings),
    place: { installation: seededInstallation(seed), repository: 'contract', commit: head.sha },
    base,
    pull: { kind: 'pull_request', number, base },
    close: async () => {
      expect(emulator.violations).toEqual([]);
      await emulator.close();
    },
  };
}

describe.each([
  ['in memory', inMemory],
  ['on GitHub', onGitHub],
])('changed policy files %s', (_, start) => {
  let harness: Harness;

  beforeAll(async () => {
    harness = await start();
  });
  afterAll(() => harness.close());

  async function listed(changes: ChangeList): Promise<readonly string[]> {
    const result = await harness.files.list(harness.place, changes);
    return result.kind === 'listed' ? result.paths.map((path) => path.slice(FOLDER.length + 1)).toSorted() : [];
  }

  test('are what a pull request adds and edits, and not what it removes', async () => {
    expect(await listed(harness.pull)).toEqual(['added.sts.yaml', 'edited.sts.yaml']);
  });

  test('are what was added and edited since a commit', async () => {
    expect(await listed({ kind: 'since', base: harness.base })).toEqual(['added.sts.yaml', 'edited.sts.yaml']);
  });

  test('are all that there are, where everything is new', async () => {
    expect(await listed({ kind: 'everything' })).toEqual(['added.sts.yaml', 'edited.sts.yaml', 'kept.sts.yaml']);
  });

  test('are judged as they stand at the commit, without those that are not there', async () => {
    const names = ['added.sts.yaml', 'edited.sts.yaml', 'gone.sts.yaml', '../kept.sts.yaml'];
    const result = await harness.files.check(harness.place, names);
    const files = result.kind === 'checked' ? result.files : [];
    const verdicts = files.map(({ name, policy, findings }) => ({
      name,
      valid: policy !== undefined,
      failed: findings.some(({ severity }) => severity === 'error'),
    }));
    expect(verdicts).toEqual([
      { name: 'added.sts.yaml', valid: true, failed: false },
      { name: 'edited.sts.yaml', valid: false, failed: true },
    ]);
  });

  test('of no name at all are none', async () => {
    expect(await harness.files.check(harness.place, [])).toEqual({ kind: 'checked', files: [] });
  });
});
