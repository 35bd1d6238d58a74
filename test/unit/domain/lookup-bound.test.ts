import { describe, expect, it } from '@jest/globals';
import { clientNetwork } from '../../../src/domain/client-network.ts';
import { LookupBound } from '../../../src/domain/lookup-bound.ts';

const NOW = 1_800_000_000_000;

describe('a bound of lookups', () => {
  it('is busy while those under way would fill it, and free when they end', () => {
    const bound = new LookupBound(10);
    const lookups = [bound.begin(NOW), bound.begin(NOW)];
    expect(bound.room(NOW)).toBe('busy');
    for (const lookup of lookups) bound.end(lookup);
    expect(bound.room(NOW)).toBe('free');
  });

  it('is full with absences alone, for a minute', () => {
    const bound = new LookupBound(10);
    bound.recordAbsences(20, NOW);
    expect([bound.room(NOW), bound.retryAfterSeconds(NOW)]).toEqual(['full', 60]);
    expect(bound.room(NOW + 60_000)).toBe('free');
  });

  it('counts each request of an absence, and one lookup that runs as five', () => {
    const bound = new LookupBound(10);
    bound.recordAbsences(4, NOW);
    bound.begin(NOW);
    expect(bound.room(NOW)).toBe('free');
    bound.recordAbsences(1, NOW);
    expect(bound.room(NOW)).toBe('busy');
    bound.recordAbsences(0, NOW);
    bound.recordAbsences(4, NOW);
    expect(bound.room(NOW)).toBe('busy');
    bound.recordAbsences(1, NOW);
    expect(bound.room(NOW)).toBe('full');
  });

  it('forgets a lookup that never ended', () => {
    const bound = new LookupBound(5);
    bound.begin(NOW);
    expect([bound.room(NOW + 30_000), bound.room(NOW + 30_001)]).toEqual(['busy', 'free']);
  });
});

describe('a client’s network', () => {
  it.each([
    ['198.51.100.7', '198.51.100.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002:ffff::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['nonsense', 'nonsense'],
    ['', ''],
  ])('of %s is %s', (address, network) => {
    expect(clientNetwork(address)).toBe(network);
  });
});
