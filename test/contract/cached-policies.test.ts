import { describe, expect, test } from '@jest/globals';
import type { App } from '../../src/domain/apps.ts';
import type { CachedPolicies } from '../../src/application/ports/cached-policies.ts';
import { AllowanceWindows, RequestAllowance } from '../../src/application/request-allowance.ts';
import { GitHubCachedPolicies } from '../../src/infrastructure/github/github-cached-policies.ts';
import {
  GitHubInstallationDirectory,
  INSTALLATION_CACHE,
  type InstallationCopy,
} from '../../src/infrastructure/github/github-installation-directory.ts';
import {
  ALLOWLIST_CACHE,
  FOLDER_CACHE,
  type AllowlistCopy,
  type FolderCopy,
} from '../../src/infrastructure/github/policy-copies.ts';
import { LruMap } from '../../src/infrastructure/cache/lru-map.ts';
import { TwoLevelCache, type IsolateMemo } from '../../src/infrastructure/cache/two-level-cache.ts';
import { MemoryCacheStore } from '../../src/infrastructure/memory/memory-cache-store.ts';
import { MemoryCachedPolicies } from '../../src/infrastructure/memory/memory-cached-policies.ts';
import { SILENT_LOG } from '../support/github-session.ts';
import { Impatience } from '../support/impatience.ts';

const APP: App = { name: 'default', id: '7' };

interface Harness {
  readonly cached: CachedPolicies;
  readonly remember: (owner: string, repository: string) => Promise<void>;
  readonly remembers: (owner: string, repository: string) => Promise<boolean>;
  readonly rememberInstallation: (owner: string) => Promise<void>;
  readonly remembersInstallation: (owner: string) => Promise<boolean>;
  readonly failStore: () => void;
}

function inMemory(): Harness {
  const cached = new MemoryCachedPolicies();
  return {
    cached,
    remember: async (owner, repository) => cached.remember(`${owner}/${repository}`),
    remembers: async (owner, repository) => cached.remembers(`${owner}/${repository}`),
    rememberInstallation: async (owner) => cached.remember(`${APP.id} ${owner}`),
    remembersInstallation: async (owner) => cached.remembers(`${APP.id} ${owner}`),
    failStore: () => {
      cached.failure = { kind: 'store_failed', detail: 'told to' };
    },
  };
}

function twoLevels() {
  const state = { now: 1_000_000 };
  const clock = { now: () => (state.now += 1) };
  const allowance = new RequestAllowance(new AllowanceWindows(), clock);
  allowance.proveInsider();
  const store = new MemoryCacheStore(clock);
  const runtime = { store, clock, log: SILENT_LOG, afterAnswer: { add: () => undefined }, allowance };
  const folders = new TwoLevelCache(new LruMap<IsolateMemo<FolderCopy>>(9), { ...FOLDER_CACHE, prefix: 'f|' }, runtime);
  const allowlists = new TwoLevelCache(
    new LruMap<IsolateMemo<AllowlistCopy>>(9),
    { ...ALLOWLIST_CACHE, prefix: 'a|' },
    runtime,
  );
  const installations = new TwoLevelCache(
    new LruMap<IsolateMemo<InstallationCopy>>(9),
    { ...INSTALLATION_CACHE, prefix: 'i|' },
    runtime,
  );
  const directory = new GitHubInstallationDirectory(
    ...([undefined, installations, new LruMap(9), clock] as unknown as ConstructorParameters<
      typeof GitHubInstallationDirectory
    >),
  );
  const cached = new GitHubCachedPolicies(directory, folders, allowlists, '.github');
  return { cached, store, clock, folders, allowlists, installations };
}

