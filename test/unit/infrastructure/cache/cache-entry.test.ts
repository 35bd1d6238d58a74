import { describe, expect, it } from '@jest/globals';
import type { CacheEntry } from '../../../../src/application/ports/cache.ts';
import { entryOf, isFromFuture, newer, type CacheRecord } from '../../../../src/infrastructure/cache/cache-entry.ts';

const NOW = 1_000_000;
const SKEW = 5000;

function entry(value: string, readAt: number, revision = 0): CacheEntry<string> {
  return { value, readAt, revision, freshForMs: 1 };
}

describe('the newer of two records', () => {
  const CASES: readonly [string, CacheRecord<string>, CacheRecord<string>][] = [
    ['the later read', entry('new', NOW - 1), entry('old', NOW - 2)],
    ['the later read, whatever the revision of the other', entry('new', NOW - 1), entry('old', NOW - 2, 9)],
    ['the later revision of one read', entry('new', NOW, 2), entry('old', NOW, 1)],
    ['a purge after the read', { purgedAt: NOW }, entry('old', NOW - 1)],
    ['a purge at the time of the read, whatever its revision', { purgedAt: NOW }, entry('old', NOW, 9)],
    ['a read after the purge', entry('new', NOW), { purgedAt: NOW - 1 }],
    ['what a right clock wrote, beside a read of the future', entry('new', NOW), entry('wrong', NOW + SKEW + 1)],
    ['what a right clock wrote, beside a purge of the future', entry('new', NOW), { purgedAt: NOW + SKEW + 1 }],
    ['the later of two clocks that differ a little', entry('new', NOW + SKEW), entry('old', NOW)],
  ];

  it.each(CASES)('is %s, from either side', (_, winner, loser) => {
    expect(newer(winner, loser, NOW)).toBe(winner);
    expect(newer(loser, winner, NOW)).toBe(winner);
  });

  it('is the second of two of one time and one revision, which was learnt later', () => {
    const [first, second] = [entry('first', NOW), entry('second', NOW)];
    expect(newer(first, second, NOW)).toBe(second);
  });

  it('is the only one there is', () => {
    const only = entry('only', NOW);
    expect([newer(only, undefined, NOW), newer(undefined, only, NOW), newer(undefined, undefined, NOW)]).toEqual([
      only,
      only,
      undefined,
    ]);
  });
});

describe('a record', () => {
  it('is an entry or a tombstone', () => {
    const one = entry('v', NOW);
    expect([entryOf(one), entryOf({ purgedAt: NOW }), entryOf(undefined)]).toEqual([one, undefined, undefined]);
  });

  it('is of the future beyond what two clocks may differ', () => {
    const times = [NOW, NOW + SKEW, NOW + SKEW + 1];
    expect(times.map((time) => isFromFuture(entry('v', time), NOW))).toEqual([false, false, true]);
    expect(times.map((purgedAt) => isFromFuture({ purgedAt }, NOW))).toEqual([false, false, true]);
  });
});
