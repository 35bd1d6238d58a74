import { beforeEach, describe, expect, it } from '@jest/globals';
import { BudgetWindows } from '../../../../src/application/budget/budget-windows.ts';
import { RequestCosts } from '../../application/request-costs.ts';
import type { LogFields } from '../../../../src/application/ports/log.ts';
import type { Cache, CacheEntry } from '../../../../src/application/ports/cache.ts';
import type { CacheRecord } from '../../../../src/infrastructure/cache/cache-entry.ts';
import { StoreSpentError, type Keeping, type StoreAnswer } from '../../../../src/infrastructure/cache/cache-store.ts';
import { LruMap } from '../../../../src/infrastructure/cache/lru-map.ts';
import type { Migration } from '../../../../src/infrastructure/cache/schema.ts';
import { TwoLevelCache, type IsolateMemo } from '../../../../src/infrastructure/cache/two-level-cache.ts';

const MINUTE = 60_000;
const FAILED: StoreAnswer = { kind: 'failed', reason: 'NetworkError' };

let now: number;
let store: Map<string, CacheRecord<unknown>>;
let reads: number;
let writes: number;
/** Instead of what the store holds. */
let answer: StoreAnswer | undefined;
let version: number;
let migrations: Migration[];
let keepForSeconds: number | undefined;
let keepings: Keeping[];
let logged: LogFields[];

beforeEach(() => {
  now = 1_000_000_000;
  store = new Map();
  reads = 0;
  writes = 0;
  answer = undefined;
  version = 1;
  migrations = [];
  keepForSeconds = undefined;
  keepings = [];
  logged = [];
});

/** An isolate, with what a request of it needs. */
class Isolate {
  readonly memory: LruMap<IsolateMemo<string>>;
  readonly tasks: (() => Promise<void>)[] = [];
  readonly windows = new BudgetWindows();

  constructor(capacity = 10) {
    this.memory = new LruMap(capacity);
  }

  /** The cache as one request has it. */
  request(
    trustLevel: 'proven' | 'unproven' | 'github' = 'proven',
    owner = 'acme',
    always: { readonly isAlwaysWritten?: true } = {},
  ): TwoLevelCache<string> {
    const clock = { now: () => now };
    const { budget, trust, writes } = new RequestCosts(clock, this.windows);
    trust.comesFrom({ owner });
    if (trustLevel === 'proven') budget.proveOutsider();
    if (trustLevel === 'github') budget.proveGitHub();
    const note = (event: string, fields: LogFields = {}): void => void logged.push({ event, ...fields });
    const log = { info: note, warn: note, error: note };
    const policy = {
      prefix: 'p|',
      isolateMs: 30_000,
      longestFreshMs: 15 * MINUTE,
      ...(keepForSeconds === undefined ? {} : { keepForSeconds }),
      migrations,
      isValue: (value: unknown): value is string => typeof value === 'string',
      isSame: (a: string, b: string) => a === b,
      ...always,
    };
    const deferredTasks = { add: (_: string, task: () => Promise<void>) => void this.tasks.push(task) };
    return new TwoLevelCache(this.memory, policy, { store: STORE, clock, log, deferredTasks, writes });
  }

  async deferredTasks(): Promise<void> {
    await Promise.all(this.tasks.splice(0).map((task) => task()));
  }
}

const STORE = {
  get: async (key: string): Promise<StoreAnswer> => {
    reads += 1;
    if (answer !== undefined) return answer;
    const stored = store.get(key);
    return stored === undefined ? { kind: 'missing' } : { kind: 'found', record: stored, version };
  },
  keys: async () => ({ kind: 'listed', keys: [...store.keys()] }) as const,
  put: async (key: string, stored: CacheRecord<unknown>, keeping: Keeping) => {
    writes += 1;
    keepings.push(keeping);
    store.set(key, stored);
  },
};

