import { describe, expect, it } from '@jest/globals';
import { estimated, sampleOwners } from '../../../../scripts/simulate/sample.ts';
import { randomOf, zipf } from '../../../../scripts/simulate/traffic.ts';

const EXCHANGES = 1e6;
const LOADS = zipf(2000, 0.8).map((share) => share * EXCHANGES);
/** An owner's count of something: it grows with the load, more slowly, and owners differ. */
const COUNTS = LOADS.map((load, owner) => load ** 0.8 * (0.5 + randomOf(3, owner, 9).next()));

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

describe('a sample of owners', () => {
  it('is all of them where so much may be run, and then has no error', () => {
    const sample = sampleOwners(LOADS, EXCHANGES + 1, 1);
    expect(sample.owners).toHaveLength(LOADS.length);
    expect(new Set(sample.weights.values())).toEqual(new Set([1]));
    const { value, error } = estimated(
      sample,
      5,
      (owner) => COUNTS[owner]!,
      (owner) => LOADS[owner]!,
    );
    expect(value).toBeCloseTo(sum(COUNTS));
    expect(error).toBe(0);
  });

  it('costs about as many exchanges as it may, has owners of every size, and stands for all', () => {
    const sample = sampleOwners(LOADS, 100_000, 1);
    const cost = sum(sample.owners.map((owner) => LOADS[owner]!));
    // The largest are run three at a time at the least.
    expect(cost).toBeLessThan(400_000);
    expect(sample.owners.length).toBeGreaterThan(50);
    expect(sum([...sample.weights.values()])).toBeCloseTo(LOADS.length);
    expect(sample.strata.every(({ chosen, size }) => chosen.length >= Math.min(3, size))).toBe(true);
  });

  it('leaves out owners without any traffic', () => {
    expect(sampleOwners([5, 0, 3], 100, 1).owners.toSorted()).toEqual([0, 2]);
  });

  it('tells a count of all owners within the error that it names, nineteen times of twenty or about', () => {
    const seeds = Array.from({ length: 100 }, (_, seed) => seed);
    const right = seeds.filter((seed) => {
      const sample = sampleOwners(LOADS, 50_000, seed);
      const { value, error } = estimated(
        sample,
        EXCHANGES,
        (owner) => COUNTS[owner]!,
        (owner) => LOADS[owner]!,
      );
      expect(error).toBeLessThan(value / 4);
      return Math.abs(value - sum(COUNTS)) <= error;
    });
    expect(right.length).toBeGreaterThanOrEqual(85);
  });

  it('has no error for what every exchange has', () => {
    const sample = sampleOwners(LOADS, 50_000, 1);
    const { value, error } = estimated(
      sample,
      EXCHANGES,
      (owner) => LOADS[owner]!,
      (owner) => LOADS[owner]!,
    );
    expect(value).toBeCloseTo(EXCHANGES);
    expect(error).toBeCloseTo(0);
  });
});
