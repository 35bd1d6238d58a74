import { beforeEach, describe, expect, it } from '@jest/globals';
import { FREE_KV_BUDGET, KvModel, LONGEST_SPREAD_MS, type KvEvent } from '../../../../scripts/simulate/kv-model.ts';
import { VirtualTime } from '../../../../scripts/simulate/virtual-time.ts';

const MIDNIGHT = Date.UTC(2026, 10, 24);
const SECOND = 1000;
const DAY = 24 * 60 * 60 * SECOND;

let time: VirtualTime;
let events: KvEvent[];

beforeEach(() => {
  time = new VirtualTime(MIDNIGHT);
  events = [];
});

function model(budget?: typeof FREE_KV_BUDGET): KvModel {
  return new KvModel(time, 7, (event) => events.push(event), budget);
}

/** What a call comes to, within a second of the simulated clock. */
async function done<Value>(call: Promise<Value>): Promise<Value | string> {
  const outcome = call.catch((error: unknown) => (error as Error).message);
  await time.runUntil(time.now() + SECOND);
  return outcome;
}

function pass(milliseconds: number): Promise<void> {
  return time.runUntil(time.now() + milliseconds);
}

function counted(event: KvEvent): number {
  return events.filter((one) => one === event).length;
}

describe('a location', () => {
  it('sees its own write at once', async () => {
    const here = model().location(0);
    await done(here.get('k', { cacheTtl: 30 }));
    await done(here.put('k', 'v'));
    expect(await done(here.get('k', { cacheTtl: 30 }))).toBe('v');
  });

  it('answers from what it read for as long as was asked, though another one has written', async () => {
    const kv = model();
    const [here, there] = [kv.location(0), kv.location(1)];
    await done(here.put('k', 'old'));
    await pass(60 * SECOND);
    expect(await done(there.get('k', { cacheTtl: 40 }))).toBe('old');
    await done(here.put('k', 'new'));
    await pass(36 * SECOND);
    expect(await done(there.get('k', { cacheTtl: 40 }))).toBe('old');
    await pass(5 * SECOND);
    expect(await done(there.get('k', { cacheTtl: 40 }))).toBe('new');
    expect([counted('read'), counted('cold_read')]).toEqual([3, 2]);
  });

  it('keeps that there is no such key, as it keeps a value', async () => {
    const kv = model();
    const [here, there] = [kv.location(0), kv.location(1)];
    expect(await done(there.get('k', { cacheTtl: 30 }))).toBeNull();
    await done(here.put('k', 'v'));
    await pass(25 * SECOND);
    expect(await done(there.get('k', { cacheTtl: 30 }))).toBeNull();
    await pass(LONGEST_SPREAD_MS);
    expect(await done(there.get('k', { cacheTtl: 30 }))).toBe('v');
  });

  it('sees a write of another one within a minute, and each location at a time of its own', async () => {
    const kv = model();
    await done(kv.location(0).put('k', 'v'));
    const places = Array.from({ length: 50 }, (_, index) => index + 1);
    const seeing = (): number => places.filter((place) => kv.read(place, 'k') !== undefined).length;
    await pass(LONGEST_SPREAD_MS / 2);
    expect(seeing()).toBeGreaterThan(10);
    expect(seeing()).toBeLessThan(40);
    await pass(LONGEST_SPREAD_MS / 2);
    expect(seeing()).toBe(50);
  });

  it('reads nothing after its time, not even from what it kept', async () => {
    const here = model().location(0);
    await done(here.put('k', 'v', { expirationTtl: 60 }));
    await pass(58 * SECOND);
    expect(await done(here.get('k', { cacheTtl: 3600 }))).toBe('v');
    await pass(2 * SECOND);
    expect(await done(here.get('k', { cacheTtl: 3600 }))).toBeNull();
  });

  it('lists what it can see', async () => {
    const kv = model();
    const here = kv.location(0);
    for (const key of ['a|1', 'a|2', 'b|1']) await done(here.put(key, 'v', { expirationTtl: 60 }));
    expect(here.list({ prefix: 'a|' }).keys).toEqual([{ name: 'a|1' }, { name: 'a|2' }]);
    expect(here.list({ prefix: 'a|', limit: 1 }).keys).toHaveLength(1);
    await pass(60 * SECOND);
    expect(here.list({ prefix: 'a|' }).keys).toEqual([]);
  });

  it('refuses what KV refuses', async () => {
    const here = model().location(0);
    expect(await done(here.get('k', { cacheTtl: 29 }))).toContain('400');
    expect(await done(here.put('k', 'v', { expirationTtl: 59 }))).toContain('400');
    expect(events).toEqual([]);
  });
});

describe('a key', () => {
  it('takes one write a second, from wherever', async () => {
    const kv = model();
    const [here, there] = [kv.location(0), kv.location(1)];
    const first = here.put('k', '1');
    const second = there.put('k', '2').catch((error: unknown) => (error as Error).message);
    const other = here.put('another', '1');
    await pass(SECOND);
    expect(await second).toContain('429');
    await Promise.all([first, other]);
    expect([counted('write'), counted('too_fast')]).toEqual([2, 1]);
    expect(await done(there.put('k', '2'))).toBeUndefined();
  });
});

describe('the free plan', () => {
  it('allows so many operations of each kind until midnight UTC', async () => {
    const kv = model({ reads: 3, writes: 2, lists: 1 });
    const here = kv.location(0);
    for (const key of ['a', 'b']) await done(here.put(key, 'v'));
    expect(await done(here.put('c', 'v'))).toBe('KV put() limit exceeded for the day.');
    for (const key of ['a', 'a', 'b']) expect(await done(here.get(key))).toBe('v');
    expect(await done(here.get('a'))).toBe('KV get() limit exceeded for the day.');
    here.list();
    expect(() => here.list()).toThrow('KV list() limit exceeded for the day.');
    expect(counted('over_budget')).toBe(3);
    await time.runUntil(MIDNIGHT + DAY);
    expect(await done(here.put('c', 'v'))).toBeUndefined();
    expect(await done(here.get('c'))).toBe('v');
  });

  it('has the budget that costs are reckoned with', () => {
    expect(FREE_KV_BUDGET).toEqual({ reads: 100_000, writes: 1000, lists: 1000 });
  });
});