function copy(value: string, readAt = now, freshForMs = 5 * MINUTE): CacheEntry<string> {
  return { value, readAt, revision: 0, freshForMs };
}

async function entryIn(cache: Cache<string>, key: string): Promise<CacheEntry<string> | undefined> {
  const found = await cache.find(key);
  return found.kind === 'found' ? found.entry : undefined;
}

describe('an isolate before a store', () => {
  it('answers from memory for as long as it may, then asks the store again', async () => {
    const isolate = new Isolate();
    isolate.request().put('k', copy('v'), 'shared');
    await entryIn(isolate.request(), 'k');
    expect(reads).toBe(0);
    now += 30_000;
    await entryIn(isolate.request(), 'k');
    expect(reads).toBe(1);
  });

  it('sees within half a minute what another isolate learnt', async () => {
    const [one, two] = [new Isolate(), new Isolate()];
    one.request().put('k', copy('old'), 'shared');
    await one.deferredTasks();
    await entryIn(two.request(), 'k');
    now += 10_000;
    one.request().put('k', copy('new'), 'shared');
    await one.deferredTasks();
    now += 30_000;
    expect((await entryIn(two.request(), 'k'))?.value).toBe('new');
  });

  it('keeps no more than its memory holds, and goes on from the store', async () => {
    const isolate = new Isolate(2);
    for (const key of ['a', 'b', 'c']) isolate.request().put(key, copy(key), 'shared');
    await isolate.deferredTasks();
    expect(isolate.memory.size).toBe(2);
    now += 1000;
    isolate.request().put('a', copy('a2'), 'shared');
    await isolate.deferredTasks();
    expect((await entryIn(isolate.request(), 'a'))?.value).toBe('a2');
  });

  it('writes nothing on behalf of the unproven', async () => {
    const isolate = new Isolate();
    isolate.request('unproven').put('k', copy('v'), 'shared');
    isolate.request('unproven').drop('k');
    await isolate.deferredTasks();
    expect(writes).toBe(0);
  });

  it('writes once what many requests have learnt at the same time', async () => {
    const isolate = new Isolate();
    for (let count = 0; count < 5; count++) isolate.request().put('k', copy('v', now + count), 'shared');
    await isolate.deferredTasks();
    expect([writes, store.get('p|k')]).toEqual([1, copy('v', now + 4)]);
  });

  it('does not write where nothing but the time has changed, for an hour', async () => {
    const isolate = new Isolate();
    for (let minutes = 0; minutes < 60; minutes += 5, now += 5 * MINUTE) {
      isolate.request().put('k', copy('v'), 'shared');
      await isolate.deferredTasks();
    }
    expect(writes).toBe(1);
    isolate.request().put('k', copy('v'), 'shared');
    await isolate.deferredTasks();
    expect(writes).toBe(2);
  });

  it('writes a copy whose freshness has grown, and one whose value has changed', async () => {
    const isolate = new Isolate();
    isolate.request().put('k', copy('v'), 'shared');
    await isolate.deferredTasks();
    now += 5 * MINUTE;
    isolate.request().put('k', copy('v', now, 10 * MINUTE), 'shared');
    await isolate.deferredTasks();
    now += 10 * MINUTE;
    isolate.request().put('k', copy('w', now, 10 * MINUTE), 'shared');
    await isolate.deferredTasks();
    expect(writes).toBe(3);
  });
});