function inTwoLevels(): Harness {
  const { cached, store, clock, folders, installations } = twoLevels();
  const copy = <Value>(value: Value) => ({ value, readAt: clock.now(), revision: 0, freshForMs: 60_000 });
  const key = (owner: string, repository: string) => `${owner}/${repository}`.toLowerCase();
  const folder = { accountId: 1, repositoryId: 2, files: [], listingOnly: false };
  return {
    cached,
    remember: (owner, repository) => folders.putNow(key(owner, repository), copy(folder)),
    remembers: async (owner, repository) => (await folders.get(key(owner, repository))) !== undefined,
    rememberInstallation: (owner) =>
      installations.putNow(`${APP.id}/${owner.toLowerCase()}`, copy({ id: 1, accountId: 1 })),
    remembersInstallation: async (owner) => (await installations.get(`${APP.id}/${owner.toLowerCase()}`)) !== undefined,
    failStore: () => {
      store.failingWrites = Number.POSITIVE_INFINITY;
    },
  };
}

describe.each([
  ['in memory', inMemory],
  ['in the isolate and KV', inTwoLevels],
])('cached policies %s', (_, start) => {
  test('are forgotten for the repository that was named, in letters of any case', async () => {
    const { cached, remember, remembers } = start();
    await remember('Acme', 'App');
    await remember('acme', 'other');
    expect(await cached.forgetRepository('acme', 'APP')).toEqual({ kind: 'forgotten' });
    expect([await remembers('acme', 'app'), await remembers('acme', 'other')]).toEqual([false, true]);
  });

  test('can be forgotten where nothing is known', async () => {
    expect(await start().cached.forgetRepository('acme', 'nothing')).toEqual({ kind: 'forgotten' });
  });

  test('can be remembered anew afterwards', async () => {
    const { cached, remember, remembers } = start();
    await cached.forgetRepository('acme', 'app');
    await remember('acme', 'app');
    expect(await remembers('acme', 'app')).toBe(true);
  });

  test('lose an installation alone', async () => {
    const { cached, remember, remembers, rememberInstallation, remembersInstallation } = start();
    await remember('acme', 'app');
    await rememberInstallation('acme');
    expect(await cached.forgetInstallation(APP, 'ACME')).toEqual({ kind: 'forgotten' });
    expect([await remembersInstallation('acme'), await remembers('acme', 'app')]).toEqual([false, true]);
  });

  test('are gone from this isolate even where the store fails, and that is told', async () => {
    const { cached, remember, remembers, failStore } = start();
    const impatience = Impatience.begin();
    await remember('acme', 'app');
    failStore();
    expect(await cached.forgetRepository('acme', 'app')).toMatchObject({ kind: 'store_failed' });
    impatience.end();
    expect(await remembers('acme', 'app')).toBe(false);
  });
});

test('an issuer allowlist that was seen is made old, and not forgotten', async () => {
  const { cached, allowlists, clock } = twoLevels();
  const value: AllowlistCopy = { accountId: 1, state: { kind: 'file', text: 'issuers: []' } };
  await allowlists.putNow('acme', { value, readAt: clock.now(), revision: 0, freshForMs: 600_000 });
  await cached.forgetRepository('acme', '.GitHub');
  const copy = await allowlists.get('acme');
  expect(copy?.value).toEqual(value);
  expect(allowlists.isFresh(copy)).toBe(false);
});

test('an issuer allowlist that the store can’t tell of is not said to be made old', async () => {
  const { cached, store } = twoLevels();
  store.failsReads = true;
  expect(await cached.forgetRepository('acme', '.github')).toMatchObject({ kind: 'store_failed' });
});

test.each([
  ['absent', { kind: 'absent' }],
  ['a file', { kind: 'file', text: 'issuers: [https://a.example.com]' }],
  ['no file', { kind: 'not_a_file' }],
])('an issuer allowlist is read as the first version of this service stored it: %s', async (_, state) => {
  const { store, allowlists, clock } = twoLevels();
  const value = { accountId: 1, state, lastGood: { text: 'issuers: [https://b.example.com]', readAt: 1 } };
  store.putText('a|acme', JSON.stringify({ v: 1, value, readAt: clock.now(), freshForMs: 900_000 }));
  expect(await allowlists.find('acme')).toMatchObject({ kind: 'found', entry: { value, revision: 0 } });
});
