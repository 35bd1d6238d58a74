import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import type { CopyStore } from '../../src/infrastructure/kv/copy-store.ts';
import { KvCopyStore } from '../../src/infrastructure/kv/kv-copy-store.ts';
import { MemoryClock } from '../../src/infrastructure/memory/memory-clock.ts';
import { MemoryCopyStore } from '../../src/infrastructure/memory/memory-copy-store.ts';
import { MemoryLog } from '../../src/infrastructure/memory/memory-log.ts';

interface Harness {
  readonly store: CopyStore;
  readonly putText: (key: string, text: string) => Promise<void>;
  close(): Promise<void>;
}

async function inMemory(): Promise<Harness> {
  const store = new MemoryCopyStore(new MemoryClock(0));
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
    store: new KvCopyStore(namespace as unknown as KVNamespace, new MemoryLog()),
    putText: (key, text) => namespace.put(key, text),
    close: () => miniflare.dispose(),
  };
}

/** For good. */
const KEPT = { version: 1 };

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
    expect(await harness.store.get('nothing')).toEqual({ kind: 'missing' });
  });

  it('gives back what was put, with its times and its version', async () => {
    const copy = { value: { text: 'ä\u0000"', list: [1, null, true] }, readAt: 1_700_000_000_000, freshForMs: 300_000 };
    await harness.store.put('copy', copy, { version: 7 });
    expect(await harness.store.get('copy')).toEqual({ kind: 'found', stored: copy, version: 7 });
  });

  it('gives back a tombstone as one', async () => {
    await harness.store.put('purged', { purgedAt: 42 }, { version: 1, keepForSeconds: 60 });
    expect(await harness.store.get('purged')).toMatchObject({ kind: 'found', stored: { purgedAt: 42 } });
  });

  it('keeps the last of two values', async () => {
    await harness.store.put('twice', { value: 1, readAt: 1, freshForMs: 1 }, KEPT);
    await harness.store.put('twice', { value: 2, readAt: 2, freshForMs: 1 }, KEPT);
    expect(await harness.store.get('twice')).toMatchObject({ stored: { value: 2, readAt: 2, freshForMs: 1 } });
  });

  it('takes the shortest keeping that KV allows where less is asked', async () => {
    await harness.store.put('short', { value: 1, readAt: 1, freshForMs: 1 }, { version: 1, keepForSeconds: 1 });
    expect(await harness.store.get('short')).toMatchObject({ kind: 'found' });
  });

  it('takes keys of every letter that an issuer or a name can hold', async () => {
    const key = 'keys|https://idp.example.com/a/b~c_d-e.f/';
    await harness.store.put(key, { value: 1, readAt: 1, freshForMs: 1 }, KEPT);
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
    expect(await new KvCopyStore(broken as KVNamespace, log).get('key')).toEqual({ kind: 'failed' });
    expect(log.entries).toEqual([{ level: 'error', event: 'kv_get_failed', fields: { key: 'key', error: 'Error' } }]);
  });

  it('lets a failing write be known', async () => {
    const store = new KvCopyStore(broken as KVNamespace, new MemoryLog());
    await expect(store.put('key', { purgedAt: 1 }, KEPT)).rejects.toThrow('KV PUT failed');
  });
});