describe('an older copy', () => {
  it('never replaces a newer one, here or in the store', async () => {
    const [one, two] = [new Isolate(), new Isolate()];
    const old = copy('old');
    now += 1000;
    one.request().put('k', copy('new'), 'shared');
    await one.deferredTasks();
    two.request().put('k', old, 'shared');
    await two.deferredTasks();
    expect(store.get('p|k')).toMatchObject({ value: 'new' });
    one.request().put('k', old, 'shared');
    expect((await entryIn(one.request(), 'k'))?.value).toBe('new');
  });

  it('is not brought back after a purge by a read that began before it', async () => {
    const [one, two] = [new Isolate(), new Isolate()];
    const underWay = copy('old');
    now += 1000;
    await one.request().purge('k');
    two.request().put('k', underWay, 'shared');
    await two.deferredTasks();
    one.request().put('k', underWay, 'shared');
    expect(await entryIn(one.request(), 'k')).toBeUndefined();
    now += 30_000;
    expect(await entryIn(two.request(), 'k')).toBeUndefined();
    expect(store.get('p|k')).toEqual({ purgedAt: expect.any(Number) });
  });

  it('is not brought back by a read that began at the very time of the purge', async () => {
    const isolate = new Isolate();
    await isolate.request().purge('k');
    isolate.request().put('k', copy('old'), 'shared');
    await isolate.deferredTasks();
    expect(await entryIn(isolate.request(), 'k')).toBeUndefined();
  });

  it('is not brought back by a write that was under way when the purge came', async () => {
    const isolate = new Isolate();
    isolate.request().put('k', copy('old'), 'shared');
    const get = STORE.get;
    let goOn: () => void = () => undefined;
    STORE.get = async (key) => {
      await new Promise<void>((resolve) => (goOn = resolve));
      return get(key);
    };
    const writing = isolate.deferredTasks();
    STORE.get = get;
    now += 1000;
    const purged = isolate.request().purge('k');
    // KV may still tell what stood there before.
    await purged;
    const tombstone = store.get('p|k');
    store.delete('p|k');
    goOn();
    await writing;
    expect(tombstone).toEqual({ purgedAt: now });
    expect(store.get('p|k')).toBeUndefined();
  });

  it('is not brought back by a second try to write it', async () => {
    const isolate = new Isolate();
    isolate.request().put('k', copy('old'), 'shared');
    const put = STORE.put;
    const realTimeout = globalThis.setTimeout;
    globalThis.setTimeout = ((run: () => void) => realTimeout(run, 20)) as typeof setTimeout;
    STORE.put = () => Promise.reject(new Error('429'));
    const writing = isolate.deferredTasks();
    await new Promise((resolve) => realTimeout(resolve, 5));
    STORE.put = put;
    now += 1000;
    await isolate.request().purge('k');
    await writing;
    globalThis.setTimeout = realTimeout;
    expect(store.get('p|k')).toEqual({ purgedAt: now });
  });

  it('gives way to what is read after the purge', async () => {
    const isolate = new Isolate();
    await isolate.request().purge('k');
    now += 1;
    isolate.request().put('k', copy('new'), 'shared');
    await isolate.deferredTasks();
    expect(store.get('p|k')).toMatchObject({ value: 'new' });
  });
});

describe('a revision of an entry', () => {
  it('replaces earlier ones of the same read, here and in the store, and gives way to a purge at that time', async () => {
    const isolate = new Isolate();
    const first = copy('first');
    const second = { ...first, value: 'second', revision: 1 };
    for (const entry of [first, second, first]) {
      isolate.request().put('k', entry, 'shared');
      await isolate.deferredTasks();
    }
    expect([(await entryIn(isolate.request(), 'k'))?.value, store.get('p|k')]).toEqual(['second', second]);
    await isolate.request().purge('k');
    isolate.request().put('k', { ...second, revision: 2 }, 'shared');
    expect(await entryIn(isolate.request(), 'k')).toBeUndefined();
  });
});

describe('a purge', () => {
  it('is seen by other isolates within half a minute', async () => {
    const [one, two] = [new Isolate(), new Isolate()];
    one.request().put('k', copy('v'), 'shared');
    await one.deferredTasks();
    await entryIn(two.request(), 'k');
    now += 1000;
    await one.request().purge('k');
    now += 30_000;
    expect(await entryIn(two.request(), 'k')).toBeUndefined();
  });

  it('on behalf of a caller leaves room for what is looked up at once, and writes only that', async () => {
    const isolate = new Isolate();
    isolate.request().put('k', copy('old'), 'shared');
    await isolate.deferredTasks();
    writes = 0;
    const request = isolate.request();
    now += 1000;
    request.drop('k');
    request.put('k', copy('new'), 'shared');
    await isolate.deferredTasks();
    expect([writes, store.get('p|k')]).toEqual([1, copy('new')]);
  });
});

