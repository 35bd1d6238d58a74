import { expect, it } from '@jest/globals';
import { ChaosRun } from '../chaos/chaos-run.ts';

/** Long enough for every kind of step; longer runs with other seeds: `npm run chaos`. */
const EXCHANGES = 300;

it.each([20261102])(
  'answers as the specification allows under random faults, changes and clocks (seed %d)',
  async (seed) => {
    const report = await ChaosRun.run({ seed, exchanges: EXCHANGES });
    expect(report.violations).toEqual([]);
    // A run that grants or settles nothing would prove nothing.
    expect(report.granted).toBeGreaterThan(EXCHANGES / 10);
    expect(report.settledGrants).toBeGreaterThan(EXCHANGES / 20);
  },
  60_000,
);
