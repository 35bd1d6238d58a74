import { describe, expect, it } from '@jest/globals';
import { permissionOrganization } from '../../../../src/domain/lint/permission-organization.ts';
import { doubts, inOrganization, inRepository, may, places } from './linting.ts';

describe('the rule permission-organization', () => {
  it.each(['members', 'organization_secrets'])('finds %s at read in a repository’s policy', (name) => {
    expect(places(permissionOrganization, may('read', name))).toEqual([`warning permissions.${name}`]);
  });

  it('says what such a permission reads, and where it is better granted', () => {
    expect(doubts(permissionOrganization, may('read', 'members'))).toEqual([
      {
        rule: 'permission-organization',
        severity: 'warning',
        path: ['permissions', 'members'],
        message:
          'members is an organization permission: it reads from the whole organization, whatever repository the token is for.',
        advice: "Keep it only if that is meant; better in a policy of the organization's policy repository.",
      },
    ]);
  });

  it('doubts nothing that guardrails leave to repositories, and what they do not', () => {
    const guarded = { ...inRepository, organizationPermissions: new Map([['members', 'write'] as const]) };
    expect(places(permissionOrganization, may('read', 'members', 'organization_secrets'), guarded)).toEqual([
      'warning permissions.organization_secrets',
    ]);
    expect(places(permissionOrganization, may('write', 'members'), guarded)).toEqual([]);
  });

  it('leaves the policy repository alone, other permissions, and levels that are errors already', () => {
    expect(places(permissionOrganization, may('read', 'members'), inOrganization)).toEqual([]);
    expect(places(permissionOrganization, may('read', 'metadata'))).toEqual([]);
    expect(places(permissionOrganization, may('write', 'members'))).toEqual([]);
  });
});