describe('a store that fails to write', () => {
  it('is told again by the next request that learns the same', async () => {
    const isolate = new Isolate();
    const put = STORE.put;
    STORE.put = () => Promise.reject(new Error('429'));
    const realTimeout = globalThis.setTimeout;
    globalThis.setTimeout = ((run: () => void) => realTimeout(run, 0)) as typeof setTimeout;
    isolate.request().put('k', copy('v'), 'shared');
    await expect(isolate.deferredTasks()).rejects.toThrow('429');
    globalThis.setTimeout = realTimeout;
    STORE.put = put;
    now += 5 * MINUTE;
    isolate.request().put('k', copy('v'), 'shared');
    await isolate.deferredTasks();
    expect(writes).toBe(1);
  });

  it('until the next day is not told a second time, which would only cost reads', async () => {
    const isolate = new Isolate();
    const put = STORE.put;
    let attempts = 0;
    STORE.put = () => {
      attempts += 1;
      return Promise.reject(new StoreSpentError('spent'));
    };
    isolate.request().put('k', copy('v'), 'shared');
    await expect(isolate.deferredTasks()).rejects.toThrow(StoreSpentError);
    expect([attempts, reads]).toEqual([1, 1]);
    await expect(isolate.request('github').purge('k')).rejects.toThrow(StoreSpentError);
    STORE.put = put;
    expect([attempts, reads]).toEqual([2, 1]);
  });
});

describe('writes on one owner’s account', () => {
  const always = { isAlwaysWritten: true } as const;

  async function spent(isolate: Isolate): Promise<void> {
    for (let count = 0; count < 70; count++) isolate.request().put(`k${count}`, copy('v'), 'shared');
    await isolate.deferredTasks();
  }

  it('end at sixty a minute, while the isolate goes on with what it read, and others write', async () => {
    const isolate = new Isolate(100);
    await spent(isolate);
    expect(writes).toBe(60);
    await expect(entryIn(isolate.request(), 'k69')).resolves.toMatchObject({ value: 'v' });
    isolate.request('proven', 'other').put('other', copy('v'), 'shared');
    await isolate.deferredTasks();
    expect(writes).toBe(61);
  });

  it('are made up for when the same is read again later', async () => {
    const isolate = new Isolate(100);
    await spent(isolate);
    now += MINUTE;
    isolate.request().put('k69', copy('v'), 'shared');
    await isolate.deferredTasks();
    expect(store.has('p|k69')).toBe(true);
  });

  it('never leave out what was seen and must be kept, if the caller is proven', async () => {
    const isolate = new Isolate(100);
    await spent(isolate);
    isolate.request('proven', 'acme', always).put('list', copy('v'), 'shared');
    isolate.request('unproven', 'acme', always).put('strange', copy('v'), 'shared');
    await isolate.deferredTasks();
    expect([store.has('p|list'), store.has('p|strange')]).toEqual([true, false]);
  });

  it('of webhooks have a bound of their own, beyond which the delivery is told that it failed', async () => {
    const isolate = new Isolate(1000);
    await spent(isolate);
    for (let count = 0; count < 300; count++) await isolate.request('github').purge(`k${count}`);
    await expect(isolate.request('github').purge('one more')).rejects.toThrow();
    expect(await isolate.request('github').find('one more')).toEqual({ kind: 'untold' });
    await expect(isolate.request('github', 'other').purge('of another')).resolves.toBeUndefined();
  });
});

