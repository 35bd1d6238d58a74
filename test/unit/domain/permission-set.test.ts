import { describe, expect, it } from '@jest/globals';
import {
  grantableLevels,
  GrantedPermissions,
  isOrganizationPermission,
  isPermissionName,
  PermissionSet,
  type PermissionSetResult,
  type PolicyLevel,
} from '../../../src/domain/permission-set.ts';

const parse = (entries: Record<string, string>, level: PolicyLevel = 'repository'): PermissionSetResult =>
  PermissionSet.parse(new Map(Object.entries(entries)), level);
const rules = (result: PermissionSetResult): readonly string[] =>
  result.kind === 'valid' ? [] : result.faults.map(({ rule }) => rule);
const granted = (entries: Record<string, string>): GrantedPermissions =>
  new GrantedPermissions(Object.entries(entries));

describe('a permission set', () => {
  it('is never empty, for GitHub would read it as everything', () => {
    expect(rules(parse({}))).toEqual(['permissions-empty']);
    expect(rules(parse({}, 'organization'))).toEqual(['permissions-empty']);
  });

  it('names every fault at once', () => {
    expect(
      rules(parse({ contents: 'none', 'pull-requests': 'read', members: 'write', emails: 'read', issues: 'read' })),
    ).toEqual(['permission-level', 'permission-unknown', 'permission-organization', 'permission-account']);
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('does not know %s', (name) => {
    expect(isPermissionName(name)).toBe(false);
    expect(rules(PermissionSet.parse(new Map([[name, 'read']]), 'organization'))).toEqual(['permission-unknown']);
  });

  it.each([
    ['pull-requests', 'pull_requests'],
    ['Pull Requests', 'pull_requests'],
    ['issue', 'issues'],
    ['CONTENTS', 'contents'],
  ])('suggests for %s the name %s', (name, suggestion) => {
    const result = parse({ [name]: 'read' });
    expect(result.kind === 'invalid' && result.faults[0]?.message).toContain(`"${suggestion}"`);
  });

  it.each([
    'members',
    'team_discussions',
    'blocking',
    'custom_properties_for_organizations',
    'organization_secrets',
    'enterprise_custom_properties_for_organizations',
  ])('lets a repository’s policy read %s, with a doubt, and do no more', (name) => {
    expect(isOrganizationPermission(name)).toBe(true);
    expect(rules(parse({ [name]: 'read' }))).toEqual([]);
    expect(rules(parse({ [name]: 'write' }))).toEqual(['permission-organization']);
    expect(rules(parse({ [name]: 'admin' }))).toEqual(['permission-organization']);
    expect(rules(parse({ [name]: 'write' }, 'organization'))).toEqual([]);
  });

  it.each([
    'codespaces_user_secrets',
    'copilot_messages',
    'email_addresses',
    'emails',
    'followers',
    'gists',
    'git_signing_ssh_public_keys',
    'git_ssh_keys',
    'gpg_keys',
    'interaction_limits',
    'keys',
    'plan',
    'profile',
    'starring',
    'user_events',
    'watching',
  ])('never has the account permission %s', (name) => {
    expect(rules(parse({ [name]: 'write' }))).toEqual(['permission-account']);
    expect(rules(parse({ [name]: 'write' }, 'organization'))).toEqual(['permission-account']);
    expect(Object.hasOwn(grantableLevels('organization'), name)).toBe(false);
  });

  it.each([
    ['workflows', 'read'],
    ['contents', 'admin'],
  ])('takes %s: %s, which GitHub does not describe, with a doubt', (name, level) => {
    const result = parse({ [name]: level });
    expect(result.kind === 'valid' && result.permissions.toRecord()).toEqual({ [name]: level });
  });

  it('takes every level where GitHub describes none', () => {
    expect(rules(parse({ content_references: 'admin' }))).toEqual([]);
  });

  it.each([
    ['Write', 'Write: contents: write'],
    ['wirte', 'Write: contents: write'],
    ['readonly', 'Write: contents: read'],
    ['read,write', 'Write one level: contents: write (it includes read)'],
    ['none', 'Leave the line out: what is not named is not granted.'],
    ['constructor', undefined],
    ['', undefined],
  ])('has no level %j', (level, advice) => {
    const result = parse({ contents: level });
    expect(result).toMatchObject({ kind: 'invalid', faults: [{ rule: 'permission-level' }] });
    expect(result.kind === 'invalid' && result.faults[0]?.advice).toBe(advice);
  });

  it('can be granted exactly where it parses', () => {
    for (const level of ['repository', 'organization'] as const) {
      const levels = grantableLevels(level);
      expect(
        Object.keys(levels).every((name) =>
          levels[name]?.every((one) => parse({ [name]: one }, level).kind === 'valid'),
        ),
      ).toBe(true);
    }
    expect(grantableLevels('repository').members).toEqual(['read']);
    expect(grantableLevels('organization').members).toEqual(['read', 'write', 'admin']);
  });

  it('covers less and the same, never more', () => {
    const policy = PermissionSet.of(['contents', 'write'], ['issues', 'read']);
    expect(policy.covers(granted({ contents: 'read' }))).toBe(true);
    expect(policy.covers(granted({ contents: 'write', issues: 'read' }))).toBe(true);
    expect(policy.covers(granted({ contents: 'admin' }))).toBe(false);
    expect(policy.covers(granted({ issues: 'write' }))).toBe(false);
    expect(policy.covers(granted({ checks: 'read' }))).toBe(false);
    expect(policy.covers(granted({ contents: 'owner' }))).toBe(false);
    expect(policy.covers(granted({ constructor: 'read' }))).toBe(false);
    expect(policy.covers(granted({ contents: 'constructor' }))).toBe(false);
  });

  it('leaves out the metadata that GitHub adds on its own, and no more', () => {
    expect(granted({ metadata: 'read', issues: 'read' }).withoutImplicitMetadata().toRecord()).toEqual({
      issues: 'read',
    });
    expect(granted({ metadata: 'write' }).withoutImplicitMetadata().entries()).toHaveLength(1);
    expect(granted({ metadata: 'read' }).withoutImplicitMetadata().entries()).toEqual([]);
  });

  it('gives its entries in the order of the file', () => {
    const result = parse({ issues: 'read', contents: 'write' });
    expect(result.kind === 'valid' && result.permissions.entries()).toEqual([
      ['issues', 'read'],
      ['contents', 'write'],
    ]);
    expect(result.kind === 'valid' && result.permissions.get('contents')).toBe('write');
  });
});
