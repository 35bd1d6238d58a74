import { describe, expect, it } from '@jest/globals';
import { editDistance, isOneEdit, nearestName } from '../../../src/domain/edit-distance.ts';

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
    expect(editDistance('a', 'a'.repeat(101))).toBe(Infinity);
    expect(editDistance('a'.repeat(100), 'a')).toBe(99);
  });
});

describe('the nearest name', () => {
  const names = ['repository', 'repository_id', 'ref'];

  it('is the one with the fewest edits, within the bound and a third of the text', () => {
    expect(nearestName('repositry', names, 2)).toBe('repository');
    expect(nearestName('repository_ids', names, 2)).toBe('repository_id');
    expect(nearestName('rep', names, 2)).toBe('ref');
    expect(nearestName('re', names, 2)).toBeUndefined();
    expect(nearestName('environment', ['environments_x', 'environmental'], 2)).toBe('environmental');
    expect(nearestName('environment', ['environments_x'], 2)).toBeUndefined();
    expect(nearestName('repository_i', ['repository', 'repository_id'], 2)).toBe('repository_id');
    expect(nearestName('repository_', ['repository_id', 'repository'], 2)).toBe('repository');
    expect(nearestName('colour', names, 2)).toBeUndefined();
  });
});

describe('one edit', () => {
  it.each([
    ['deploy', 'deplo', true],
    ['deploy', 'xdeploy', true],
    ['deploy', 'deplay', true],
    ['deploy', 'delpoy', true],
    ['deploy', 'deploy', false],
    ['deploy', 'deplpy2', false],
    ['deploy', 'dpeloy1', false],
    ['ab', 'ba', true],
    ['ab', 'cd', false],
    ['a', 'abc', false],
    ['', 'a', true],
    ['', 'ab', false],
    ['', '', false],
    ['a', 'b', true],
    ['abcd', 'bace', false],
    ['abcd', 'badc', false],
  ])('lies between %j and %j: %j', (one, other, expected) => {
    expect([isOneEdit(one, other), isOneEdit(other, one)]).toEqual([expected, expected]);
  });
});
