import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isAppId, isAppNumber, orderByQuota, orderByRendezvous, type App } from '../../../src/domain/apps.ts';

const FLOORS = { soft: 5000, hard: 1500 };
const POOL: readonly App[] = ['a', 'b', 'c', 'd'].map((name, index) => ({ name, id: String(index + 1) }));

function names(apps: readonly App[]): string {
  return apps.map(({ name }) => name).join('');
}

function byQuota(left: Readonly<Record<string, number>>): string {
  return names(orderByQuota(POOL, ({ name }) => left[name], FLOORS));
}

describe('ordering a pool by what is left', () => {
  it.each([
    ['keeps the operator’s order while nothing is known', {}, 'abcd'],
    ['keeps the operator’s order within a tier', { a: 5001, b: 9000, c: 5001, d: 15_000 }, 'abcd'],
    ['counts the soft floor itself as below', { a: 5000, b: 5001, c: 0, d: 5001 }, 'bdac'],
    ['counts the hard floor itself as below', { a: 1500, b: 1501, c: 1501, d: 5000 }, 'bcda'],
    ['takes the unknown for full', { a: 5000, c: 1500, d: 0 }, 'bacd'],
    ['leaves nobody out', { a: 0, b: 0, c: 0, d: 0 }, 'abcd'],
  ])('%s', (_, left, expected) => {
    expect(byQuota(left)).toBe(expected);
  });
});

describe('rendezvous hashing', () => {
  it('gives the same order for the same key, however the pool is ordered', () => {
    const key = fc.string();
    fc.assert(
      fc.property(key, fc.shuffledSubarray([...POOL], { minLength: 4 }), (text, shuffled) => {
        expect(names(orderByRendezvous(shuffled, text))).toBe(names(orderByRendezvous(POOL, text)));
      }),
    );
  });

  it('gives the order that it always gave: what an App began before an update is its own after it', () => {
    const keys = ['acme/app', 'acme/lib', 'octo-org/app\nci', ''];
    expect(keys.map((key) => names(orderByRendezvous(POOL, key)))).toEqual(['bdac', 'dcab', 'badc', 'adbc']);
  });

  it('orders Apps of the same weight by their ids', () => {
    // The hash of these two is the same before any key.
    const [one, other] = ['1061680', '947356'].map((id) => ({ name: id, id })) as [App, App];
    expect(orderByRendezvous([one, other], 'acme/app')).toEqual([one, other]);
    expect(orderByRendezvous([other, one], 'acme/app')).toEqual([one, other]);
  });

  it('moves no key but those of the App that leaves', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom(...POOL), (key, gone) => {
        const before = names(orderByRendezvous(POOL, key)).replace(gone.name, '');
        const rest = POOL.filter((app) => app !== gone);
        expect(names(orderByRendezvous(rest, key))).toBe(before);
      }),
    );
  });

  it('spreads keys evenly, near ones too', () => {
    const firsts = Array.from(
      { length: 4000 },
      (_, index) => orderByRendezvous(POOL, `acme/app\nci\nrun-${index}`)[0]?.name,
    );
    for (const { name } of POOL) {
      const share = firsts.filter((first) => first === name).length;
      expect(share).toBeGreaterThan(850);
      expect(share).toBeLessThan(1150);
    }
  });
});

describe('what an App is configured by', () => {
  it.each(['1', '424242', '999999999999999999'])('is its number: %s', (id) => {
    expect([isAppId(id), isAppNumber(id)]).toEqual([true, true]);
  });

  it.each(['Iv1.8a61f9b3a7aba766', 'Iv23liSBCrQTZdGvOFgD'])('is its client ID: %s', (id) => {
    expect([isAppId(id), isAppNumber(id)]).toEqual([true, false]);
  });

  it.each([
    ...['', ' ', '-1', '1.5', '1e3', '0x1', '1 ', '١', '9999999999999999999', 'octo-sts'],
    ...[
      'iv23liSBCrQTZdGvOFgD',
      'xIv23liSBCrQTZdGvOFgD',
      'Iv',
      'Iv1',
      'Iv23li SBCrQTZdGvOFgD',
      'Iv23liSBCrQTZdGvOFgD\n',
      `Iv1.${'a'.repeat(100)}`,
    ],
  ])('is nothing else: %j', (id) => {
    expect([isAppId(id), isAppNumber(id)]).toEqual([false, false]);
  });
});
