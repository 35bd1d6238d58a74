import { describe } from '@jest/globals';
import { RequestCosts } from '../unit/application/request-costs.ts';
import type { CacheStore } from '../../src/infrastructure/cache/cache-store.ts';
import { LruMap } from '../../src/infrastructure/cache/lru-map.ts';
import { TwoLevelCache, type IsolateMemo } from '../../src/infrastructure/cache/two-level-cache.ts';
import { KvCacheStore } from '../../src/infrastructure/cloudflare/kv-cache-store.ts';
import { MemoryCacheStore } from '../../src/infrastructure/memory/memory-cache-store.ts';
import { MemoryClock } from '../../src/infrastructure/memory/memory-clock.ts';
import { MemoryDeferredTasks } from '../../src/infrastructure/memory/memory-deferred-tasks.ts';
import { SILENT_LOG } from '../support/github-session.ts';
import { startLocalKv } from '../support/local-kv.ts';
import { runTests, type Harness, type IsolateCache } from './cache.contract.ts';

const POLICY = {
  prefix: 'p|',
  isolateMs: 30_000,
  longestFreshMs: 15 * 60_000,
  migrations: [],
  isValue: (value: unknown): value is string => typeof value === 'string',
  isSame: (a: string, b: string) => a === b,
};

/** A store that can be told to fail. */
class FailingStore implements CacheStore {
  isFailing = false;
  readonly #store: CacheStore;

  constructor(store: CacheStore) {
    this.#store = store;
  }

  get(key: string): ReturnType<CacheStore['get']> {
    return this.isFailing ? Promise.resolve({ kind: 'failed', reason: 'test' }) : this.#store.get(key);
  }

  keys(...asked: Parameters<CacheStore['keys']>): ReturnType<CacheStore['keys']> {
    return this.#store.keys(...asked);
  }

  put(...entry: Parameters<CacheStore['put']>): Promise<void> {
    return this.isFailing ? Promise.reject(new Error('test')) : this.#store.put(...entry);
  }
}

function isolate(store: CacheStore, clock: MemoryClock): IsolateCache {
  const { budget, writes } = new RequestCosts(clock);
  budget.proveInsider();
  const deferredTasks = new MemoryDeferredTasks();
  const runtime = { store, clock, log: SILENT_LOG, deferredTasks, writes };
  const cache = new TwoLevelCache(new LruMap<IsolateMemo<string>>(10), POLICY, runtime);
  return { cache, answered: () => deferredTasks.run() };
}

function harness(store: CacheStore, clock: MemoryClock, close: () => Promise<void>): Harness {
  const failing = new FailingStore(store);
  return {
    clock,
    isolate: () => isolate(failing, clock),
    fail: (isFailing) => {
      failing.isFailing = isFailing;
    },
    close,
  };
}

async function beforeMemory(): Promise<Harness> {
  const clock = new MemoryClock(1_000_000_000);
  return harness(new MemoryCacheStore(clock), clock, async () => undefined);
}

async function beforeKv(): Promise<Harness> {
  const { namespace, close } = await startLocalKv();
  return harness(new KvCacheStore(namespace), new MemoryClock(1_000_000_000), close);
}

describe('a cache of two levels, before a store in memory', () => runTests(beforeMemory));
describe('a cache of two levels, before KV', () => runTests(beforeKv));
