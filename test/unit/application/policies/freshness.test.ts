import { describe, expect, it } from '@jest/globals';
import {
  freshFor,
  isFresh,
  isFuture,
  isYoungerThan,
  LONGEST_STALE_MS,
} from '../../../../src/application/policies/freshness.ts';
import type { CacheEntry } from '../../../../src/application/ports/cache.ts';
import { MINUTE, NOW } from './policy-world.ts';

function entry(freshForMinutes: number, readAt = NOW): CacheEntry<string> {
  return { value: 'x', readAt, revision: 0, freshForMs: freshForMinutes * MINUTE };
}

describe('how long an entry is fresh', () => {
  it.each<
    [what: string, previous: CacheEntry<string> | undefined, unchanged: boolean, webhooks: boolean, minutes: number]
  >([
    ['read for the first time', undefined, false, true, 5],
    ['found unchanged, while webhooks would tell', entry(5), true, true, 10],
    ['found unchanged a second time, while webhooks would tell', entry(10), true, true, 15],
    ['found unchanged ever again, while webhooks would tell', entry(15), true, true, 15],
    ['found changed, while webhooks would tell', entry(15), false, true, 5],
    ['found unchanged, without webhooks', entry(5), true, false, 5],
    ['found unchanged, where webhooks told until now', entry(15), true, false, 5],
    ['found unchanged after a webhook ended its freshness', entry(0), true, true, 5],
  ])('once %s', (_what, previous, unchanged, webhooksTell, minutes) => {
    expect(freshFor(previous, unchanged, webhooksTell)).toBe(minutes * MINUTE);
  });

  it('ends at its end and not after', () => {
    expect(isFresh(entry(5), NOW + 5 * MINUTE - 1)).toBe(true);
    expect(isFresh(entry(5), NOW + 5 * MINUTE)).toBe(false);
    expect(isFresh(entry(0), NOW)).toBe(false);
  });
});

it('what was last confirmed decides for an hour', () => {
  expect(LONGEST_STALE_MS).toBe(60 * MINUTE);
});

describe('a time that lies in the future', () => {
  it('is put up with as far as two clocks may differ', () => {
    expect([isFuture(NOW + 5000, NOW), isFuture(NOW + 5001, NOW)]).toEqual([false, true]);
    expect(isFuture(NOW, NOW)).toBe(false);
    expect(isYoungerThan(1, NOW + 5000, NOW)).toBe(true);
  });

  it('beyond that makes nothing young or fresh, or it would be so for too long', () => {
    expect(isYoungerThan(60 * MINUTE, NOW + 5001, NOW)).toBe(false);
    expect(isFresh(entry(15, NOW + 5001), NOW)).toBe(false);
  });

  it('makes nothing young for no time at all', () => {
    expect(isYoungerThan(0, NOW + 1, NOW)).toBe(false);
  });
});
