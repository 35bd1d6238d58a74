import { describe } from '@jest/globals';
import { PermissionSet } from '../../src/domain/permission-set.ts';
import { TOKEN_MINTER } from '../../src/application/ports/token-minter.ts';
import { MemoryClock } from '../../src/infrastructure/memory/memory-clock.ts';
import { MemoryTokenMinter } from '../../src/infrastructure/memory/memory-token-minter.ts';
import { seededInstallation } from '../support/github-session.ts';
import { SEED_INSTALLATION, START, Wired } from './wired.ts';
import { REPOSITORIES, runTests, type Harness } from './token-minter.contract.ts';

async function inMemory(): Promise<Harness> {
  const all = PermissionSet.of(['contents', 'write'], ['issues', 'write']);
  const minter = new MemoryTokenMinter(REPOSITORIES, all, new MemoryClock(START.getTime()));
  return {
    minter,
    installation: SEED_INSTALLATION,
    live: (secret) => {
      const token = minter.live.get(secret);
      return token === undefined ? undefined : { metadata: 'read', ...token.grant.permissions.toRecord() };
    },
    gone: () => {
      minter.next.push({ kind: 'installation_gone' });
      return SEED_INSTALLATION;
    },
    fail: (isFailing) => {
      minter.down = isFailing ? { kind: 'unavailable', cause: 'unusable', detail: 'test' } : undefined;
    },
    close: async () => undefined,
  };
}

async function onGitHub(): Promise<Harness> {
  const wired = await Wired.start();
  const { emulator, request, seed } = wired;
  const installation = seededInstallation(seed);
  return {
    minter: request.resolve(TOKEN_MINTER),
    installation,
    live: (secret) => emulator.tokens.findLive(secret)?.permissions,
    gone: () => ({ ...installation, id: 8765 }),
    fail: (isFailing) => (isFailing ? emulator.faults.add({ kind: 'respond', status: 302 }) : emulator.faults.clear()),
    close: () => wired.close(),
  };
}

describe('tokens of memory', () => runTests(inMemory));
describe('tokens of GitHub', () => runTests(onGitHub));
