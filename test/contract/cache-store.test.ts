import { describe, expect, it } from '@jest/globals';
import { KvCacheStore } from '../../src/infrastructure/cloudflare/kv-cache-store.ts';
import { MemoryClock } from '../../src/infrastructure/memory/memory-clock.ts';
import { MemoryCacheStore } from '../../src/infrastructure/memory/memory-cache-store.ts';
import { startLocalKv } from '../support/local-kv.ts';
import { runTests, type Harness } from './cache-store.contract.ts';

const BROKEN = {
  get: () => Promise.reject(new TypeError('KV GET failed: https://api.example.com')),
  list: () => Promise.reject(new TypeError('KV LIST failed: https://api.example.com')),
  put: () => Promise.reject(new Error('KV PUT failed')),
} as unknown as KVNamespace;

async function inMemory(): Promise<Harness> {
  const store = new MemoryCacheStore(new MemoryClock(0));
  const failing = new MemoryCacheStore(new MemoryClock(0));
  failing.failsReads = true;
  failing.failingWrites = Number.POSITIVE_INFINITY;
  return { store, failing, putText: async (key, text) => store.putText(key, text), close: async () => undefined };
}

async function onKv(): Promise<Harness> {
  const { namespace, close } = await startLocalKv();
  return {
    store: new KvCacheStore(namespace),
    failing: new KvCacheStore(BROKEN),
    putText: (key, text) => namespace.put(key, text),
    close,
  };
}

describe('a store of cache entries, in memory', () => runTests(inMemory));
describe('a store of cache entries, on KV', () => runTests(onKv));

describe('KV alone', () => {
  it('tells of a failure its name alone, for its message may hold anything', async () => {
    expect(await new KvCacheStore(BROKEN).get('key')).toEqual({ kind: 'failed', reason: 'TypeError' });
  });
});
