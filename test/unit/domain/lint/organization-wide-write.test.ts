import { describe, expect, it } from '@jest/globals';
import { organizationWideWrite } from '../../../../src/domain/lint/organization-wide-write.ts';
import { inOrganization, may, ofGoogle, places } from './linting.ts';

describe('the rule organization-wide-write', () => {
  it('finds write permissions without repositories', () => {
    const found = places(organizationWideWrite, ofGoogle(may('write', 'issues')), inOrganization);
    expect(found).toEqual(['warning permissions.issues']);
  });

  it('leaves reading, named repositories, the caller’s own repository and a repository’s policy alone', () => {
    const write = ofGoogle(may('write', 'issues'));
    expect(places(organizationWideWrite, ofGoogle(), inOrganization)).toEqual([]);
    expect(places(organizationWideWrite, { ...write, repositories: ['app'] }, inOrganization)).toEqual([]);
    expect(places(organizationWideWrite, { ...write, callerRepositoryOnly: true }, inOrganization)).toEqual([]);
    expect(places(organizationWideWrite, write)).toEqual([]);
  });
});
