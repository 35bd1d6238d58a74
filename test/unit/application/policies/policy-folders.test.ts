import { beforeEach, describe, expect, it } from '@jest/globals';
import type { PolicyFile } from '../../../../src/domain/policy-folder.ts';
import { folderKey, isSameFolder, type KnownFolder } from '../../../../src/application/policies/policy-folders.ts';
import type { CacheEntry } from '../../../../src/application/ports/cache.ts';
import { ACME_ID, INSTALLATION, MINUTE, PolicyWorld, type PolicyRequest } from './policy-world.ts';

const CI: PolicyFile = { name: 'ci.sts.yaml', kind: 'file', bytes: 3, text: 'old' };

let world: PolicyWorld;

beforeEach(() => {
  world = new PolicyWorld();
});

/** As after a read that began now. */
async function keep(
  files: readonly PolicyFile[] | 'refused',
  request = world.request(),
  repository = 'app',
): Promise<KnownFolder> {
  const previous = await request.folders.known(INSTALLATION, repository);
  const folder = { repositoryId: 1, accountId: ACME_ID, files: files === 'refused' ? [] : files, listingOnly: false };
  const target = files === 'refused' ? ({ kind: 'refused' } as const) : ({ kind: 'found', folder } as const);
  const kept = request.folders.keep(INSTALLATION, repository, target, previous, world.clock.now());
  await world.deferredTasks.run();
  return kept;
}

async function known(
  request: PolicyRequest = world.request(),
  installation = INSTALLATION,
): Promise<CacheEntry<KnownFolder> | undefined> {
  return request.folders.known(installation, 'app');
}

describe('a folder that was read', () => {
  it('is kept with the time before its read, where all isolates see it', async () => {
    const readAt = world.clock.now();
    await keep([CI]);
    const entry = { readAt, revision: 0, freshForMs: 5 * MINUTE };
    expect(await known()).toMatchObject(entry);
    expect(await known(world.elsewhere())).toMatchObject({ ...entry, value: { repositoryId: 1, files: [CI] } });
  });

  it('stays fresh longer, up to 15 minutes, while it is found unchanged and webhooks would tell', async () => {
    world.rules = { ...world.rules, webhooksTell: true };
    const minutes: unknown[] = [];
    const texts = ['old', 'old', 'old', 'old', 'new'];
    for (const text of texts) {
      await keep([{ ...CI, text }]);
      minutes.push(((await known())?.freshForMs ?? 0) / MINUTE);
      await world.pass(15 * MINUTE);
    }
    expect(minutes).toEqual([5, 10, 15, 15, 5]);
  });

  it('is written once a step of its freshness, and not each time', async () => {
    world.rules = { ...world.rules, webhooksTell: true };
    for (let count = 0; count < 5; count++) {
      await keep([CI]);
      await world.pass(5 * MINUTE);
    }
    expect(world.store.writes).toBe(3);
  });

  it('is held once, however often it is found unchanged', async () => {
    await keep([CI]);
    await world.pass(5 * MINUTE);
    const before = await known();
    expect(await keep([{ ...CI }])).toBe(before?.value);
    expect(await keep([{ ...CI, text: 'new' }])).not.toBe(before?.value);
  });

  it('keeps the texts of policies alone, and of none that is too large', async () => {
    const files: readonly PolicyFile[] = [
      CI,
      { name: 'README.md', kind: 'file', bytes: 4, text: 'text', oid: 'abc' },
      { name: 'large.sts.yaml', kind: 'file', bytes: 64 * 1024 + 1, text: 'too large' },
      { name: 'full.sts.yaml', kind: 'file', bytes: 64 * 1024, text: 'as large as it may be' },
      { name: 'listed.sts.yaml', kind: 'file', bytes: 3, oid: 'def' },
      { name: 'link.sts.yaml', kind: 'symlink', bytes: 3 },
    ];
    expect((await keep(files)).files).toEqual([
      CI,
      { name: 'README.md', kind: 'file', bytes: 4, oid: 'abc' },
      { name: 'large.sts.yaml', kind: 'file', bytes: 64 * 1024 + 1 },
      files[3],
      files[4],
      files[5],
    ]);
  });

  it('is discarded where the name belongs to another account now', async () => {
    await keep([CI]);
    expect(await known(world.request(), { ...INSTALLATION, accountId: 7 })).toBeUndefined();
    expect(await known(world.request(), { ...INSTALLATION, id: 91 })).toBeDefined();
  });

  it('that an unproven caller asked for is not written to the store', async () => {
    await keep([CI], world.request(world.unprovenCosts()));
    expect(world.store.writes).toBe(0);
    expect(await known()).toBeDefined();
    expect(await known(world.elsewhere())).toBeUndefined();
  });

  it('is kept once for all spellings of its name', () => {
    expect(folderKey('Acme', 'App')).toBe('acme/app');
  });
});

describe('an absent repository', () => {
  it('is remembered for 30 seconds, by this isolate alone', async () => {
    expect(await keep('refused')).toEqual({ accountId: ACME_ID, repositoryId: null, files: [], listingOnly: false });
    expect(await known()).toMatchObject({ freshForMs: 30_000, value: { repositoryId: null } });
    expect([world.store.writes, await known(world.elsewhere())]).toEqual([0, undefined]);
  });
});

describe('two folders', () => {
  const folder: KnownFolder = { accountId: 1, repositoryId: 1, files: [CI], listingOnly: false };

  it.each<[string, Partial<KnownFolder>]>([
    ['of another account', { accountId: 2 }],
    ['of another repository', { repositoryId: 2 }],
    ['of another text', { files: [{ ...CI, text: 'new' }] }],
    ['of which one is only a list', { listingOnly: true }],
  ])('%s are not the same', (_what, change) => {
    expect(isSameFolder(folder, { ...folder, ...change })).toBe(false);
  });

  it('with the same content are the same', () => {
    expect(isSameFolder(folder, { ...folder, files: [{ ...CI }] })).toBe(true);
  });
});
