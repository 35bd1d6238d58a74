import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ChangedPolicyFiles, ChangeList, CommitPlace } from '../../src/application/ports/changed-policy-files.ts';

export const FOLDER = '.github/chainguard';

const VALID = 'issuer: https://issuer.example.com\nsubject: x\npermissions:\n  contents: read\n';

const BROKEN = 'issuer: https://issuer.example.com\n';

export const BASE = {
  [`${FOLDER}/kept.sts.yaml`]: VALID,
  [`${FOLDER}/edited.sts.yaml`]: VALID,
  [`${FOLDER}/gone.sts.yaml`]: VALID,
};

export const GUARDRAILS = 'deny: [subject-by-name, exact-like-pattern]\n';

export const HEAD = {
  [`${FOLDER}/guardrails.yaml`]: GUARDRAILS,
  [`${FOLDER}/denied.sts.yaml`]: VALID.replace('subject: x', 'subject: x.*'),
  [`${FOLDER}/kept.sts.yaml`]: VALID,
  [`${FOLDER}/edited.sts.yaml`]: BROKEN,
  [`${FOLDER}/added.sts.yaml`]: VALID,
};

export interface Harness {
  readonly files: ChangedPolicyFiles;
  readonly place: CommitPlace;
  /** The commit before, and the pull request that leads from it to the place. */
  readonly base: string;
  readonly pull: ChangeList;
  close(): Promise<void>;
}

/** What every adapter of the port must do. */
export function runTests(start: () => Promise<Harness>): void {
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
    expect(await listed(harness.pull)).toEqual([
      'added.sts.yaml',
      'denied.sts.yaml',
      'edited.sts.yaml',
      'guardrails.yaml',
    ]);
  });

  test('are what was added and edited since a commit', async () => {
    expect(await listed({ kind: 'since', base: harness.base })).toEqual([
      'added.sts.yaml',
      'denied.sts.yaml',
      'edited.sts.yaml',
      'guardrails.yaml',
    ]);
  });

  test('are all that there are, where everything is new', async () => {
    expect(await listed({ kind: 'everything' })).toEqual([
      'added.sts.yaml',
      'denied.sts.yaml',
      'edited.sts.yaml',
      'guardrails.yaml',
      'kept.sts.yaml',
    ]);
  });

  test('are judged as they stand at the commit, without those that are not there', async () => {
    const names = ['added.sts.yaml', 'edited.sts.yaml', 'gone.sts.yaml', '../kept.sts.yaml'];
    const result = await harness.files.check(harness.place, names, { kind: 'absent' });
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

  test.each([
    ['none', { kind: 'absent' } as const, []],
    ['those of the commit', { kind: 'of_the_commit' } as const, ['guardrail-deny']],
    ['none that can be used', { kind: 'invalid' } as const, ['guardrails-unusable']],
  ])('are judged by the guardrails that hold: %s', async (_what, guardrails, expected) => {
    const result = await harness.files.check(harness.place, ['denied.sts.yaml'], guardrails);
    const files = result.kind === 'checked' ? result.files : [];
    expect(files.map(({ name }) => name)).toEqual(['denied.sts.yaml']);
    const rules = files.flatMap(({ findings }) => findings.map(({ rule }) => rule));
    expect(rules.filter((rule) => rule.startsWith('guardrail'))).toEqual(expected);
  });

  test('of no name at all are none', async () => {
    expect(await harness.files.check(harness.place, [], { kind: 'absent' })).toEqual({ kind: 'checked', files: [] });
  });
}
