import { describe, expect, it } from '@jest/globals';
import { judgeClock } from '../../../src/domain/clock-health.ts';

describe('a clock', () => {
  it.each([0, 30_000, -30_000, 31_000])('that is %d ms apart is right', (apart) => {
    expect(judgeClock(1_000_000, 1_000_000 + apart)).toEqual([]);
  });

  it.each([
    [45_000, "The clock here is 45 s ahead of GitHub's."],
    [-600_000, "The clock here is 600 s behind GitHub's."],
  ])('that is %d ms apart is told by how much and which way', (apart, message) => {
    expect(judgeClock(1_000_000, 1_000_000 + apart)).toEqual([
      {
        rule: 'clock-off',
        check: 'clock',
        severity: 'failing',
        message,
        remedy: "Set it by NTP: tokens and the App's own JWTs are refused by a clock that is off.",
      },
    ]);
  });
});
