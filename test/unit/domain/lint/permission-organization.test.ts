import { describe, expect, it } from '@jest/globals';
import { permissionOrganization } from '../../../../src/domain/lint/permission-organization.ts';
import { inOrganization, inRepository, may, places } from './linting.ts';

describe('the rule permission-organization', () => {
  it.each(['members', 'organization_secrets'])('finds %s at read in a repository’s policy', (name) => {
    expect(places(permissionOrganization, may('read', name))).toEqual([`warning permissions.${name}`]);
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