describe('what a cache tells of a key that it has nothing of', () => {
  const KEY = 'p|k';
  const HOUR = 60 * MINUTE;

  it('is missing only where the store says so', async () => {
    expect(await new Isolate().request().find('k')).toEqual({ kind: 'missing' });
    expect(logged).toEqual([]);
  });

  it.each<[string, () => void]>([
    ['fails', () => (answer = FAILED)],
    ['holds what can’t be read', () => (answer = { kind: 'unreadable' })],
    ['holds another shape', () => store.set(KEY, { ...copy('v'), value: 1 })],
    ['holds a version of the future', () => void (store.set(KEY, copy('v')), (version = 2))],
    ['holds a version that never was', () => void (store.set(KEY, copy('v')), (version = 0))],
    ['holds a time of the future', () => store.set(KEY, copy('v', now + HOUR))],
    ['holds what is fresh for too long', () => store.set(KEY, copy('v', now, 15 * MINUTE + 1))],
    ['holds what is fresh for less than no time', () => store.set(KEY, copy('v', now, -1))],
    ['holds a tombstone', () => store.set(KEY, { purgedAt: now - HOUR })],
    ['holds a tombstone of the future', () => store.set(KEY, { purgedAt: now + HOUR })],
  ])('is untold where the store %s, and stays so while the isolate remembers', async (_, given) => {
    const isolate = new Isolate();
    given();
    expect(await isolate.request().find('k')).toEqual({ kind: 'untold' });
    expect(await isolate.request().find('k')).toEqual({ kind: 'untold' });
    expect(await entryIn(isolate.request(), 'k')).toBeUndefined();
    expect(reads).toBe(1);
  });

  it('is untold where a store fails that had nothing before', async () => {
    const isolate = new Isolate();
    await isolate.request().find('k');
    now += 30_000;
    answer = FAILED;
    expect(await isolate.request().find('k')).toEqual({ kind: 'untold' });
  });

  it('is asked again a second after the store has failed', async () => {
    const isolate = new Isolate();
    answer = FAILED;
    await isolate.request().find('k');
    now += 999;
    answer = undefined;
    expect(await isolate.request().find('k')).toEqual({ kind: 'untold' });
    now += 1;
    expect(await isolate.request().find('k')).toEqual({ kind: 'missing' });
  });

  it('is what the isolate holds, where the store fails', async () => {
    const isolate = new Isolate();
    isolate.request().put('k', copy('v'), 'isolate');
    now += 30_000;
    answer = FAILED;
    expect(await isolate.request().find('k')).toMatchObject({ kind: 'found', entry: { value: 'v' } });
  });

  it('logs what can’t be read', async () => {
    answer = { kind: 'unreadable' };
    await entryIn(new Isolate().request(), 'k');
    expect(logged).toEqual([{ event: 'cache_value_unreadable', key: KEY }]);
  });

  it('logs that the store failed, and why', async () => {
    answer = FAILED;
    await new Isolate().request().find('k');
    expect(logged).toEqual([{ event: 'kv_get_failed', key: KEY, error: 'NetworkError' }]);
  });
});

describe('a value of an older version', () => {
  it('is lifted through every version since', async () => {
    store.set('p|k', { ...copy(''), value: 1 });
    migrations = [(value) => [value], (value) => `now ${JSON.stringify(value)}`];
    expect(await new Isolate().request().find('k')).toMatchObject({ kind: 'found', entry: { value: 'now [1]' } });
    version = 2;
    expect(await new Isolate().request().find('k')).toMatchObject({ kind: 'found', entry: { value: 'now 1' } });
    version = 3;
    expect(await new Isolate().request().find('k')).toEqual({ kind: 'untold' });
  });

  it('is written as the present version once it is learnt anew', async () => {
    migrations = [(value) => value];
    const isolate = new Isolate();
    isolate.request().put('k', copy('v'), 'shared');
    await isolate.deferredTasks();
    expect(keepings).toEqual([{ version: 2 }]);
  });
});

