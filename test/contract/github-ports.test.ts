import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { App, Installation } from '../../src/domain/apps.ts';
import type { RepositorySelection } from '../../src/domain/narrowing.ts';
import { PermissionSet } from '../../src/domain/permission-set.ts';
import { APP_DIRECTORY, type AppDirectory } from '../../src/application/ports/app-directory.ts';
import { APP_SIGNER, type AppSigner } from '../../src/application/ports/app-signer.ts';
import {
  INSTALLATION_DIRECTORY,
  type InstallationDirectory,
} from '../../src/application/ports/installation-directory.ts';
import { POLICY_SOURCE, type PolicySource } from '../../src/application/ports/policy-source.ts';
import { TOKEN_MINTER, type TokenMinter } from '../../src/application/ports/token-minter.ts';
import { MemoryAppDirectory } from '../../src/infrastructure/memory/memory-app-directory.ts';
import { MemoryAppSigner } from '../../src/infrastructure/memory/memory-app-signer.ts';
import { MemoryClock } from '../../src/infrastructure/memory/memory-clock.ts';
import { MemoryInstallationDirectory } from '../../src/infrastructure/memory/memory-installation-directory.ts';
import { MemoryPolicySource } from '../../src/infrastructure/memory/memory-policy-source.ts';
import { MemoryTokenMinter } from '../../src/infrastructure/memory/memory-token-minter.ts';
import { readAllowlistFile } from '../../src/infrastructure/yaml/allowlist-file.ts';
import { readPolicyFile } from '../../src/infrastructure/yaml/policy-file.ts';
import { SEED_APP_ID, SEED_ORGANIZATION_ID } from '../support/seed.ts';
import { START, Wired } from './wired.ts';

const APP: App = { name: 'default', id: String(SEED_APP_ID) };
const REPOSITORIES = new Map([
  [7001, 'app'],
  [7002, 'infra'],
  [7003, '.github'],
]);
const GOOD_POLICY = 'issuer: https://issuer.example.com\nsubject: x\npermissions: { contents: read }\n';
const ALLOWLIST = 'issuers: [https://issuer.example.com]\n';
const RULES = { allowLoopbackHttp: false, isActionsIssuer: () => false, operatorListsIssuers: false };

/** The organization acme with the App on it, an installation of id 8001, and the repositories above. */
interface Harness {
  readonly apps: AppDirectory;
  readonly signer: AppSigner;
  readonly installations: InstallationDirectory;
  readonly policies: PolicySource;
  readonly minter: TokenMinter;
  advance(milliseconds: number): void;
  /** Installation lookups that were not answered from memory. */
  lookups(): number;
  reinstall(id: number): void;
  uninstall(): void;
  /** Whether GitHub would take the token, and what for. */
  live(secret: string): { readonly permissions: Readonly<Record<string, string>> } | undefined;
  close(): Promise<void>;
}

async function inMemory(): Promise<Harness> {
  const clock = new MemoryClock(START.getTime());
  const installations = new MemoryInstallationDirectory();
  const installed = { id: 8001, accountId: SEED_ORGANIZATION_ID };
  installations.install(APP, 'acme', installed);
  const policies = new MemoryPolicySource('.github');
  const policy = readPolicyFile(GOOD_POLICY, { ...RULES, level: 'repository' });
  const allowlist = readAllowlistFile(ALLOWLIST, RULES);
  if (policy.kind === 'invalid' || allowlist.kind === 'invalid')
    throw new Error('the policies of this test are broken');
  policies.put('acme/app', {
    repositoryId: 7001,
    accountId: SEED_ORGANIZATION_ID,
    policies: {
      good: { kind: 'found', policy: policy.policy, contentHash: 'a'.repeat(64) },
      bad: { kind: 'invalid', findings: [], contentHash: 'b'.repeat(64) },
    },
  });
  policies.put('acme/.github', { repositoryId: 7003, accountId: SEED_ORGANIZATION_ID, policies: {} });
  policies.list('acme', { kind: 'present', allowlist: allowlist.allowlist });
  const all = PermissionSet.of(['contents', 'write'], ['issues', 'write']);
  const minter = new MemoryTokenMinter(REPOSITORIES, all, clock);
  return {
    apps: new MemoryAppDirectory({ '*': [APP] }),
    signer: new MemoryAppSigner([APP.id], clock),
    installations,
    policies,
    minter,
    advance: (milliseconds) => clock.advance(milliseconds),
    lookups: () => installations.lookups,
    reinstall: (id) => installations.install(APP, 'acme', { ...installed, id }),
    uninstall: () => installations.uninstall(APP, 'acme'),
    live: (secret) => {
      const token = minter.live.get(secret);
      return token === undefined
        ? undefined
        : { permissions: { metadata: 'read', ...token.grant.permissions.toRecord() } };
    },
    close: async () => undefined,
  };
}

