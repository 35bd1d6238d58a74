import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import type { CacheStore } from '../../src/infrastructure/cache/cache-store.ts';
import { KvCacheStore } from '../../src/infrastructure/cloudflare/kv-cache-store.ts';
import { MemoryClock } from '../../src/infrastructure/memory/memory-clock.ts';
import { MemoryCacheStore } from '../../src/infrastructure/memory/memory-cache-store.ts';
import { MemoryLog } from '../../src/infrastructure/memory/memory-log.ts';

interface Harness {
  readonly store: CacheStore;
  readonly putText: (key: string, text: string) => Promise<void>;
  close(): Promise<void>;
}

async function inMemory(): Promise<Harness> {
  const store = new MemoryCacheStore(new MemoryClock(0));
  return { store, putText: async (key, text) => store.putText(key, text), close: async () => undefined };
}

async function onKv(): Promise<Harness> {
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: 'export default { fetch: () => new Response() }',
      kvNamespaces: { KV: 'contract' },
    }),
  );
  const namespace = await miniflare.getKVNamespace('KV');
  return {
    store: new KvCacheStore(namespace as unknown as KVNamespace, new MemoryLog()),
    putText: (key, text) => namespace.put(key, text),
    close: () => miniflare.dispose(),
  };
}

/** For good. */
const KEPT = { version: 1 };

describe.each([
  ['in memory', inMemory],
  ['on KV', onKv],
])('a store of cache entries, %s', (_, start) => {
  let harness: Harness;

  beforeAll(async () => {
    harness = await start();
  });

  afterAll(async () => {
    await harness.close();
  });

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
    await harness.store.put(
      'short',
      { value: 1, readAt: 1, revision: 0, freshForMs: 1 },
      { version: 1, keepForSeconds: 1 },
    );
    expect(await harness.store.get('short')).toMatchObject({ kind: 'found' });
  });

  it('takes keys of every letter that an issuer or a name can hold', async () => {
    const key = 'keys|https://idp.example.com/a/b~c_d-e.f/';
    await harness.store.put(key, { value: 1, readAt: 1, revision: 0, freshForMs: 1 }, KEPT);
    expect(await harness.store.get(key)).toMatchObject({ kind: 'found' });
  });

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
});

describe('KV alone', () => {
  const broken: Pick<KVNamespace, 'get' | 'put'> = {
    get: () => Promise.reject(new Error('KV GET failed')),
    put: () => Promise.reject(new Error('KV PUT failed')),
  } as never;

  it('tells a failing read from nothing, and logs it', async () => {
    const log = new MemoryLog();
    expect(await new KvCacheStore(broken as KVNamespace, log).get('key')).toEqual({ kind: 'failed' });
    expect(log.entries).toEqual([{ level: 'error', event: 'kv_get_failed', fields: { key: 'key', error: 'Error' } }]);
  });

  it('lets a failing write be known', async () => {
    const store = new KvCacheStore(broken as KVNamespace, new MemoryLog());
    await expect(store.put('key', { purgedAt: 1 }, KEPT)).rejects.toThrow('KV PUT failed');
  });
});
