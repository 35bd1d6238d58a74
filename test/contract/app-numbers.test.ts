import { describe, expect, test } from '@jest/globals';
import { githubServer } from '../../src/domain/github-server.ts';
import { LruMap } from '../../src/infrastructure/cache/lru-map.ts';
import { GitHubAppInspector } from '../../src/infrastructure/github/github-app-inspector.ts';
import { GitHubAppNumbers } from '../../src/infrastructure/github/github-app-numbers.ts';
import { MemoryAppNumbers } from '../../src/infrastructure/memory/memory-app-numbers.ts';
import { GitHubEmulator } from '../support/github/emulator.ts';
import { githubClient } from '../support/github-session.ts';
import { seedWorld, type Seed } from '../support/seed.ts';
import { runTests, type Harness } from './app-numbers.contract.ts';

const NAMED = { name: 'default', id: 'Iv23liAAAAAAAAAAAAAA' };
const STRANGER = { name: 'stranger', id: 'Iv23liZZZZZZZZZZZZZZ' };

async function inMemory(): Promise<Harness> {
  const numbers = new MemoryAppNumbers({ [NAMED.id]: '42' });
  return {
    numbers,
    named: NAMED,
    number: '42',
    stranger: STRANGER,
    asked: () => numbers.asked.length,
    close: () => Promise.resolve(),
  };
}

function gitHubNumbers(emulator: GitHubEmulator, seed: Seed, clientId: string): GitHubAppNumbers {
  const inspector = new GitHubAppInspector(githubClient(emulator, seed, clientId), githubServer(emulator.url, true)!);
  return new GitHubAppNumbers(inspector, new LruMap(10));
}

async function onGitHub(): Promise<Harness> {
  const emulator = await GitHubEmulator.start();
  const seed = seedWorld(emulator, { oidcIssuer: 'https://issuer.example.com' });
  const named = { name: 'default', id: seed.app.clientId };
  return {
    numbers: gitHubNumbers(emulator, seed, named.id),
    named,
    number: String(seed.app.id),
    stranger: STRANGER,
    asked: () => emulator.count(),
    close: async () => {
      expect(emulator.violations).toEqual([]);
      await emulator.close();
    },
  };
}

describe('numbers of Apps in memory', () => runTests(inMemory));
describe('numbers of Apps on GitHub', () => runTests(onGitHub));

describe('numbers of Apps on GitHub, beyond that', () => {
  test('are asked for once an isolate, and again after a failure', async () => {
    const { numbers, named, number, asked, close } = await onGitHub();
    await numbers.of(named);
    await numbers.of(named);
    expect([await numbers.of(named), asked()]).toEqual([{ kind: 'known', number }, 1]);
    await close();
  });

  test.each([
    ['a failure', { kind: 'respond', status: 500 }, 'down'],
    ['an answer without an id', { kind: 'respond', status: 200, body: { slug: 'sts' } }, 'unusable'],
    ['an id that is no number', { kind: 'respond', status: 200, body: { id: '7' } }, 'unusable'],
  ] as const)('are unknown after %s', async (_, fault, cause) => {
    const emulator = await GitHubEmulator.start();
    const seed = seedWorld(emulator, { oidcIssuer: 'https://issuer.example.com' });
    const { clientId } = seed.app;
    const numbers = gitHubNumbers(emulator, seed, clientId);
    emulator.faults.add(fault);
    expect(await numbers.of({ name: 'default', id: clientId })).toMatchObject({ kind: 'unavailable', cause });
    emulator.faults.clear();
    expect(await numbers.of({ name: 'default', id: clientId })).toMatchObject({ kind: 'known' });
    await emulator.close();
  });
});