async function onGitHub(): Promise<Harness> {
  const wired = await Wired.start();
  const { emulator, request, seed } = wired;
  emulator.world.commit('acme/app', {
    '.github/chainguard/good.sts.yaml': GOOD_POLICY,
    '.github/chainguard/bad.sts.yaml': 'issuer: [',
  });
  emulator.world.commit('acme/.github', { '.github/chainguard/trusted-token-issuers.yaml': ALLOWLIST });
  const installation = (): Parameters<typeof emulator.world.uninstall>[0] => {
    const found = emulator.world.installationOf(seed.app, 'acme');
    if (found === undefined) throw new Error('it is not installed');
    return found;
  };
  return {
    apps: request.resolve(APP_DIRECTORY),
    signer: request.resolve(APP_SIGNER),
    installations: request.resolve(INSTALLATION_DIRECTORY),
    policies: request.resolve(POLICY_SOURCE),
    minter: request.resolve(TOKEN_MINTER),
    advance: (milliseconds) => wired.clock.advance(milliseconds),
    lookups: () => emulator.count({ operation: 'apps/get-user-installation' }),
    reinstall: (id) => {
      if (emulator.world.installationOf(seed.app, 'acme') !== undefined) emulator.world.uninstall(installation());
      emulator.world.install(seed.app, 'acme', { id });
    },
    uninstall: () => emulator.world.uninstall(installation()),
    live: (secret) => {
      const token = emulator.tokens.findLive(secret);
      return token === undefined ? undefined : { permissions: token.permissions };
    },
    close: () => wired.close(),
  };
}

