import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { StoreSpentError } from '../../../../src/infrastructure/cache/cache-store.ts';
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

describe('a write that KV refuses', () => {
  const refusing = (error: unknown): KvCacheStore =>
    new KvCacheStore({
      put: async () => {
        throw error;
      },
    } as unknown as KVNamespace);

  it('is of no use to try again once the writes of the day are used up', async () => {
    const spent = refusing(new Error('KV put() limit exceeded for the day.'));
    await expect(spent.put('key', TOMBSTONE, { version: 1 })).rejects.toThrow(StoreSpentError);
  });

  it.each([new Error('KV PUT failed: 429 Too Many Requests'), null, 'limit exceeded for the day'])(
    'is told as it is for any other reason: %s',
    async (error) => {
      const failure = refusing(error).put('key', TOMBSTONE, { version: 1 });
      await expect(failure).rejects.toBe(error);
    },
  );
});

describe('a read of KV that hangs', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('has failed after three seconds, and not before', async () => {
    const hanging = { get: () => new Promise<never>(() => undefined) };
    const answers: unknown[] = [];
    const read = new KvCacheStore(hanging as unknown as KVNamespace).get('key').then((answer) => answers.push(answer));
    await jest.advanceTimersByTimeAsync(2999);
    expect(answers).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    await read;
    expect(answers).toEqual([{ kind: 'failed', reason: 'TimeoutError' }]);
  });

  it('leaves no timer behind where it ends in time', async () => {
    await store.get('key');
    expect(jest.getTimerCount()).toBe(0);
  });
});
