import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { CacheStore } from '../../src/infrastructure/cache/cache-store.ts';

export interface Harness {
  readonly store: CacheStore;
  /** Any text, as somebody who edits the store may put there. */
  putText(key: string, text: string): Promise<void>;
  /** The same store, while it fails. */
  readonly failing: CacheStore;
  close(): Promise<void>;
}

/** For good. */
const KEPT = { version: 1 };

/** What every adapter of the port must do. */
export function runTests(start: () => Promise<Harness>): void {
  let harness: Harness;

  beforeAll(async () => {
    harness = await start();
  });

  afterAll(() => harness.close());

  it('has nothing that was not put there', async () => {
    expect(await harness.store.get('nothing')).toEqual({ kind: 'missing' });
  });

  it('gives back what was put, with its times, its revision and its version', async () => {
    const entry = {
      value: { text: 'ä\u0000"', list: [1, null, true] },
      readAt: 1_700_000_000_000,
      revision: 3,
      freshForMs: 300_000,
    };
    await harness.store.put('entry', entry, { version: 7 });
    expect(await harness.store.get('entry')).toEqual({ kind: 'found', record: entry, version: 7 });
  });

  it('gives back when a change was told of', async () => {
    const entry = { value: 1, readAt: 1, revision: 1, freshForMs: 0, expiredAt: 2 };
    await harness.store.put('expired', entry, KEPT);
    expect(await harness.store.get('expired')).toEqual({ kind: 'found', record: entry, version: 1 });
  });

  it('reads an entry that was written without a revision', async () => {
    await harness.putText('early', '{"v":1,"readAt":1,"freshForMs":2,"value":3}');
    const record = { value: 3, readAt: 1, revision: 0, freshForMs: 2 };
    expect(await harness.store.get('early')).toEqual({ kind: 'found', record, version: 1 });
  });

  it('gives back a tombstone as one', async () => {
    await harness.store.put('purged', { purgedAt: 42 }, { version: 1, keepForSeconds: 60 });
    expect(await harness.store.get('purged')).toMatchObject({ kind: 'found', record: { purgedAt: 42 } });
  });

  it('keeps the last of two values', async () => {
    await harness.store.put('twice', { value: 1, readAt: 1, revision: 0, freshForMs: 1 }, KEPT);
    await harness.store.put('twice', { value: 2, readAt: 2, revision: 0, freshForMs: 1 }, KEPT);
    expect(await harness.store.get('twice')).toMatchObject({
      record: { value: 2, readAt: 2, revision: 0, freshForMs: 1 },
    });
  });

  it('takes the shortest keeping that KV allows where less is asked', async () => {
    const entry = { value: 1, readAt: 1, revision: 0, freshForMs: 1 };
    await harness.store.put('short', entry, { version: 1, keepForSeconds: 1 });
    expect(await harness.store.get('short')).toMatchObject({ kind: 'found' });
  });

  it.each(['keys|https://idp.example.com/a/b~c_d-e.f/', 'i|7/acme', 'a key of ü', '__proto__', 'constructor'])(
    'takes the key %j, as an issuer or a name may make it',
    async (key) => {
      expect(await harness.store.get(key)).toEqual({ kind: 'missing' });
      await harness.store.put(key, { value: key, readAt: 1, revision: 0, freshForMs: 1 }, KEPT);
      expect(await harness.store.get(key)).toMatchObject({ kind: 'found', record: { value: key } });
    },
  );

  it.each([
    '',
    'no JSON',
    'null',
    '[]',
    '{}',
    '{"purgedAt":1}',
    '{"v":"1","purgedAt":1}',
    '{"v":1.5,"readAt":1,"freshForMs":1,"value":1}',
    '{"v":1,"readAt":"1","freshForMs":1,"value":1}',
    '{"v":1,"readAt":1,"freshForMs":1}',
    '{"v":1,"readAt":1,"revision":-1,"freshForMs":1,"value":1}',
    '{"v":1,"readAt":1,"revision":"2","freshForMs":1,"value":1}',
    '{"v":1,"purgedAt":"1"}',
  ])('tells %j from nothing, and can’t read it', async (text) => {
    await harness.putText('edited', text);
    expect(await harness.store.get('edited')).toEqual({ kind: 'unreadable' });
  });

  it('tells a failing read from nothing, with a reason for the log', async () => {
    expect(await harness.failing.get('nothing')).toEqual({ kind: 'failed', reason: expect.any(String) });
  });

  it('lists the keys that begin so, tombstones’ too, and no more than are wanted', async () => {
    for (const key of ['list|b', 'list|a', 'lists', 'other|list|a']) {
      await harness.store.put(key, { value: 1, readAt: 1, revision: 0, freshForMs: 1 }, KEPT);
    }
    await harness.store.put('list|gone', { purgedAt: 1 }, { version: 1, keepForSeconds: 60 });
    const all = await harness.store.keys('list|', 10);
    expect(all.kind === 'listed' && all.keys.toSorted()).toEqual(['list|a', 'list|b', 'list|gone']);
    const two = await harness.store.keys('list|', 2);
    expect(two.kind === 'listed' && two.keys).toHaveLength(2);
    expect(await harness.store.keys('nothing|', 10)).toEqual({ kind: 'listed', keys: [] });
  });

  it('tells a failing list from an empty one', async () => {
    expect(await harness.failing.keys('list|', 10)).toEqual({ kind: 'failed', reason: expect.any(String) });
  });

  it('lets a failing write be known', async () => {
    await expect(harness.failing.put('key', { purgedAt: 1 }, KEPT)).rejects.toThrow(Error);
  });
}
