import { describe, expect, it } from '@jest/globals';
import type { SimulationResult } from '../../../../scripts/simulate/simulation.ts';
import { limitsReached, monthOf } from '../../../../scripts/simulate/usage.ts';
import { compact } from '../../../../scripts/simulate/report.ts';

function result(exchanges: number, counts: Readonly<Record<string, number>> = {}): SimulationResult {
  const all = { exchanges, granted: exchanges, fromGitHub: 0, kvReads: 0, kvWrites: 0, pushes: 0, ...counts };
  const day = Object.fromEntries(Object.entries(all).map(([name, value]) => [name, { value, error: 0 }]));
  const none = { share: 0, requests: 0, budget: 5000 };
  return {
    options: { exchanges },
    day,
    busiestHour: { app: none, installation: none, graphql: none },
    mostMintsAMinute: 0,
    isWhole: true,
  } as unknown as SimulationResult;
}

describe('a month', () => {
  it('is thirty such days, at the prices of the plan', () => {
    const month = monthOf(result(1_000_000, { fromGitHub: 500_000, kvReads: 2_000_000, kvWrites: 99_976 }));
    expect(month).toMatchObject({
      requests: 30 * 2_000_288,
      cpuMilliseconds: 30 * (500_000 * 5 + 1_500_000 * 2),
      kvReads: 60_000_000,
      kvWrites: 3_000_000,
    });
    expect(month.dollars).toBeCloseTo(5 + 50.00864 * 0.3 + 135 * 0.02 + 50 * 0.5 + 2 * 5 + 100.01728 * 0.6);
  });
});

describe('limits', () => {
  it('are reached in the order of their loads, between two rows in proportion', () => {
    const rows = [result(100, { kvWrites: 76, kvReads: 100 }), result(10_000, { kvWrites: 9976, kvReads: 10_000_000 })];
    const [first, second] = limitsReached(rows);
    expect(first?.limit).toBe('free plan: KV writes a day');
    expect(first?.exchanges).toBeCloseTo(1000);
    expect(second?.limit).toBe('free plan: KV reads a day');
    expect(second?.exchanges).toBeGreaterThan(1000);
    expect(limitsReached([result(10)])).toEqual([]);
  });

  it('of GitHub are those of a busiest owner, whom a sample may lack', () => {
    const busy = { ...result(1000), mostMintsAMinute: 360 };
    expect(limitsReached([busy])[0]).toMatchObject({ exchanges: 500 });
    expect(limitsReached([{ ...busy, isWhole: false }])).toEqual([]);
  });
});

describe('a figure in a table', () => {
  it.each([
    [0, '0'],
    [9878, '9,878'],
    [10_000, '10 k'],
    [31_572, '31.6 k'],
    [999_600, '1 M'],
    [2_599_643, '2.6 M'],
    [9_400_000_000, '9.4 G'],
  ])('has three digits: %d', (value, text) => {
    expect(compact(value)).toBe(text);
  });
});
