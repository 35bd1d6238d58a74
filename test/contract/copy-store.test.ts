import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import type { CopyStore } from '../../src/infrastructure/kv/copy-store.ts';
import { KvCopyStore } from '../../src/infrastructure/kv/kv-copy-store.ts';
import { MemoryClock } from '../../src/infrastructure/memory/memory-clock.ts';
import { MemoryCopyStore } from '../../src/infrastructure/memory/memory-copy-store.ts';
import { MemoryLog } from '../../src/infrastructure/memory/memory-log.ts';

interface Harness {
  readonly store: CopyStore;
  close(): Promise<void>;
}

async function inMemory(): Promise<Harness> {
  return { store: new MemoryCopyStore(new MemoryClock(0)), close: async () => undefined };
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
    store: new KvCopyStore(namespace as unknown as KVNamespace, new MemoryLog()),
    close: () => miniflare.dispose(),
  };
}

describe.each([
  ['in memory', inMemory],
  ['on KV', onKv],
])('a store of copies, %s', (_, start) => {
  let harness: Harness;

  beforeAll(async () => {
    harness = await start();
  });

  afterAll(async () => {
    await harness.close();
  });

  it('has nothing that was not put there', async () => {
    expect(await harness.store.get('nothing')).toBeUndefined();
  });

  it('gives back what was put, with its times', async () => {
    const copy = { value: { text: 'ä\u0000"', list: [1, null, true] }, readAt: 1_700_000_000_000, freshForMs: 300_000 };
    await harness.store.put('copy', copy);
    expect(await harness.store.get('copy')).toEqual(copy);
  });

  it('gives back a tombstone as one', async () => {
    await harness.store.put('purged', { purgedAt: 42 }, 60);
    expect(await harness.store.get('purged')).toEqual({ purgedAt: 42 });
  });

  it('keeps the last of two values', async () => {
    await harness.store.put('twice', { value: 1, readAt: 1, freshForMs: 1 });
    await harness.store.put('twice', { value: 2, readAt: 2, freshForMs: 1 });
    expect(await harness.store.get('twice')).toEqual({ value: 2, readAt: 2, freshForMs: 1 });
  });

  it('takes the shortest keeping that KV allows where less is asked', async () => {
    await harness.store.put('short', { value: 1, readAt: 1, freshForMs: 1 }, 1);
    expect(await harness.store.get('short')).toEqual({ value: 1, readAt: 1, freshForMs: 1 });
  });

  it('takes keys of every letter that an issuer or a name can hold', async () => {
    const key = 'keys|https://idp.example.com/a/b~c_d-e.f/';
    await harness.store.put(key, { value: 1, readAt: 1, freshForMs: 1 });
    expect(await harness.store.get(key)).toBeDefined();
  });
});

describe('KV alone', () => {
  const broken: Pick<KVNamespace, 'get' | 'put'> = {
    get: () => Promise.reject(new Error('KV GET failed')),
    put: () => Promise.reject(new Error('KV PUT failed')),
  } as never;

  it('takes a failing read for a miss, and logs it', async () => {
    const log = new MemoryLog();
    expect(await new KvCopyStore(broken as KVNamespace, log).get('key')).toBeUndefined();
    expect(log.entries).toEqual([{ level: 'error', event: 'kv_get_failed', fields: { key: 'key', error: 'Error' } }]);
  });

  it('lets a failing write be known', async () => {
    const store = new KvCopyStore(broken as KVNamespace, new MemoryLog());
    await expect(store.put('key', { purgedAt: 1 })).rejects.toThrow('KV PUT failed');
  });

  it.each([
    '',
    'no JSON',
    'null',
    '[]',
    '{}',
    '{"v":0,"purgedAt":1}',
    '{"v":1,"readAt":"1","freshForMs":1,"value":1}',
    '{"v":1,"readAt":1,"freshForMs":1}',
    '{"v":1,"purgedAt":"1"}',
  ])('takes %j for a miss', async (text) => {
    const namespace = { get: async () => text } as never;
    expect(await new KvCopyStore(namespace, new MemoryLog()).get('key')).toBeUndefined();
  });
});
