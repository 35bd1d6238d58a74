import { expect, it } from '@jest/globals';
import { inTurn, interleaved } from '../../../../src/application/health/questions.ts';

it('begins a list at another place at each turn', () => {
  expect([0, 1, 2, 3].map((turn) => inTurn(['a', 'b', 'c'], turn).join(''))).toEqual(['abc', 'cab', 'bca', 'abc']);
  expect(inTurn([], 7)).toEqual([]);
});

it.each([
  [30, 11],
  [11, 7],
  [10, 7],
  [7, 5],
  [5, 3],
  [3, 2],
  [2, 1],
  [1, 0],
])('goes on through a list of %d by %d at each turn: about as many as a run comes to', (length, places) => {
  const list = Array.from({ length }, (_, index) => index);
  expect(inTurn(list, 1)[0]).toBe(places);
});

it('takes one of each list, then the next of each', () => {
  expect(interleaved([['a1', 'a2', 'a3'], [], ['b1']])).toEqual(['a1', 'b1', 'a2', 'a3']);
  expect(interleaved([])).toEqual([]);
});

it.each([1, 2, 3, 6, 7, 11, 30, 77, 210, 2310])('begins a list of %d at each of its places as often', (length) => {
  const list = Array.from({ length }, (_, index) => index);
  const starts = Array.from({ length }, (_, turn) => inTurn(list, 5_932_000 + turn)[0]);
  expect(new Set(starts).size).toBe(length);
});
