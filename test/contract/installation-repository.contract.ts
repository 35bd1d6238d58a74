import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { App } from '../../src/domain/apps.ts';
import type { InstallationRepository } from '../../src/application/ports/installation-repository.ts';

/** The organization acme with the App on it, under this id, and the user octocat. */
export const INSTALLATION_ID = 8001;

export interface Harness {
  readonly installations: InstallationRepository;
  readonly app: App;
  readonly organizationId: number;
  readonly userId: number;
  reinstall(id: number): void;
  uninstall(): void;
  /** Gives no answer to the next lookup. */
  failOnce(): void;
  close(): Promise<void>;
}

/** What every adapter of the port must do. The last tests change what the first ones find. */
export function runTests(start: () => Promise<Harness>): void {
  let harness: Harness;

  beforeAll(async () => {
    harness = await start();
  });

  afterAll(() => harness.close());

  test.each(['acme', 'ACME'])('are found by the owner’s name in any case, with the account’s id: %s', async (owner) => {
    const { app, organizationId: accountId } = harness;
    expect(await harness.installations.find(app, owner)).toEqual({
      kind: 'found',
      installation: { app, owner, id: INSTALLATION_ID, accountId, accepted: expect.anything() },
    });
  });

  test('are found on a user’s account too', async () => {
    const found = await harness.installations.find(harness.app, 'octocat');
    expect(found).toMatchObject({ kind: 'found', installation: { accountId: harness.userId } });
  });

  test('come with what the account has accepted, and whether it is an organization', async () => {
    const [organization, user] = [
      await harness.installations.find(harness.app, 'acme'),
      await harness.installations.find(harness.app, 'octocat'),
    ];
    const ofOrganization = { permissions: { contents: 'write', checks: 'write' }, account: 'organization' };
    expect(organization).toMatchObject({ installation: { accepted: ofOrganization } });
    expect(user).toMatchObject({ installation: { accepted: { account: 'user' } } });
  });

  test.each(['nobody', 'constructor', '__proto__'])('are absent where the App is not installed: %s', async (owner) => {
    expect(await harness.installations.find(harness.app, owner)).toEqual({ kind: 'absent' });
  });

  test('are not absent where there is no answer', async () => {
    harness.failOnce();
    expect(await harness.installations.find(harness.app, 'acme')).toMatchObject({
      kind: 'unavailable',
      cause: 'unusable',
    });
  });

  test('are found under the new id as soon as the App is installed anew', async () => {
    harness.reinstall(8099);
    expect(await harness.installations.find(harness.app, 'acme')).toMatchObject({ installation: { id: 8099 } });
  });

  test('are absent as soon as the App is uninstalled', async () => {
    harness.uninstall();
    expect(await harness.installations.find(harness.app, 'acme')).toEqual({ kind: 'absent' });
  });
}
