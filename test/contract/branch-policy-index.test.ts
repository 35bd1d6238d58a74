import { describe } from '@jest/globals';
import { RequestCosts } from '../unit/application/request-costs.ts';
import type { CacheStore } from '../../src/infrastructure/cache/cache-store.ts';
import { StoredBranchPolicyIndex } from '../../src/infrastructure/cache/stored-branch-policy-index.ts';
import { KvCacheStore } from '../../src/infrastructure/cloudflare/kv-cache-store.ts';
import { MemoryCacheStore } from '../../src/infrastructure/memory/memory-cache-store.ts';
import { MemoryClock } from '../../src/infrastructure/memory/memory-clock.ts';
import { startLocalKv } from '../support/local-kv.ts';
import { runTests, type Harness } from './branch-policy-index.contract.ts';

const CLOCK = new MemoryClock(0);

function index(store: CacheStore, caller: 'github' | 'stranger'): StoredBranchPolicyIndex {
  const { budget, writes } = new RequestCosts(CLOCK);
  if (caller === 'github') budget.proveGitHub();
  return new StoredBranchPolicyIndex(store, CLOCK, writes, 'b|');
}

function harness(store: CacheStore, close: () => Promise<void>): Harness {
  const failing = new MemoryCacheStore(CLOCK);
  failing.failsReads = true;
  return {
    index: index(store, 'github'),
    failing: index(failing, 'github'),
    ofStranger: index(store, 'stranger'),
    close,
  };
}

async function onKv(): Promise<Harness> {
  const { namespace, close } = await startLocalKv();
  return harness(new KvCacheStore(namespace), close);
}

describe('policies of branches, stored in memory', () =>
  runTests(async () => harness(new MemoryCacheStore(CLOCK), async () => undefined)));
describe('policies of branches, stored on KV', () => runTests(onKv));
