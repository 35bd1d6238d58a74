import { describe, expect, it } from '@jest/globals';
import type { Fault } from '../../../src/domain/fault.ts';
import {
  describedLevels,
  grantableLevels,
  GrantedPermissions,
  isOrganizationPermission,
  isPermissionName,
  isWithinCeiling,
  parseCeilings,
  PermissionSet,
  type PermissionLevel,
  type PermissionSetResult,
  type PolicyLevel,
} from '../../../src/domain/permission-set.ts';

const parse = (entries: Record<string, string>, level: PolicyLevel = 'repository'): PermissionSetResult =>
  PermissionSet.parse(new Map(Object.entries(entries)), level);
const rules = (result: PermissionSetResult): readonly string[] =>
  result.kind === 'valid' ? [] : result.faults.map(({ rule }) => rule);
const faultOf = (name: string, level: string, policy: PolicyLevel = 'repository'): Fault | undefined => {
  const result = PermissionSet.parse(new Map([[name, level]]), policy);
  return result.kind === 'invalid' ? result.faults[0] : undefined;
};
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
    ['merge queue', 'merge_queues'],
    ['organization-self-hosted-runners', 'organization_self_hosted_runners'],
    ['organization self hosted runners', 'organization_self_hosted_runners'],
    [' secret scanning ', 'secret_scanning_alerts'],
    ['issue', 'issues'],
    ['single_files', 'single_file'],
    ['CONTENTS', 'contents'],
    ['pr', 'pull_requests'],
    ['prs', 'pull_requests'],
    ['pulls', 'pull_requests'],
    ['merge_requests', 'pull_requests'],
    ['code', 'contents'],
    ['repository', 'contents'],
    ['repo', 'contents'],
    ['commit_statuses', 'statuses'],
    ['admin', 'administration'],
    ['webhooks', 'repository_hooks'],
    ['code_scanning', 'security_events'],
    ['dependabot_alerts', 'vulnerability_alerts'],
    ['environment', 'environments'],
    ['variables', 'actions_variables'],
  ])('suggests for %j the name %s', (name, suggestion) =>
    expect(faultOf(name, 'write')).toEqual({
      rule: 'permission-unknown',
      path: ['permissions', name],
      message: `"${name}" is not a permission of GitHub Apps. Did you mean "${suggestion}"?`,
      advice: `Write: ${suggestion}: write`,
    }),
  );

  it('suggests no line where the level is unknown too', () => {
    expect(faultOf('issue', 'none')).toEqual({
      rule: 'permission-unknown',
      path: ['permissions', 'issue'],
      message: '"issue" is not a permission of GitHub Apps. Did you mean "issues"?',
    });
  });

  it.each(['', 'x', 'everything', 'email', 'my_id_token', 'id_tokens', 'idxtoken'])(
    'suggests nothing for %j, which resembles nothing that a token can hold',
    (name) =>
      expect(faultOf(name, 'read')).toEqual({
        rule: 'permission-unknown',
        path: ['permissions', name],
        message: `"${name}" is not a permission of GitHub Apps.`,
      }),
  );

  it.each(['id-token', 'id_token', 'ID-Token'])('says where %s belongs', (name) =>
    expect(faultOf(name, 'write')).toMatchObject({
      message: `"${name}" is not a permission of GitHub Apps.`,
      advice: 'Take the line away: id-token belongs into the workflow file of the caller.',
    }),
  );

  it('says what each fault is, and where', () => {
    const empty = parse({});
    expect(empty.kind === 'invalid' && empty.faults).toEqual([
      {
        rule: 'permissions-empty',
        path: ['permissions'],
        message: 'permissions must name at least one permission: GitHub reads an empty set as everything the App has.',
      },
    ]);
    expect(faultOf('emails', 'read')).toEqual({
      rule: 'permission-account',
      path: ['permissions', 'emails'],
      message: 'emails is an account permission, which no installation token can hold.',
    });
    expect(faultOf('contents', 'a"b')).toEqual({
      rule: 'permission-level',
      path: ['permissions', 'contents'],
      message: 'contents can be read or write, not "a\\"b".',
    });
    expect(faultOf('members', 'write')).toEqual({
      rule: 'permission-organization',
      path: ['permissions', 'members'],
      message:
        "members is an organization permission: only a policy in the organization's policy repository can grant more of it than read, unless guardrails leave it to repositories.",
    });
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
    ['   WRITE  ', 'Write: contents: write'],
    ['readonly', 'Write: contents: read'],
    ['read-only', 'Write: contents: read'],
    ['r', 'Write: contents: read'],
    ['w', 'Write: contents: write'],
    ['rw', 'Write: contents: write'],
    ['read-write', 'Write: contents: write'],
    ['read/write', 'Write: contents: write'],
    ['readwrite', 'Write: contents: write'],
    ['true', 'Write: contents: write'],
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
    expect(policy.covers(granted({ contents: 'write', checks: 'read' }))).toBe(false);
    expect(policy.covers(granted({ checks: 'read', contents: 'write' }))).toBe(false);
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

describe('the most that a repository may grant', () => {
  it.each<[most: PermissionLevel, within: readonly string[]]>([
    ['read', ['read']],
    ['write', ['read', 'write']],
    ['admin', ['read', 'write', 'admin']],
  ])('is %s and what that includes', (most, within) => {
    const ceilings = new Map([['contents', most]]);
    const levels = ['read', 'write', 'admin', 'owner', 'constructor', ''];
    expect(levels.filter((level) => isWithinCeiling(ceilings, 'contents', level))).toEqual(within);
    expect(levels.filter((level) => isWithinCeiling(ceilings, 'issues', level))).toEqual([]);
  });

  it('lets a repository’s policy grant an organization permission up to that level, and no other', () => {
    const ceilings = new Map<string, PermissionLevel>([['members', 'write']]);
    const within = (name: string, level: string): readonly string[] =>
      rules(PermissionSet.parse(new Map([[name, level]]), 'repository', ceilings));
    expect(within('members', 'write')).toEqual([]);
    expect(within('members', 'admin')).toEqual(['permission-organization']);
    expect(within('organization_hooks', 'write')).toEqual(['permission-organization']);
  });

  it('is read from permissions of any kind that a token can hold', () => {
    const entries = Object.entries({
      contents: 'write',
      members: 'admin',
      emails: 'read',
      issues: 'none',
      'x y': 'read',
    });
    const { ceilings, faults } = parseCeilings(new Map(entries));
    expect([...ceilings]).toEqual([
      ['contents', 'write'],
      ['members', 'admin'],
    ]);
    expect(faults.map(({ rule, path }) => [rule, ...path])).toEqual([
      ['permission-account', 'permissions', 'emails'],
      ['permission-level', 'permissions', 'issues'],
      ['permission-unknown', 'permissions', 'x y'],
    ]);
    expect(parseCeilings(new Map())).toEqual({ ceilings: new Map(), faults: [] });
  });
});

describe('the levels that GitHub describes', () => {
  it('are those of its published description, and none for what it does not know', () => {
    expect(describedLevels('contents')).toEqual(['read', 'write']);
    expect(describedLevels('workflows')).toEqual(['write']);
    expect(['toString', '__proto__', 'nothing'].flatMap(describedLevels)).toEqual([]);
  });
});
