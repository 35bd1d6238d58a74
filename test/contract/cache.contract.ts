import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { revised, type Cache, type CacheEntry, type CacheInvalidation } from '../../src/application/ports/cache.ts';
import type { MemoryClock } from '../../src/infrastructure/memory/memory-clock.ts';
import { Impatience } from '../support/impatience.ts';

export type InvalidatedCache = Cache<string> & CacheInvalidation;

/** One isolate's cache, as a proven caller's request has it. */
export interface IsolateCache {
  readonly cache: InvalidatedCache;
  /** What comes after the answer. */
  readonly answered: () => Promise<void>;
}

export interface Harness {
  readonly clock: MemoryClock;
  /** A new isolate before the store that all share. */
  isolate(): IsolateCache;
  /** Whether the store fails, reads and writes. */
  fail(isFailing: boolean): void;
  close(): Promise<void>;
}

/** Longer than an isolate answers without asking the store again. */
const SPREAD_MS = 60_000;
const MINUTE_MS = 60_000;

/** What every adapter of the ports must do. */
export function runTests(start: () => Promise<Harness>): void {
  let harness: Harness;
  let here: IsolateCache;
  let elsewhere: IsolateCache;
  let key: string;
  let keys = 0;

  beforeAll(async () => {
    harness = await start();
  });

  beforeEach(() => {
    harness.fail(false);
    harness.clock.advance(SPREAD_MS);
    here = harness.isolate();
    elsewhere = harness.isolate();
    key = `key ${(keys += 1)}`;
  });

  afterAll(() => harness.close());

  function read(value: string): CacheEntry<string> {
    return { value, readAt: harness.clock.now(), revision: 0, freshForMs: 5 * MINUTE_MS };
  }

  async function learn({ cache, answered }: IsolateCache, entry: CacheEntry<string>): Promise<void> {
    cache.put(key, entry, 'shared');
    await answered();
  }

  async function valueIn({ cache }: IsolateCache, name = key): Promise<string | undefined> {
    const answer = await cache.find(name);
    return answer.kind === 'found' ? answer.entry.value : undefined;
  }

  it('has nothing that was never kept', async () => {
    expect(await here.cache.find(key)).toEqual({ kind: 'missing' });
  });

  it('finds what was put: here at once, elsewhere once the answer is out', async () => {
    const entry = read('v');
    here.cache.put(key, entry, 'shared');
    expect(await here.cache.find(key)).toEqual({ kind: 'found', entry });
    expect(await harness.isolate().cache.find(key)).toEqual({ kind: 'missing' });
    await here.answered();
    expect(await elsewhere.cache.find(key)).toEqual({ kind: 'found', entry });
  });

  it('keeps to this isolate what is not to be shared', async () => {
    here.cache.put(key, read('v'), 'isolate');
    await here.answered();
    expect([await valueIn(here), await elsewhere.cache.find(key)]).toEqual(['v', { kind: 'missing' }]);
  });

  it('finds an entry however old it is, for whoever asks judges that', async () => {
    const entry = read('v');
    await learn(here, entry);
    harness.clock.advance(30 * MINUTE_MS);
    expect(await here.cache.find(key)).toEqual({ kind: 'found', entry });
  });

  it('tells names apart that only look alike, or that objects have of themselves', async () => {
    const names = [`${key} a`, `${key} A`, '__proto__', 'constructor', 'toString'];
    for (const name of names) here.cache.put(name, read(name), 'shared');
    await here.answered();
    for (const name of names) expect(await valueIn(elsewhere, name)).toBe(name);
    expect(await here.cache.find('hasOwnProperty')).toEqual({ kind: 'missing' });
  });

  it('never replaces a newer entry by an older one', async () => {
    const old = read('old');
    harness.clock.advance(1);
    await learn(here, read('new'));
    await learn(elsewhere, old);
    await learn(here, old);
    expect([await valueIn(here), await valueIn(harness.isolate())]).toEqual(['new', 'new']);
  });

  it('replaces an entry by what was learnt of it since', async () => {
    const first = read('first');
    await learn(here, first);
    await learn(here, revised(first, { value: 'second' }));
    await learn(here, first);
    expect([await valueIn(here), await valueIn(elsewhere)]).toEqual(['second', 'second']);
  });

  it('forgets what a caller’s request drops: here at once, elsewhere once the answer is out', async () => {
    await learn(here, read('v'));
    harness.clock.advance(1);
    here.cache.drop(key);
    expect(await here.cache.find(key)).toEqual({ kind: 'untold' });
    await here.answered();
    expect(await valueIn(elsewhere)).toBeUndefined();
  });

  it('keeps what the same request looks up after it dropped the old', async () => {
    await learn(here, read('old'));
    harness.clock.advance(1);
    here.cache.drop(key);
    await learn(here, read('new'));
    expect([await valueIn(here), await valueIn(elsewhere)]).toEqual(['new', 'new']);
  });

  it('has forgotten what is purged before that returns, here and elsewhere', async () => {
    await learn(here, read('v'));
    await here.cache.purge(key);
    expect([await here.cache.find(key), await elsewhere.cache.find(key)]).toEqual([
      { kind: 'untold' },
      { kind: 'untold' },
    ]);
  });

  it('spreads a purge to isolates that knew the entry', async () => {
    await learn(here, read('v'));
    expect(await valueIn(elsewhere)).toBe('v');
    harness.clock.advance(1);
    await here.cache.purge(key);
    harness.clock.advance(SPREAD_MS);
    expect(await elsewhere.cache.find(key)).toEqual({ kind: 'untold' });
  });

  it('purges the key that is named, and no other', async () => {
    await learn(here, read('v'));
    await here.cache.purge(`${key} of another`);
    expect([await valueIn(here), await valueIn(elsewhere)]).toEqual(['v', 'v']);
  });

  it('purges what it knows nothing of', async () => {
    await expect(here.cache.purge(key)).resolves.toBeUndefined();
    await expect(here.cache.expire(`${key} unknown`)).resolves.toBeUndefined();
    expect(await here.cache.find(`${key} unknown`)).toEqual({ kind: 'missing' });
  });

  it('does not bring back what was read before a purge, or at its very time', async () => {
    const before = read('before');
    harness.clock.advance(1);
    const [early, late] = [harness.isolate(), harness.isolate()];
    await here.cache.purge(key);
    await learn(early, before);
    await learn(late, read('at its time'));
    await learn(here, before);
    for (const isolate of [here, harness.isolate()]) expect(await valueIn(isolate)).toBeUndefined();
  });

  it('keeps what is read after a purge', async () => {
    await here.cache.purge(key);
    harness.clock.advance(1);
    await learn(here, read('new'));
    expect([await valueIn(here), await valueIn(elsewhere)]).toEqual(['new', 'new']);
  });

  it('keeps what is expired, and ends its freshness here and elsewhere', async () => {
    const entry = read('v');
    await learn(here, entry);
    const isolate = harness.isolate();
    await isolate.cache.expire(key);
    const expired = {
      kind: 'found',
      entry: revised(entry, { freshForMs: 0, expiredAt: harness.clock.now() }),
    };
    expect([await isolate.cache.find(key), await elsewhere.cache.find(key)]).toEqual([expired, expired]);
  });

  it('does not take for fresh what was read before a change was told of, or at its very time', async () => {
    await learn(here, read('old'));
    harness.clock.advance(1);
    const before = read('under way');
    harness.clock.advance(1);
    const [early, late] = [harness.isolate(), harness.isolate()];
    await here.cache.expire(key);
    await learn(here, before);
    await learn(early, before);
    await learn(late, read('at its time'));
    for (const isolate of [here, early, late, harness.isolate()]) {
      expect(await isolate.cache.find(key)).toMatchObject({ kind: 'found', entry: { freshForMs: 0 } });
    }
    harness.clock.advance(1);
    await learn(early, read('new'));
    const fresh = { kind: 'found', entry: { value: 'new', freshForMs: before.freshForMs } };
    expect(await harness.isolate().cache.find(key)).toMatchObject(fresh);
    expect(await early.cache.find(key)).toMatchObject(fresh);
  });

  it('lets a failing store be known to whoever purges, and has forgotten here all the same', async () => {
    await learn(here, read('v'));
    harness.fail(true);
    const impatience = Impatience.begin();
    await expect(here.cache.purge(key)).rejects.toThrow(Error);
    impatience.end();
    expect(await here.cache.find(key)).toEqual({ kind: 'untold' });
  });

  it('lets a failing store be known to whoever expires, and has ended the freshness here all the same', async () => {
    await learn(here, read('v'));
    harness.fail(true);
    await expect(here.cache.expire(key)).rejects.toThrow(Error);
    expect(await here.cache.find(key)).toMatchObject({ kind: 'found', entry: { value: 'v', freshForMs: 0 } });
  });

  it('never says that there is nothing where the store fails', async () => {
    harness.fail(true);
    expect(await here.cache.find(key)).toEqual({ kind: 'untold' });
  });
}
