import { describe, expect, it } from '@jest/globals';
import { DAY_MS, tenantsOf, trafficOf, zipf, type TrafficOptions } from '../../../../scripts/simulate/traffic.ts';

const HOUR_MS = 60 * 60_000;
const OPTIONS: TrafficOptions = {
  seed: 1,
  exchanges: 40_000,
  exponent: 0.9,
  blindShare: 0.3,
  locations: 10,
  pushFactor: 1,
};

function everyone(options = OPTIONS) {
  const tenants = tenantsOf(options);
  return { tenants, traffic: trafficOf([...tenants.owners.keys()], tenants, options) };
}

describe('Zipf’s law', () => {
  it('gives the n-th a share of n to the minus exponent, and all together one', () => {
    const shares = zipf(1000, 0.9);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1);
    expect(shares[0]! / shares[9]!).toBeCloseTo(10 ** 0.9);
  });
});

describe('tenants', () => {
  it('are as many as the load needs unless told otherwise, and each repository has an owner', () => {
    const tenants = tenantsOf(OPTIONS);
    expect([tenants.owners.length, tenants.repositories.flat().length]).toEqual([8, 800]);
    expect(tenants.owners.map(({ repositories }) => repositories)).toEqual(
      tenants.repositories.map(({ length }) => length),
    );
    const told = tenantsOf({ ...OPTIONS, owners: 3, repositories: 50 });
    expect([told.owners.length, told.repositories.flat().length]).toEqual([3, 50]);
  });

  it('have the expected exchanges together, with a heavy tail', () => {
    const loads = tenantsOf(OPTIONS)
      .repositories.flat()
      .map(({ exchanges }) => exchanges)
      .sort((a, b) => b - a);
    expect(loads.reduce((sum, load) => sum + load, 0)).toBeCloseTo(OPTIONS.exchanges);
    const tenth = loads.slice(0, loads.length / 10).reduce((sum, load) => sum + load, 0);
    expect(tenth / OPTIONS.exchanges).toBeGreaterThan(0.5);
  });

  it('grow in number, not in size, where there is more than one population', () => {
    const [some, many] = [tenantsOf({ ...OPTIONS, exchanges: 1e6 }), tenantsOf({ ...OPTIONS, exchanges: 1e7 })];
    expect(many.owners.length).toBe(10 * some.owners.length);
    expect(Math.max(...many.loads)).toBeLessThan(1.5 * Math.max(...some.loads));
  });

  it('of whom a share has no policy repository that the App sees', () => {
    const { owners } = tenantsOf({ ...OPTIONS, exchanges: 1e6 });
    const blind = owners.filter(({ seesPolicyRepository }) => !seesPolicyRepository).length / owners.length;
    expect(blind).toBeGreaterThan(0.2);
    expect(blind).toBeLessThan(0.4);
  });
});

describe('a day of traffic', () => {
  it('is the same for the same seed, and another one for another', () => {
    const few = { ...OPTIONS, exchanges: 1000 };
    const { traffic } = everyone(few);
    expect(everyone(few).traffic).toEqual(traffic);
    expect(everyone({ ...few, seed: 2 }).traffic.arrivals[0]).not.toEqual(traffic.arrivals[0]);
  });

  it('has about as many exchanges as expected, in order, and within the day', () => {
    const { arrivals } = everyone().traffic;
    expect(Math.abs(arrivals.length - OPTIONS.exchanges)).toBeLessThan(OPTIONS.exchanges / 20);
    const times = arrivals.map(({ at }) => at);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect([times[0]! >= 0, times.at(-1)! < DAY_MS]).toEqual([true, true]);
  });

  it('gives a part of the owners exactly what they have among all', () => {
    const { tenants, traffic } = everyone();
    const some = [1, 4, 6];
    const part = trafficOf(some, tenants, OPTIONS);
    const theirs = ({ owner }: { readonly owner: number }): boolean => some.includes(owner);
    expect(part.arrivals).toEqual(traffic.arrivals.filter(theirs));
    expect(part.pushes).toEqual(traffic.pushes.filter(theirs));
  });

  it('has a rhythm, and a crowd at the full hour', () => {
    const { arrivals } = everyone().traffic;
    const between = (from: number, to: number): number => arrivals.filter(({ at }) => at >= from && at < to).length;
    expect(between(13 * HOUR_MS, 17 * HOUR_MS)).toBeGreaterThan(2 * between(1 * HOUR_MS, 5 * HOUR_MS));
    const firstMinutes = arrivals.filter(({ at }) => at % HOUR_MS < 60_000).length;
    expect(firstMinutes).toBeGreaterThan((3 * arrivals.length) / 60);
  });

  it('comes to the first location the most, and to all of them', () => {
    const { arrivals } = everyone().traffic;
    const counts = Array.from(
      { length: 10 },
      (_, index) => arrivals.filter(({ location }) => location === index).length,
    );
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(Math.max(...counts)).toBe(counts[0]);
  });
});
