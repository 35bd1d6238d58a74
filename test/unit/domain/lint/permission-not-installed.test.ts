import { describe, expect, it } from '@jest/globals';
import type { LintContext } from '../../../../src/domain/lint/linted-policy.ts';
import { permissionNotInstalled } from '../../../../src/domain/lint/permission-not-installed.ts';
import { doubts, inRepository, may, places } from './linting.ts';

const page = 'https://github.com/organizations/acme/settings/installations/90';

function installed(permissions: Record<string, string>): LintContext {
  return { ...inRepository, accepted: { permissions, account: 'organization', page } };
}

describe('the rule permission-not-installed', () => {
  it('finds each permission that the App’s installation lacks, at its line', () => {
    const context = installed({ contents: 'read' });
    expect(places(permissionNotInstalled, may('read', 'contents', 'issues', 'actions'), context)).toEqual([
      'warning permissions.issues',
      'warning permissions.actions',
    ]);
  });

  it('says what the installation has, and where an owner accepts more', () => {
    const context = installed({ contents: 'read' });
    expect(doubts(permissionNotInstalled, may('write', 'contents'), context)).toEqual([
      {
        rule: 'permission-not-installed',
        severity: 'warning',
        path: ['permissions', 'contents'],
        message: "The App's installation has contents with read only, so GitHub will refuse write.",
        advice: `The App must ask for it, and an owner of the account accepts it at ${page}.`,
      },
    ]);
    expect(doubts(permissionNotInstalled, may('read', 'issues'), context)).toMatchObject([
      { message: "The App's installation does not have issues, so GitHub will refuse this token." },
    ]);
  });

  it('is silent where it is not known what is installed, where all is, and on what is an error already', () => {
    expect(places(permissionNotInstalled, may('write', 'contents'))).toEqual([]);
    expect(places(permissionNotInstalled, may('read', 'contents'), installed({ contents: 'write' }))).toEqual([]);
    expect(places(permissionNotInstalled, may('all', 'contents'), installed({}))).toEqual([]);
    expect(places(permissionNotInstalled, may('read', 'colour'), installed({}))).toEqual([]);
    expect(places(permissionNotInstalled, may('write', 'organization_secrets'), installed({}))).toEqual([]);
  });
});
