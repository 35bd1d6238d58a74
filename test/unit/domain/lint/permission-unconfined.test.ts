import { describe, expect, it } from '@jest/globals';
import { permissionUnconfined } from '../../../../src/domain/lint/permission-unconfined.ts';
import { doubts, inOrganization, may, ofGoogle, places } from './linting.ts';

describe('the rule permission-unconfined', () => {
  const ofMembers = ofGoogle(may('read', 'members'));

  it('finds organization permissions beside repositories', () => {
    expect(doubts(permissionUnconfined, { ...ofMembers, repositories: ['app'] }, inOrganization)).toEqual([
      {
        rule: 'permission-unconfined',
        severity: 'warning',
        path: ['permissions', 'members'],
        message: 'members reaches the whole organization: repositories does not confine it.',
        advice: 'Grant it in a policy of its own, for fewer callers.',
      },
    ]);
  });

  it('leaves them alone where no repository is named, and other permissions anywhere', () => {
    expect(places(permissionUnconfined, ofMembers, inOrganization)).toEqual([]);
    expect(places(permissionUnconfined, { ...ofMembers, repositories: [] }, inOrganization)).toEqual([]);
    expect(places(permissionUnconfined, ofGoogle({ repositories: ['app'] }), inOrganization)).toEqual([]);
  });
});
