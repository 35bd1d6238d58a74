import { describe, expect, it } from '@jest/globals';
import { permissionLevel } from '../../../../src/domain/lint/permission-level.ts';
import { may, places } from './linting.ts';

describe('the rule permission-level', () => {
  it('finds a level that GitHub does not list for the permission', () => {
    expect(places(permissionLevel, may('read', 'workflows'))).toEqual(['warning permissions.workflows']);
  });

  it('leaves listed levels alone, every level where GitHub lists none, and what is an error already', () => {
    expect(places(permissionLevel, may('read', 'actions'))).toEqual([]);
    expect(places(permissionLevel, may('admin', 'content_references'))).toEqual([]);
    expect(places(permissionLevel, may('none', 'contents'))).toEqual([]);
    expect(places(permissionLevel, may('read', 'colour'))).toEqual([]);
  });
});
