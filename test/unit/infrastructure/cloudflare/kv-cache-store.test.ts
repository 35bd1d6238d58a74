import { beforeEach, describe, expect, it } from '@jest/globals';
import { KvCacheStore } from '../../../../src/infrastructure/cloudflare/kv-cache-store.ts';

const TOMBSTONE = { purgedAt: 1 };

let gets: unknown[];
let puts: unknown[];
let store: KvCacheStore;

beforeEach(() => {
  gets = [];
  puts = [];
  const namespace = {
    get: async (...asked: unknown[]) => (gets.push(asked), null),
    put: async (...said: unknown[]) => void puts.push(said),
  };
  store = new KvCacheStore(namespace as unknown as KVNamespace);
});

describe('a store on KV', () => {
  it('reads text, and lets the edge answer for half a minute', async () => {
    await store.get('key');
    expect(gets).toEqual([['key', { type: 'text', cacheTtl: 30 }]]);
  });

  it('keeps for good what has no end, and all else for as long as is asked, a minute at the least', async () => {
    await store.put('key', TOMBSTONE, { version: 2 });
    await store.put('key', TOMBSTONE, { version: 2, keepForSeconds: 3600 });
    await store.put('key', TOMBSTONE, { version: 2, keepForSeconds: 1 });
    const text = '{"v":2,"purgedAt":1}';
    expect(puts).toEqual([
      ['key', text, {}],
      ['key', text, { expirationTtl: 3600 }],
      ['key', text, { expirationTtl: 60 }],
    ]);
  });
});
