import { describe, expect, it } from '@jest/globals';
import { permissionLevel } from '../../../../src/domain/lint/permission-level.ts';
import { doubts, may, places } from './linting.ts';

describe('the rule permission-level', () => {
  it('finds a level that GitHub does not list for the permission', () => {
    expect(doubts(permissionLevel, may('read', 'workflows'))).toEqual([
      {
        rule: 'permission-level',
        severity: 'warning',
        path: ['permissions', 'workflows'],
        message: 'workflows can be write, not "read". It goes to GitHub as it stands, which may refuse it.',
        advice: 'Write write.',
      },
    ]);
  });

  it('names every level that GitHub lists', () => {
    expect(doubts(permissionLevel, may('admin', 'issues'))[0]?.advice).toBe('Write read or write.');
  });

  it('leaves listed levels alone, every level where GitHub lists none, and what is an error already', () => {
    expect(places(permissionLevel, may('read', 'actions'))).toEqual([]);
    expect(places(permissionLevel, may('admin', 'content_references'))).toEqual([]);
    expect(places(permissionLevel, may('none', 'contents'))).toEqual([]);
    expect(places(permissionLevel, may('read', 'colour'))).toEqual([]);
  });
});
