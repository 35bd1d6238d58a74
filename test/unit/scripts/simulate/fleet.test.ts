import { describe, expect, it } from '@jest/globals';
import { Random } from '../../../chaos/random.ts';
import { Fleet, type FleetOptions } from '../../../../scripts/simulate/fleet.ts';

const MINUTE = 60_000;
const OPTIONS: FleetOptions = {
  locations: 3,
  isolatesPerLocation: 4,
  exchanges: 10_000,
  cpuMillisecondsAnExchange: 7,
  isWhole: true,
};

function fleetOf(options: Partial<FleetOptions> = {}) {
  let last = 0;
  return new Fleet({ ...OPTIONS, ...options }, new Random(1), (location) => `${location}.${(last += 1)}`);
}

describe('a fleet', () => {
  it('has the least number of isolates at a low load, and as many as its CPU needs at a high one', () => {
    expect(fleetOf().isolatesAt(0, 0)).toBe(4);
    const busy = fleetOf({ exchanges: 100_000_000 });
    const [night, day] = [busy.isolatesAt(0, 3 * 60 * MINUTE), busy.isolatesAt(0, 15 * 60 * MINUTE)];
    expect(night).toBeGreaterThan(4);
    expect(day).toBeGreaterThan(2 * night);
  });

  it('gives a request any isolate of its location, again and again the same ones', () => {
    const fleet = fleetOf();
    const seen = new Set(Array.from({ length: 200 }, (_, index) => fleet.pick(1, index * 1000)));
    expect(seen.size).toBe(4);
    expect([...seen].every((isolate) => isolate.startsWith('1.'))).toBe(true);
    expect(fleet.started).toBe(4);
  });

  it('starts a new one in the place of one that had nothing to do for five minutes', () => {
    const fleet = fleetOf({ isolatesPerLocation: 1 });
    const first = fleet.pick(0, 0);
    expect(fleet.pick(0, 4 * MINUTE)).toBe(first);
    expect(fleet.pick(0, 10 * MINUTE)).not.toBe(first);
  });

  it('where only a part of the owners is run, keeps an isolate that the others’ requests keep', () => {
    const fleet = fleetOf({ isolatesPerLocation: 1, exchanges: 10_000_000, isWhole: false });
    const first = fleet.pick(0, 0);
    expect(fleet.pick(0, 6 * MINUTE)).toBe(first);
  });

  it('ends isolates some day, however busy they are', () => {
    const fleet = fleetOf({ isolatesPerLocation: 1 });
    const seen = new Set(Array.from({ length: 1440 }, (_, minute) => fleet.pick(0, minute * MINUTE)));
    expect(seen.size).toBeGreaterThan(1);
    expect(seen.size).toBeLessThan(30);
  });
});
