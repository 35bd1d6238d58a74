import { describe } from '@jest/globals';
import { POLICY_FOLDER } from '../../src/domain/policy-location.ts';
import { TRUST_POLICY_REPOSITORY } from '../../src/application/ports/trust-policy-repository.ts';
import { MemoryTrustPolicies } from '../../src/infrastructure/memory/memory-trust-policies.ts';
import { seededInstallation } from '../support/github-session.ts';
import { SEED_INSTALLATION, Wired } from './wired.ts';
import { POLICY_REPOSITORY, runTests, type Harness, type Texts } from './trust-policy-repository.contract.ts';

/** More than a MiB in all, of files that each are small enough. */
const BIG: Texts = Object.fromEntries(
  Array.from({ length: 20 }, (_, n) => [`p-${n}.sts.yaml`, `# ${n} ${'x'.repeat(60 * 1024)}`]),
);

async function inMemory(): Promise<Harness> {
  const policies = new MemoryTrustPolicies(POLICY_REPOSITORY);
  const ids = new Map<string, number>();
  const put = (repository: string, files: Texts): number => {
    const repositoryId = ids.get(repository) ?? ids.size + 1;
    ids.set(repository, repositoryId);
    policies.put(`acme/${repository}`, { repositoryId, accountId: SEED_INSTALLATION.accountId, files });
    return repositoryId;
  };
  return {
    policies: {
      read: async (...query) => {
        const result = await policies.read(...query);
        policies.notFound.clear();
        policies.listingOnly = false;
        return result;
      },
      readText: (...query) => policies.readText(...query),
    },
    installation: SEED_INSTALLATION,
    add: put,
    change: put,
    remove: (repository) => policies.delete(`acme/${repository}`),
    addBig: (repository) => {
      policies.listingOnly = true;
      return { id: put(repository, BIG), texts: BIG };
    },
    gone: () => {
      policies.next.push({ kind: 'gone' });
      return SEED_INSTALLATION;
    },
    hideOnce: (repository) => policies.notFound.add(`acme/${repository}`),
    failOnce: () => policies.next.push({ kind: 'unavailable', cause: 'unusable', detail: 'test' }),
    close: async () => undefined,
  };
}

async function onGitHub(): Promise<Harness> {
  const wired = await Wired.start();
  const { emulator, request, seed } = wired;
  const installation = seededInstallation(seed);
  for (const name of ['app', 'infra', POLICY_REPOSITORY]) emulator.world.deleteRepository(`acme/${name}`);
  const inFolder = (texts: Texts): Texts =>
    Object.fromEntries(Object.entries(texts).map(([name, text]) => [`${POLICY_FOLDER}/${name}`, text]));
  const add = (name: string, texts: Texts): number =>
    emulator.world.addRepository({ owner: 'acme', name, files: { 'x.txt': 'x', ...inFolder(texts) } }).id;
  return {
    policies: request.resolve(TRUST_POLICY_REPOSITORY),
    installation,
    add,
    change: (repository, texts) => void emulator.world.commit(`acme/${repository}`, inFolder(texts)),
    remove: (repository) => emulator.world.deleteRepository(`acme/${repository}`),
    addBig: (repository) => ({ id: add(repository, BIG), texts: BIG }),
    gone: () => ({ ...installation, id: 8765 }),
    hideOnce: () =>
      emulator.faults.add({
        kind: 'graphql-errors',
        match: { operation: 'graphql' },
        errors: [{ type: 'NOT_FOUND', path: ['target'] }],
        times: 1,
      }),
    failOnce: () => emulator.faults.add({ kind: 'wrong-json', match: { operation: 'graphql' }, times: 1 }),
    close: () => wired.close(),
  };
}

describe('policy folders in memory', () => runTests(inMemory));
describe('policy folders on GitHub', () => runTests(onGitHub));
