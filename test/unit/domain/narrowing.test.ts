import { describe, expect, it } from '@jest/globals';
import {
  narrow,
  selectedRepositories,
  staysWithin,
  type Grant,
  type RepositorySelection,
} from '../../../src/domain/narrowing.ts';
import {
  GrantedPermissions,
  PermissionSet,
  type PermissionEntry,
  type PermissionLevel,
} from '../../../src/domain/permission-set.ts';

const permissions = (entries: Record<string, PermissionLevel>): PermissionSet =>
  PermissionSet.of(...(Object.entries(entries) as unknown as [PermissionEntry, ...PermissionEntry[]]));
const grant = (
  repositories: RepositorySelection,
  entries: Record<string, PermissionLevel> = { contents: 'write', issues: 'read' },
): Grant => ({
  permissions: permissions(entries),
  repositories,
});
const names = (...list: readonly string[]): RepositorySelection => ({ kind: 'names', names: list });
const ONE: RepositorySelection = { kind: 'id', id: 7, name: 'app' };

describe('the repositories of a policy', () => {
  it.each<[readonly string[] | undefined, string | undefined, RepositorySelection]>([
    [['a', 'b'], undefined, { kind: 'names', names: ['a', 'b'] }],
    [['a'], 'app', { kind: 'names', names: ['a'] }],
    [undefined, 'app', { kind: 'id', id: 7, name: 'app' }],
    [[], 'app', { kind: 'all' }],
    [[], undefined, { kind: 'all' }],
    [undefined, undefined, { kind: 'all' }],
  ])('are, for %j and the scope of %j, %j', (listed, repository, selection) => {
    const scope = repository === undefined ? { owner: 'acme' } : { owner: 'acme', repository };
    expect(selectedRepositories(listed, scope, 7)).toEqual(selection);
  });
});

describe('narrowing a grant', () => {
  it('leaves it as it is where nothing is asked', () => {
    const whole = grant(names('a', 'b'));
    expect(narrow(whole, {})).toEqual({ kind: 'granted', grant: whole });
  });

  it('cuts permissions and repositories down to what was asked', () => {
    const narrowed = narrow(grant(names('a', 'b')), {
      permissions: permissions({ contents: 'read' }),
      repositories: ['B'],
    });
    expect(narrowed.kind === 'granted' && narrowed.grant.permissions.toRecord()).toEqual({ contents: 'read' });
    expect(narrowed.kind === 'granted' && narrowed.grant.repositories).toEqual(names('B'));
  });

  it('refuses more than the policy grants, in either, and cuts nothing silently', () => {
    expect(narrow(grant(names('a')), { permissions: permissions({ issues: 'write' }) })).toEqual({
      kind: 'exceeds',
      what: 'permissions',
    });
    expect(narrow(grant(names('a')), { permissions: permissions({ checks: 'read' }) })).toEqual({
      kind: 'exceeds',
      what: 'permissions',
    });
    expect(narrow(grant(names('a')), { repositories: ['a', 'b'] })).toEqual({ kind: 'exceeds', what: 'repositories' });
    expect(narrow(grant(ONE), { repositories: ['other'] })).toEqual({ kind: 'exceeds', what: 'repositories' });
  });

  it('keeps a repository’s id, for names get recycled', () => {
    const narrowed = narrow(grant(ONE), { repositories: ['APP'] });
    expect(narrowed.kind === 'granted' && narrowed.grant.repositories).toEqual(ONE);
  });

  it('names repositories where the grant is of all of them', () => {
    const narrowed = narrow(grant({ kind: 'all' }), { repositories: ['a'] });
    expect(narrowed.kind === 'granted' && narrowed.grant.repositories).toEqual(names('a'));
  });
});

describe('what GitHub granted', () => {
  const access = (
    entries: Record<string, string>,
    repositories?: readonly { id: number; name: string }[],
    all = false,
  ): Parameters<typeof staysWithin>[0] => ({
    permissions: new GrantedPermissions(Object.entries(entries)),
    repositories,
    coversAllRepositories: all,
  });

  it('may be less than was asked, and hold the metadata that every token holds', () => {
    expect(staysWithin(access({ contents: 'read', metadata: 'read' }, [{ id: 7, name: 'app' }]), grant(ONE))).toBe(
      true,
    );
    expect(staysWithin(access({ contents: 'write' }, [{ id: 1, name: 'A' }]), grant(names('a', 'b')))).toBe(true);
  });

  it('may not be more', () => {
    expect(staysWithin(access({ contents: 'write', checks: 'read' }, [{ id: 7, name: 'app' }]), grant(ONE))).toBe(
      false,
    );
    expect(staysWithin(access({ contents: 'admin' }, [{ id: 7, name: 'app' }]), grant(ONE))).toBe(false);
    expect(staysWithin(access({ metadata: 'write' }, [{ id: 7, name: 'app' }]), grant(ONE))).toBe(false);
    expect(staysWithin(access({ contents: 'read' }, [{ id: 8, name: 'app' }]), grant(ONE))).toBe(false);
    expect(staysWithin(access({ contents: 'read' }, [{ id: 1, name: 'c' }]), grant(names('a', 'b')))).toBe(false);
    const another = [
      { id: 7, name: 'app' },
      { id: 8, name: 'b' },
    ];
    for (const repositories of [another, another.toReversed()]) {
      expect(staysWithin(access({ contents: 'read' }, repositories), grant(ONE))).toBe(false);
      expect(staysWithin(access({ contents: 'read' }, repositories), grant(names('app', 'infra')))).toBe(false);
    }
    expect(staysWithin(access({ contents: 'read' }, undefined, true), grant(names('a')))).toBe(false);
    expect(staysWithin(access({ contents: 'read' }, undefined, true), grant({ kind: 'all' }))).toBe(true);
  });
});
