import { describe, expect } from '@jest/globals';
import { guardrailsOf } from '../../src/domain/guardrails.ts';
import type { ChangeList } from '../../src/application/ports/changed-policy-files.ts';
import { GitHubChangedPolicyFiles } from '../../src/infrastructure/github/github-changed-policy-files.ts';
import { MemoryChangedPolicyFiles } from '../../src/infrastructure/memory/memory-changed-policy-files.ts';
import { GitHubEmulator } from '../support/github/emulator.ts';
import { githubSession, localCompiler, seededInstallation } from '../support/github-session.ts';
import { seedWorld } from '../support/seed.ts';
import { BASE, FOLDER, HEAD, runTests, type Harness } from './changed-policy-files.contract.ts';

async function inMemory(): Promise<Harness> {
  const compiler = localCompiler();
  const lint = { path: '', repository: 'app', actionsIssuer: 'https://x.example' };
  const files = new MemoryChangedPolicyFiles(
    (name, text, guardrails) => {
      const place = { ...lint, path: `${FOLDER}/${name}` };
      const file = { name, kind: 'file', bytes: text.length, text } as const;
      const checked = compiler.check(file, 'repository', place, guardrailsOf(guardrails));
      const unusable = {
        rule: 'guardrails-unusable',
        severity: 'warning',
        line: 1,
        column: 1,
        message: 'No.',
      } as const;
      return guardrails.kind === 'invalid' ? { ...checked, findings: [...checked.findings, unusable] } : checked;
    },
    (text) => compiler.guardrails(text),
  );
  files.given('base', BASE);
  files.given('head', HEAD);
  const installation = { app: { name: 'default', id: '1' }, id: 1, accountId: 1, owner: 'acme' };
  const place = { installation, repository: 'app', commit: 'head' };
  const pull: ChangeList = { kind: 'pull_request', number: 1, base: 'base' };
  return { files, place, base: 'base', pull, close: () => Promise.resolve() };
}

async function onGitHub(): Promise<Harness> {
  const emulator = await GitHubEmulator.start();
  const seed = seedWorld(emulator, { oidcIssuer: 'https://issuer.example.com' });
  const repository = emulator.world.addRepository({ owner: 'acme', name: 'contract', files: BASE });
  const base = emulator.world.head(repository) ?? '';
  const { number, head } = emulator.world.openPullRequest({
    repository,
    branch: 'topic',
    files: { ...HEAD, [`${FOLDER}/gone.sts.yaml`]: null },
  });
  const settings = {
    orgPolicyRepository: '.github',
    actionsIssuer: emulator.actionsIssuer.issuer,
    webUrl: emulator.url,
  };
  return {
    files: new GitHubChangedPolicyFiles(githubSession(emulator, seed), localCompiler(), settings),
    place: { installation: seededInstallation(seed), repository: 'contract', commit: head.sha },
    base,
    pull: { kind: 'pull_request', number, base },
    close: async () => {
      expect(emulator.violations).toEqual([]);
      await emulator.close();
    },
  };
}

describe('changed policy files in memory', () => runTests(inMemory));
describe('changed policy files on GitHub', () => runTests(onGitHub));
