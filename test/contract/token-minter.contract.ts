import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Installation } from '../../src/domain/apps.ts';
import type { RepositorySelection } from '../../src/domain/narrowing.ts';
import { PermissionSet } from '../../src/domain/permission-set.ts';
import type { TokenMinter } from '../../src/application/ports/token-minter.ts';
import { START } from './wired.ts';

/** Repositories of the organization acme, by id; the App on it may write contents and issues, and no secrets. */
export const REPOSITORIES = new Map([
  [7001, 'app'],
  [7002, 'infra'],
  [7003, '.github'],
]);

export interface Harness {
  readonly minter: TokenMinter;
  readonly installation: Installation;
  /** The permissions for which GitHub would take the token now. */
  live(secret: string): Readonly<Record<string, string>> | undefined;
  /** An installation that GitHub does not know any more; until the next test. */
  gone(): Installation;
  /** Gives no answer until it is told otherwise. */
  fail(isFailing: boolean): void;
  close(): Promise<void>;
}

const READ_CONTENTS = PermissionSet.of(['contents', 'read']);
const APP_REPOSITORY = { kind: 'id', id: 7001, name: 'app' } as const;

/** What every adapter of the port must do. */
export function runTests(start: () => Promise<Harness>): void {
  let harness: Harness;

  beforeAll(async () => {
    harness = await start();
  });

  afterAll(() => harness.close());

  async function secretFor(repositories: RepositorySelection): Promise<string> {
    const minting = await harness.minter.mint(harness.installation, { permissions: READ_CONTENTS, repositories });
    if (minting.kind !== 'minted') throw new Error(minting.kind);
    return minting.secret;
  }

  const selections: [string, RepositorySelection, readonly number[] | undefined][] = [
    ['one repository by its id', APP_REPOSITORY, [7001]],
    ['repositories by name, in any case', { kind: 'names', names: ['APP', 'infra'] }, [7001, 7002]],
    ['all repositories', { kind: 'all' }, undefined],
  ];
  test.each(selections)('are minted for %s, with exactly the permissions asked for', async (_, repositories, ids) => {
    const grant = { permissions: READ_CONTENTS, repositories };
    const minting = await harness.minter.mint(harness.installation, grant);
    if (minting.kind !== 'minted') throw new Error(minting.kind);
    expect(harness.live(minting.secret)).toEqual({ metadata: 'read', contents: 'read' });
    expect(minting.access.permissions.toRecord()).toEqual({ metadata: 'read', contents: 'read' });
    expect(minting.access.coversAllRepositories).toBe(ids === undefined);
    expect(minting.access.repositories?.map(({ id }) => id)).toEqual(ids);
    expect(Date.parse(minting.expiresAt)).toBeGreaterThan(START.getTime());
  });

  test('are new each time', async () => {
    expect(await secretFor(APP_REPOSITORY)).not.toBe(await secretFor(APP_REPOSITORY));
  });

  test('are refused where the App lacks the permission', async () => {
    const grant = { permissions: PermissionSet.of(['secrets', 'write']), repositories: APP_REPOSITORY };
    expect(await harness.minter.mint(harness.installation, grant)).toEqual({
      kind: 'refused',
      reason: expect.stringMatching(/./),
    });
  });

  test.each<[string, RepositorySelection]>([
    ['the id', { kind: 'id', id: 1, name: 'app' }],
    ['a name', { kind: 'names', names: ['app', 'elsewhere'] }],
  ])('are refused where %s is of no repository of the installation', async (_, repositories) => {
    const grant = { permissions: READ_CONTENTS, repositories };
    expect(await harness.minter.mint(harness.installation, grant)).toMatchObject({ kind: 'refused' });
  });

  test('are revoked once', async () => {
    const secret = await secretFor({ kind: 'all' });
    const other = await secretFor({ kind: 'all' });
    expect(await harness.minter.revoke(secret)).toEqual({ kind: 'revoked' });
    expect([harness.live(secret), harness.live(other)]).toEqual([undefined, { metadata: 'read', contents: 'read' }]);
    expect(await harness.minter.revoke(secret)).toEqual({ kind: 'rejected' });
  });

  test('that nobody knows are rejected', async () => {
    expect(await harness.minter.revoke('ghs_nobody_knows')).toEqual({ kind: 'rejected' });
  });

  test('are neither minted nor revoked without an answer', async () => {
    const secret = await secretFor(APP_REPOSITORY);
    harness.fail(true);
    const grant = { permissions: READ_CONTENTS, repositories: APP_REPOSITORY };
    const down = { kind: 'unavailable', cause: 'unusable' };
    expect(await harness.minter.mint(harness.installation, grant)).toMatchObject(down);
    expect(await harness.minter.revoke(secret)).toMatchObject(down);
    harness.fail(false);
    expect(harness.live(secret)).toBeDefined();
  });

  test('of an installation that is gone are none, and that is told', async () => {
    const grant = { permissions: READ_CONTENTS, repositories: { kind: 'all' } } as const;
    expect(await harness.minter.mint(harness.gone(), grant)).toEqual({ kind: 'installation_gone' });
  });
}
