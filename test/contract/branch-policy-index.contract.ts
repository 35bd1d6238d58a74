import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { BranchPolicyIndex } from '../../src/application/ports/branch-policy-index.ts';

export interface Harness {
  readonly index: BranchPolicyIndex;
  /** The same, before a store that fails. */
  readonly failing: BranchPolicyIndex;
  /** The same, for a request that may write nothing. */
  readonly ofStranger: BranchPolicyIndex;
  close(): Promise<void>;
}

const PLACE = { accountId: 1, owner: 'acme', repository: 'app' };

/** What every adapter of the port must do. */
export function runTests(start: () => Promise<Harness>): void {
  let harness: Harness;

  beforeAll(async () => {
    harness = await start();
  });

  afterAll(() => harness.close());

  test('are found under the branch that brought them', async () => {
    await harness.index.note({ ...PLACE, branch: 'topic', identities: ['deploy', 'ci'] });
    expect(await harness.index.find(PLACE, 'deploy')).toBe('topic');
    expect(await harness.index.find(PLACE, 'ci')).toBe('topic');
  });

  test('are found under the branch that brought them last', async () => {
    await harness.index.note({ ...PLACE, branch: 'older', identities: ['twice'] });
    await harness.index.note({ ...PLACE, branch: 'newer', identities: ['twice'] });
    expect(await harness.index.find(PLACE, 'twice')).toBe('newer');
  });

  test('are found whatever the case of owner and repository, and not of the identity', async () => {
    await harness.index.note({ ...PLACE, branch: 'topic', identities: ['cased'] });
    expect(await harness.index.find({ ...PLACE, owner: 'ACME', repository: 'App' }, 'cased')).toBe('topic');
    expect(await harness.index.find(PLACE, 'Cased')).toBeUndefined();
  });

  test.each([
    ['account', { accountId: 2 }],
    ['owner', { owner: 'other' }],
    ['repository', { repository: 'other' }],
  ])('are not those of another %s', async (_, change) => {
    await harness.index.note({ ...PLACE, branch: 'topic', identities: ['own'] });
    expect(await harness.index.find({ ...PLACE, ...change }, 'own')).toBeUndefined();
  });

  test.each(['nothing', '__proto__', 'constructor', 'app deploy'])(
    'are none where none were seen: %s',
    async (name) => {
      expect(await harness.index.find(PLACE, name)).toBeUndefined();
    },
  );

  test('are not noted for a branch whose name nobody could read', async () => {
    await harness.index.note({ ...PLACE, branch: 'x'.repeat(251), identities: ['long'] });
    await harness.index.note({ ...PLACE, branch: 'y'.repeat(250), identities: ['short enough'] });
    expect(await harness.index.find(PLACE, 'long')).toBeUndefined();
    expect(await harness.index.find(PLACE, 'short enough')).toBe('y'.repeat(250));
  });

  test('are not noted for whoever may not write', async () => {
    await harness.ofStranger.note({ ...PLACE, branch: 'topic', identities: ['strange'] });
    expect(await harness.index.find(PLACE, 'strange')).toBeUndefined();
  });

  test('are none where the store gives no answer', async () => {
    expect(await harness.failing.find(PLACE, 'deploy')).toBeUndefined();
  });
}
