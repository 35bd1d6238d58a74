import { describe, expect, it } from '@jest/globals';
import { organizationWideWrite } from '../../../../src/domain/lint/organization-wide-write.ts';
import { doubts, inOrganization, may, ofGoogle, places } from './linting.ts';

describe('the rule organization-wide-write', () => {
  it('finds write permissions without repositories', () => {
    const policy = ofGoogle({ permissions: new Map(Object.entries({ contents: 'read', issues: 'write' })) });
    expect(doubts(organizationWideWrite, policy, inOrganization)).toEqual([
      {
        rule: 'organization-wide-write',
        severity: 'warning',
        path: ['permissions', 'issues'],
        message: '"issues" can be written in every repository of the organization that the App sees.',
        advice: 'Name the repositories that are meant in repositories.',
      },
    ]);
  });

  it('leaves reading, named repositories, the caller’s own repository and a repository’s policy alone', () => {
    const write = ofGoogle(may('write', 'issues'));
    expect(places(organizationWideWrite, ofGoogle(), inOrganization)).toEqual([]);
    expect(places(organizationWideWrite, { ...write, repositories: ['app'] }, inOrganization)).toEqual([]);
    expect(places(organizationWideWrite, { ...write, callerRepositoryOnly: true }, inOrganization)).toEqual([]);
    expect(places(organizationWideWrite, write)).toEqual([]);
  });
});
