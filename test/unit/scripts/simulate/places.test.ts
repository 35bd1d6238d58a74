import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { LruMap } from '../../../../src/infrastructure/cache/lru-map.ts';
import { PLACES, secondsInMemory } from '../../../../scripts/simulate/places.ts';
import { randomOf, zipf } from '../../../../scripts/simulate/traffic.ts';

describe('an entry in a full memory', () => {
  it('stays until so many others were asked for', () => {
    // Each of 1,000 keys once a second: 100 different ones take a little more than a tenth of that.
    expect(secondsInMemory(new Array<number>(1000).fill(1), 100)).toBeCloseTo(-Math.log(0.9), 3);
  });

  it('stays for good where there is room for all', () => {
    expect(secondsInMemory([1, 2, 3], 3)).toBe(86_400);
  });

  it('is found again as often as in the memory that an isolate has', () => {
    const shares = zipf(1000, 0.8);
    const seconds = secondsInMemory(shares, 100);
    const expected = shares.reduce((sum, share) => sum - share * Math.expm1(-share * seconds), 0);
    const memory = new LruMap<true>(100);
    const random = randomOf(1, 1, 1);
    let found = 0;
    for (let request = 0; request < 20_000; request++) {
      let left = random.next();
      const key = String(shares.findIndex((share) => (left -= share) < 0));
      if (memory.get(key) === true) found += 1;
      memory.set(key, true);
    }
    expect(Math.abs(found / 20_000 - expected)).toBeLessThan(0.02);
  });
});

describe('the places of an isolate', () => {
  it('are those of the service', () => {
    const source = readFileSync(join(import.meta.dirname, '../../../../src/interfaces/container.ts'), 'utf8');
    const capacity = (cache: string): number =>
      Number(new RegExp(`composeCache\\(composition, ${cache}, \\{[^]*?capacity: ([0-9]+)`).exec(source)?.[1]);
    expect([capacity('ALLOWLIST_CACHE'), capacity('GUARDRAILS_CACHE'), capacity('FOLDER_CACHE')]).toEqual([
      PLACES.allowlists,
      PLACES.allowlists,
      PLACES.folders,
    ]);
  });
});
