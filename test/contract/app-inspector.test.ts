import { describe, expect, test } from '@jest/globals';
import type { App } from '../../src/domain/apps.ts';
import { APP_INSPECTOR, type AppInspector } from '../../src/application/ports/app-inspector.ts';
import {
  INSTALLATION_INSPECTOR,
  type InstallationInspector,
} from '../../src/application/ports/installation-inspector.ts';
import type { HookDelivery } from '../../src/domain/webhook-health.ts';
import { MemoryAppInspector } from '../../src/infrastructure/memory/memory-app-inspector.ts';
import { HOOK_URL, runTests, type Harness } from './app-inspector.contract.ts';
import { SEED_APP, Wired } from './wired.ts';

const STRANGER: App = { name: 'stranger', id: '999' };
const PERMISSIONS = { contents: 'write', checks: 'write' };
const PAGE = 'https://github.com/organizations/acme/settings/installations/8001';

async function inMemory(): Promise<Harness> {
  const memory = new MemoryAppInspector();
  memory.descriptions.set(SEED_APP.id, {
    id: Number(SEED_APP.id),
    clientId: undefined,
    slug: 'acme-sts',
    owner: 'acme',
    permissions: PERMISSIONS,
    settingsPage: 'https://github.com/organizations/acme/settings/apps/acme-sts',
    quotaLeft: 5000,
  });
  const key = `${SEED_APP.id}/acme`;
  const state = { isSuspended: false, permissions: PERMISSIONS, page: PAGE };
  memory.installations.set(key, state);
  let delivered: HookDelivery[] = [];
  const once =
    <Values extends unknown[], Answer>(ask: (...values: Values) => Promise<Answer>) =>
    async (...values: Values): Promise<Answer> => {
      const answer = await ask(...values);
      memory.failing = undefined;
      return answer;
    };
  return {
    inspector: {
      describe: once((app: App) => memory.describe(app)),
      hook: once((app: App) => memory.hook(app)),
      deliveries: once((app: App) => memory.deliveries(app)),
      inspect: once((app: App, owner: string) => memory.inspect(app, owner)),
    },
    app: SEED_APP,
    stranger: STRANGER,
    setHook: (hasSecret) => memory.hooks.set(SEED_APP.id, { url: HOOK_URL, hasSecret, verifiesTls: true }),
    deliver: async (statusCode) => {
      delivered = [{ deliveredAt: delivered.length, statusCode, installationId: undefined }, ...delivered];
      memory.delivered.set(SEED_APP.id, delivered);
    },
    suspend: () => memory.installations.set(key, { ...state, isSuspended: true }),
    uninstall: () => memory.installations.delete(key),
    failOnce: () => {
      memory.failing = { kind: 'unavailable', cause: 'unusable', detail: 'test' };
    },
    close: async () => undefined,
  };
}

async function onGitHub(): Promise<Harness> {
  const wired = await Wired.start();
  const { emulator, request, seed } = wired;
  const { world } = emulator;
  const apps: AppInspector = request.resolve(APP_INSPECTOR);
  const installations: InstallationInspector = request.resolve(INSTALLATION_INSPECTOR);
  return {
    inspector: {
      // Nobody but the configured App has a key here.
      describe: (app) => apps.describe(app),
      hook: (app) => apps.hook(app),
      deliveries: (app) => apps.deliveries(app),
      inspect: (app, owner) => installations.inspect(app, owner),
    },
    app: SEED_APP,
    stranger: STRANGER,
    setHook: (hasSecret) => {
      seed.app.webhookUrl = HOOK_URL;
      seed.app.webhookSecret = hasSecret ? 'a secret of the webhook' : '';
    },
    deliver: async (statusCode) => {
      const hook = { app: seed.app, guid: 'a-delivery', event: 'ping', action: undefined, redelivery: false };
      world.noteHookDelivery({ ...hook, installationId: undefined, repositoryId: undefined, statusCode });
    },
    suspend: () => {
      seed.app.webhookUrl = undefined;
      world.suspend(seed.installations.organization);
    },
    uninstall: () => world.uninstall(seed.installations.organization),
    failOnce: () => emulator.faults.add({ kind: 'wrong-json', times: 1 }),
    close: () => wired.close(),
  };
}

const ENTERPRISE = {
  id: 1,
  node_id: 'E_1',
  name: 'Acme Group',
  slug: 'acme',
  html_url: 'https://github.com/enterprises/acme',
  created_at: null,
  updated_at: null,
  avatar_url: 'https://avatars.githubusercontent.com/b/1',
};

test('an App of an enterprise is no account’s, also where an account has the same name', async () => {
  const wired = await Wired.start();
  wired.emulator.faults.add({ kind: 'change-body', change: (body) => ({ ...body, owner: ENTERPRISE }) });
  expect(await wired.request.resolve(APP_INSPECTOR).describe(SEED_APP)).toMatchObject({
    kind: 'found',
    description: {
      owner: undefined,
      slug: 'acme-sts',
      settingsPage: expect.stringMatching(/\/enterprises\/acme\/settings\/apps\/acme-sts$/),
    },
  });
  await wired.close();
});

describe('what is known of Apps, in memory', () => runTests(inMemory));
describe('what is known of Apps, on GitHub', () => runTests(onGitHub));