describe.each([
  ['in memory', inMemory],
  ['on GitHub', onGitHub],
])('%s', (_, start) => {
  let harness: Harness;

  beforeAll(async () => {
    harness = await start();
  });

  afterAll(async () => {
    await harness.close();
  });

  async function installed(owner = 'acme'): Promise<Installation> {
    const lookup = await harness.installations.find(APP, owner);
    if (lookup.kind !== 'found') throw new Error(lookup.kind);
    return lookup.installation;
  }

  describe('the directory of Apps', () => {
    it('has a pool for every owner, in any case', () => {
      expect(harness.apps.poolOf('acme')).toEqual([APP]);
      expect(harness.apps.poolOf('ANYBODY')).toEqual([APP]);
    });
  });

  describe('the signer', () => {
    it('signs for an App that it has a key of, and for no other', async () => {
      expect((await harness.signer.sign(APP)).kind).toBe('signed');
      expect(await harness.signer.sign({ name: 'other', id: '1' })).toEqual({ kind: 'unusable_key' });
    });

    it('uses what it signed again, for eight minutes', async () => {
      const first = await harness.signer.sign(APP);
      harness.advance(7 * 60_000);
      expect(await harness.signer.sign(APP)).toEqual(first);
      harness.advance(2 * 60_000);
      expect(await harness.signer.sign(APP)).not.toEqual(first);
    });
  });

  describe('the directory of installations', () => {
    it('finds an owner in any case, with the account’s id', async () => {
      expect(await harness.installations.find(APP, 'ACME')).toEqual({
        kind: 'found',
        installation: { app: APP, owner: 'ACME', id: 8001, accountId: SEED_ORGANIZATION_ID },
      });
    });

    it('remembers what it found, and that it found nothing', async () => {
      await installed();
      expect(await harness.installations.find(APP, 'nobody')).toEqual({ kind: 'absent' });
      const before = harness.lookups();
      expect(await harness.installations.find(APP, 'Nobody')).toEqual({ kind: 'absent' });
      await installed('Acme');
      expect(harness.lookups()).toBe(before);
    });

    it('asks again once it was told to forget, or where an answer must be fresh', async () => {
      await installed();
      harness.advance(2 * 60_000);
      const before = harness.lookups();
      expect((await harness.installations.find(APP, 'acme', 'afresh')).kind).toBe('found');
      expect(harness.lookups()).toBe(before + 1);
      harness.installations.forget(APP, 'acme');
      await installed();
      expect(harness.lookups()).toBe(before + 2);
    });
  });

  describe('the policies', () => {
    const scope = { owner: 'acme', repository: 'app' };

    it('are read with the repository’s id, and the organization’s list', async () => {
      const lookup = await harness.policies.find({ installation: await installed(), scope, identity: 'good' });
      expect(lookup).toMatchObject({
        kind: 'read',
        repositoryId: 7001,
        policy: { kind: 'found', contentHash: expect.stringMatching(/^[0-9a-f]{64}$/) },
        allowlist: { kind: 'present' },
      });
      if (lookup.kind !== 'read' || lookup.policy.kind !== 'found') throw new Error(lookup.kind);
      expect(lookup.policy.policy.namesIssuer('https://issuer.example.com')).toBe(true);
      expect(lookup.policy.policy.permissions.toRecord()).toEqual({ contents: 'read' });
    });

    it('can be invalid, which is no absence', async () => {
      const lookup = await harness.policies.find({ installation: await installed(), scope, identity: 'bad' });
      expect(lookup).toMatchObject({ kind: 'read', policy: { kind: 'invalid' } });
    });

    it.each(['missing', 'constructor', '__proto__', 'GOOD'])('hold nothing named %s', async (identity) => {
      const lookup = await harness.policies.find({ installation: await installed(), scope, identity });
      expect(lookup).toMatchObject({ kind: 'read', repositoryId: 7001, policy: { kind: 'absent' } });
    });

    it('are absent, without an id, in a repository that is not there', async () => {
      const query = { installation: await installed(), scope: { owner: 'acme', repository: 'gone' }, identity: 'good' };
      expect(await harness.policies.find(query)).toMatchObject({
        kind: 'read',
        repositoryId: undefined,
        policy: { kind: 'absent' },
        allowlist: { kind: 'present' },
      });
    });

    it('of an organization are in its policy repository', async () => {
      const query = { installation: await installed(), scope: { owner: 'ACME' }, identity: 'good' };
      expect(await harness.policies.find(query)).toMatchObject({
        kind: 'read',
        repositoryId: 7003,
        policy: { kind: 'absent' },
      });
    });

    it('are not those of another account under the same name', async () => {
      const installation = { ...(await installed()), accountId: 1 };
      expect(await harness.policies.find({ installation, scope, identity: 'good' })).toEqual({
        kind: 'account_changed',
      });
    });

    it('give the list alone too', async () => {
      expect((await harness.policies.findAllowlist(await installed())).kind).toBe('present');
    });
  });

  describe('the minter', () => {
    const permissions = PermissionSet.of(['contents', 'read']);
    const selections: [string, RepositorySelection, readonly number[] | undefined][] = [
      ['one repository by its id', { kind: 'id', id: 7001, name: 'app' }, [7001]],
      ['repositories by name, in any case', { kind: 'names', names: ['APP', 'infra'] }, [7001, 7002]],
      ['all repositories', { kind: 'all' }, undefined],
    ];
    it.each(selections)('mints for %s, with exactly the permissions asked for', async (_what, repositories, ids) => {
      const minting = await harness.minter.mint(await installed(), { permissions, repositories });
      if (minting.kind !== 'minted') throw new Error(minting.kind);
      expect(harness.live(minting.secret)?.permissions).toEqual({ metadata: 'read', contents: 'read' });
      expect(minting.access.permissions.toRecord()).toEqual({ metadata: 'read', contents: 'read' });
      expect(minting.access.coversAllRepositories).toBe(ids === undefined);
      expect(minting.access.repositories?.map(({ id }) => id)).toEqual(ids);
      expect(Date.parse(minting.expiresAt)).toBeGreaterThan(START.getTime());
    });

    it('is refused what the App lacks', async () => {
      const repositories = { kind: 'id', id: 7001, name: 'app' } as const;
      const beyond = PermissionSet.of(['secrets', 'write']);
      expect(await harness.minter.mint(await installed(), { permissions: beyond, repositories })).toMatchObject({
        kind: 'refused',
      });
      const elsewhere = { kind: 'id', id: 1, name: 'app' } as const;
      expect(await harness.minter.mint(await installed(), { permissions, repositories: elsewhere })).toMatchObject({
        kind: 'refused',
      });
    });

    it('revokes a token once', async () => {
      const minting = await harness.minter.mint(await installed(), { permissions, repositories: { kind: 'all' } });
      if (minting.kind !== 'minted') throw new Error(minting.kind);
      expect(await harness.minter.revoke(minting.secret)).toEqual({ kind: 'revoked' });
      expect(harness.live(minting.secret)).toBeUndefined();
      expect(await harness.minter.revoke(minting.secret)).toEqual({ kind: 'rejected' });
      expect(await harness.minter.revoke('ghs_nobody_knows')).toEqual({ kind: 'rejected' });
    });
  });

  // Last, for it changes what the others find.
  describe('an installation that is made anew', () => {
    it('is found under its new id once the old one is forgotten', async () => {
      expect((await installed()).id).toBe(8001);
      harness.reinstall(8099);
      expect((await installed()).id).toBe(8001);
      harness.installations.forget(APP, 'acme');
      harness.advance(1);
      expect((await installed()).id).toBe(8099);
    });

    it('is gone once it is removed and forgotten', async () => {
      harness.uninstall();
      harness.installations.forget(APP, 'acme');
      harness.advance(1);
      expect(await harness.installations.find(APP, 'acme')).toEqual({ kind: 'absent' });
    });
  });
});
