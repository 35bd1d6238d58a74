import { describe, expect } from '@jest/globals';
import { GitHubCheckRunReporter } from '../../src/infrastructure/github/github-check-run-reporter.ts';
import { LruMap } from '../../src/infrastructure/cache/lru-map.ts';
import { MemoryAppNumbers } from '../../src/infrastructure/memory/memory-app-numbers.ts';
import { MemoryCheckRunReporter } from '../../src/infrastructure/memory/memory-check-run-reporter.ts';
import { GitHubEmulator } from '../support/github/emulator.ts';
import { githubSession, seededInstallation } from '../support/github-session.ts';
import { seedWorld } from '../support/seed.ts';
import { runTests, type Harness } from './check-run-reporter.contract.ts';

async function inMemory(): Promise<Harness> {
  let commits = 0;
  const installation = { app: { name: 'default', id: '1' }, id: 1, accountId: 1, owner: 'acme' };
  return {
    reporter: new MemoryCheckRunReporter(),
    place: () => ({ installation, repository: 'app', commit: String((commits += 1)) }),
    close: () => Promise.resolve(),
  };
}

async function onGitHub(): Promise<Harness> {
  const emulator = await GitHubEmulator.start();
  const seed = seedWorld(emulator, { oidcIssuer: 'https://issuer.example.com' });
  const session = githubSession(emulator, seed);
  const settings = {
    stsDomain: 'sts.example.com',
    orgPolicyRepository: '.github',
    policyGuide: 'https://docs.example/policies.md',
  };
  let commits = 0;
  return {
    reporter: new GitHubCheckRunReporter(new MemoryAppNumbers(), session, new LruMap(10), settings),
    place: () => {
      const { sha } = emulator.world.commit('acme/app', { 'count.txt': String((commits += 1)) });
      return { installation: seededInstallation(seed), repository: 'app', commit: sha };
    },
    close: async () => {
      expect(emulator.violations).toEqual([]);
      await emulator.close();
    },
  };
}

describe('check runs in memory', () => runTests(inMemory));
describe('check runs on GitHub', () => runTests(onGitHub));
