import { describe } from '@jest/globals';
import { INSTALLATION_REPOSITORY } from '../../src/application/ports/installation-repository.ts';
import { MemoryInstallations } from '../../src/infrastructure/memory/memory-installations.ts';
import { SEED_ORGANIZATION_ID, SEED_USER_ID } from '../support/seed.ts';
import { SEED_APP, Wired } from './wired.ts';
import { INSTALLATION_ID, runTests, type Harness } from './installation-repository.contract.ts';

async function inMemory(): Promise<Harness> {
  const installations = new MemoryInstallations();
  const install = (id: number): void =>
    installations.install(SEED_APP, 'acme', {
      id,
      accountId: SEED_ORGANIZATION_ID,
      accepted: { permissions: { contents: 'write', checks: 'write' }, account: 'organization' },
    });
  install(INSTALLATION_ID);
  installations.install(SEED_APP, 'octocat', {
    id: 8002,
    accountId: SEED_USER_ID,
    accepted: { permissions: {}, account: 'user' },
  });
  return {
    installations: {
      find: async (app, owner) => {
        const found = await installations.find(app, owner);
        installations.failing.clear();
        return found;
      },
    },
    app: SEED_APP,
    organizationId: SEED_ORGANIZATION_ID,
    userId: SEED_USER_ID,
    reinstall: install,
    uninstall: () => installations.uninstall(SEED_APP, 'acme'),
    failOnce: () => installations.failing.set(SEED_APP.id, { kind: 'unavailable', cause: 'unusable', detail: 'test' }),
    close: async () => undefined,
  };
}

async function onGitHub(): Promise<Harness> {
  const wired = await Wired.start();
  const { emulator, request, seed } = wired;
  const uninstall = (): void => {
    const found = emulator.world.installationOf(seed.app, 'acme');
    if (found !== undefined) emulator.world.uninstall(found);
  };
  return {
    installations: request.resolve(INSTALLATION_REPOSITORY),
    app: SEED_APP,
    organizationId: seed.organization.id,
    userId: seed.user.id,
    reinstall: (id) => {
      uninstall();
      emulator.world.install(seed.app, 'acme', { id });
    },
    uninstall,
    failOnce: () => emulator.faults.add({ kind: 'wrong-json', times: 1 }),
    close: () => wired.close(),
  };
}

describe('installations in memory', () => runTests(inMemory));
describe('installations on GitHub', () => runTests(onGitHub));
