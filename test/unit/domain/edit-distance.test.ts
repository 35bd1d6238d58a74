import { describe, expect, it } from '@jest/globals';
import { editDistance, nearestName } from '../../../src/domain/edit-distance.ts';

describe('the distance of two texts', () => {
  it.each([
    ['', '', 0],
    ['a', '', 1],
    ['ref', 'ref', 0],
    ['ref', 'refs', 1],
    ['wirte', 'write', 2],
    ['kitten', 'sitting', 3],
  ])('%j and %j: %i', (a, b, distance) => {
    expect([editDistance(a, b), editDistance(b, a)]).toEqual([distance, distance]);
  });

  it('is infinite for long texts, which would take long to compare', () => {
    expect(editDistance('a'.repeat(101), 'a')).toBe(Infinity);
  });
});

describe('the nearest name', () => {
  const names = ['repository', 'repository_id', 'ref'];

  it('is the one with the fewest edits, within the bound and a third of the text', () => {
    expect(nearestName('repositry', names, 2)).toBe('repository');
    expect(nearestName('repository_ids', names, 2)).toBe('repository_id');
    expect(nearestName('rep', names, 2)).toBe('ref');
    expect(nearestName('re', names, 2)).toBeUndefined();
    expect(nearestName('colour', names, 2)).toBeUndefined();
  });
});