describe('times of the future', () => {
  it('are believed as far as two clocks may differ', async () => {
    store.set('p|k', copy('v', now + 5000));
    expect(await new Isolate().request().find('k')).toMatchObject({ kind: 'found' });
    store.set('p|k', copy('v', now + 5001));
    expect(await new Isolate().request().find('k')).toEqual({ kind: 'untold' });
  });

  it('do not keep a purge or a copy of a wrong clock in the way of what is learnt afterwards', async () => {
    const isolate = new Isolate();
    now += 60 * MINUTE;
    await isolate.request().purge('purged');
    isolate.request().put('kept', copy('wrong'), 'shared');
    await isolate.deferredTasks();
    now -= 60 * MINUTE;
    for (const key of ['purged', 'kept']) {
      isolate.request().put(key, copy('right'), 'shared');
      await isolate.deferredTasks();
      expect((await entryIn(isolate.request(), key))?.value).toBe('right');
      expect(store.get(`p|${key}`)).toEqual(copy('right'));
    }
  });
});

describe('a write', () => {
  it('is left out where the store can’t tell what stands there, and tried again with the next copy', async () => {
    const isolate = new Isolate();
    answer = FAILED;
    isolate.request().put('k', copy('v'), 'shared');
    await expect(isolate.deferredTasks()).rejects.toThrow('could not be read');
    expect(writes).toBe(0);
    answer = undefined;
    now += 1;
    isolate.request().put('k', copy('v'), 'shared');
    await isolate.deferredTasks();
    expect(writes).toBe(1);
  });

  it('replaces what can’t be read', async () => {
    const isolate = new Isolate();
    answer = { kind: 'unreadable' };
    isolate.request().put('k', copy('v'), 'shared');
    await isolate.deferredTasks();
    expect(store.get('p|k')).toEqual(copy('v'));
  });

  it('of a purge is kept for good where copies are, and for two hours elsewhere', async () => {
    await new Isolate().request().purge('k');
    keepForSeconds = 60;
    await new Isolate().request().purge('k');
    expect(keepings).toEqual([{ version: 1 }, { version: 1, keepForSeconds: 7200 }]);
  });
});

describe('ending the freshness of a copy', () => {
  it('keeps it, here and in the store', async () => {
    const isolate = new Isolate();
    store.set('p|k', copy('v'));
    await isolate.request().expire('k');
    const kept = await entryIn(isolate.request(), 'k');
    expect([kept?.value, kept?.freshForMs]).toEqual(['v', 0]);
    expect(store.get('p|k')).toMatchObject({ value: 'v', freshForMs: 0 });
  });

  it('fails where the store does, and has ended it here all the same', async () => {
    const isolate = new Isolate();
    isolate.request().put('k', copy('v'), 'isolate');
    answer = FAILED;
    await expect(isolate.request().expire('k')).rejects.toThrow('could not be read');
    const kept = await entryIn(isolate.request(), 'k');
    expect([kept?.value, kept?.freshForMs, writes]).toEqual(['v', 0, 0]);
    await expect(new Isolate().request().expire('k')).rejects.toThrow('could not be read');
  });

  it('leaves a tombstone for good where the store holds what can’t be read', async () => {
    const isolate = new Isolate();
    answer = { kind: 'unreadable' };
    await isolate.request().expire('k');
    expect([store.get('p|k'), keepings]).toEqual([{ purgedAt: now }, [{ version: 1 }]]);
    answer = undefined;
    expect(await new Isolate().request().find('k')).toEqual({ kind: 'untold' });
  });

  it('puts the isolate’s copy in the place of what can’t be read', async () => {
    const isolate = new Isolate();
    isolate.request().put('k', copy('v'), 'isolate');
    answer = { kind: 'unreadable' };
    await isolate.request().expire('k');
    expect(store.get('p|k')).toMatchObject({ value: 'v', freshForMs: 0 });
  });

  it('writes nothing where nothing is known', async () => {
    await new Isolate().request().expire('k');
    expect(writes).toBe(0);
  });
});
