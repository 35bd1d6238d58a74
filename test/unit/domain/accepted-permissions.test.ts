import { describe, expect, it } from '@jest/globals';
import { installationPage, missingPermissions, missingText } from '../../../src/domain/accepted-permissions.ts';

const accepted = (permissions: Record<string, string>) => ({ permissions, account: 'organization' }) as const;

function missing(wanted: Record<string, string>, permissions: Record<string, string>): readonly string[] {
  return missingPermissions(Object.entries(wanted), accepted(permissions)).map(missingText);
}

describe('what an installation lacks', () => {
  it.each<[string, Record<string, string>, Record<string, string>, readonly string[]]>([
    ['nothing, where it has just that', { contents: 'write' }, { contents: 'write' }, []],
    ['nothing, where it has more', { contents: 'read' }, { contents: 'write', issues: 'read' }, []],
    ['a permission', { issues: 'read' }, { contents: 'write' }, ['issues: read (accepted: none)']],
    ['a level', { contents: 'write' }, { contents: 'read' }, ['contents: write (accepted: read)']],
    [
      'a level above write',
      { repository_projects: 'admin' },
      { repository_projects: 'write' },
      ['repository_projects: admin (accepted: write)'],
    ],
    ['nothing of what GitHub adds to every token', { metadata: 'read' }, {}, []],
    ['more of that than GitHub adds', { metadata: 'write' }, {}, ['metadata: write (accepted: none)']],
    ['nothing that can be judged, of a level that is not known', { contents: 'all' }, {}, []],
    ['nothing that can be judged, beside a level that is not known', { contents: 'write' }, { contents: 'all' }, []],
    [
      'a permission, whatever JavaScript brings along',
      { constructor: 'read' },
      {},
      ['constructor: read (accepted: none)'],
    ],
  ])('is %s', (_what, wanted, permissions, expected) => {
    expect(missing(wanted, permissions)).toEqual(expected);
  });
});

describe('the page where an owner accepts permissions', () => {
  const installation = { owner: 'acme', id: 90 };

  it.each([
    ['https://github.com', 'organization', 'https://github.com/organizations/acme/settings/installations/90'],
    ['https://github.com', 'user', 'https://github.com/settings/installations/90'],
    ['https://ghe.example.com', 'organization', 'https://ghe.example.com/organizations/acme/settings/installations/90'],
    ['https://acme.ghe.com', 'organization', 'https://acme.ghe.com/organizations/acme/settings/installations/90'],
  ] as const)('of %s, for an %s', (webUrl, account, page) => {
    expect(installationPage(webUrl, installation, account)).toBe(page);
  });
});
