import { describe, expect, it } from '@jest/globals';
import { Spread } from '../../../bench/spread.ts';

describe('the spread of several rounds', () => {
  it('is the median, with the least and the most', () => {
    expect(new Spread([3, 1, 2]).text()).toBe('2.00 (1.00 to 3.00)');
    expect(new Spread([30, 10, 20, 5, 40]).text(0)).toBe('20 (5 to 40)');
  });

  it('does not come of one round or two', () => {
    expect(() => new Spread([1])).toThrow('3 rounds');
    expect(() => new Spread([1, 2])).toThrow('3 rounds');
  });
});
