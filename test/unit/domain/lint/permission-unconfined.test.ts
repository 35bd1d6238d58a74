import { describe, expect, it } from '@jest/globals';
import { permissionUnconfined } from '../../../../src/domain/lint/permission-unconfined.ts';
import { inOrganization, may, ofGoogle, places } from './linting.ts';

describe('the rule permission-unconfined', () => {
  const ofMembers = ofGoogle(may('read', 'members'));

  it('finds organization permissions beside repositories', () => {
    const found = places(permissionUnconfined, { ...ofMembers, repositories: ['app'] }, inOrganization);
    expect(found).toEqual(['warning permissions.members']);
  });

  it('leaves them alone where no repository is named, and other permissions anywhere', () => {
    expect(places(permissionUnconfined, ofMembers, inOrganization)).toEqual([]);
    expect(places(permissionUnconfined, { ...ofMembers, repositories: [] }, inOrganization)).toEqual([]);
    expect(places(permissionUnconfined, ofGoogle({ repositories: ['app'] }), inOrganization)).toEqual([]);
  });
});
