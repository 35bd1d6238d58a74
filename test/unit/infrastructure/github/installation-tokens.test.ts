import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Installation } from '../../../../src/domain/apps.ts';
import { InstallationTokens } from '../../../../src/infrastructure/github/installation-tokens.ts';
import { MemoryDeferredTasks } from '../../../../src/infrastructure/memory/memory-deferred-tasks.ts';
import { GitHubEmulator } from '../../../support/github/emulator.ts';
import { githubClient, seededInstallation } from '../../../support/github-session.ts';
import { Impatience } from '../../../support/impatience.ts';
import { seedWorld, type Seed } from '../../../support/seed.ts';

const MINT = { operation: 'apps/create-installation-access-token' };
const ORDER = { permissions: { contents: 'read' }, repositories: ['app'] };

let emulator: GitHubEmulator;
let seed: Seed;
let installation: Installation;
let deferred: MemoryDeferredTasks;
let tokens: InstallationTokens;
let impatience: Impatience;

beforeAll(async () => {
  emulator = await GitHubEmulator.start();
  seed = seedWorld(emulator, { oidcIssuer: 'https://issuer.example.com' });
  installation = seededInstallation(seed);
});

afterAll(async () => {
  expect(emulator.violations).toEqual([]);
  await emulator.close();
});

beforeEach(() => {
  impatience = Impatience.begin();
  deferred = new MemoryDeferredTasks();
  tokens = new InstallationTokens(githubClient(emulator, seed), deferred);
});

afterEach(() => {
  impatience.end();
  emulator.faults.clear();
});

async function secret(mint: 'mint' | 'mintOwn'): Promise<string> {
  const answer = await tokens[mint](installation, ORDER);
  if (answer.kind !== 'minted') throw new Error(answer.kind);
  return answer.secret;
}

describe('a token', () => {
  it('holds what was ordered, and no more', async () => {
    expect(emulator.tokens.findLive(await secret('mint'))?.permissions).toEqual({ contents: 'read', metadata: 'read' });
  });

  it('for a caller is the caller’s to keep', async () => {
    const callers = await secret('mint');
    await deferred.run();
    expect(emulator.tokens.findLive(callers)).toBeDefined();
  });

  it('of our own is revoked once the answer is on its way, and not before', async () => {
    const own = await secret('mintOwn');
    expect(emulator.tokens.findLive(own)).toBeDefined();
    await deferred.run();
    expect([emulator.tokens.findLive(own), deferred.failed]).toEqual([undefined, []]);
  });

  it('that was not made is not revoked', async () => {
    await tokens.mintOwn(installation, { ...ORDER, repositories: ['nowhere'] });
    expect(deferred.names).toEqual([]);
  });
});

describe('GitHub’s answer to an order', () => {
  const respond = (status: number, body: object, headers: Record<string, string> = {}): void =>
    void emulator.faults.add({ kind: 'respond', match: MINT, status, body: body as never, headers });
  const LIMIT_HEADERS: readonly [string, Record<string, string>][] = [
    ['a wait', { 'retry-after': '30' }],
    ['a used-up quota', { 'x-ratelimit-remaining': '0' }],
  ];

  it('says what the installation lacks, in GitHub’s words', async () => {
    respond(422, { message: 'The permissions requested are not granted' });
    expect(await tokens.mint(installation, ORDER)).toEqual({
      kind: 'lacking',
      reason: 'The permissions requested are not granted',
    });
  });

  it.each(LIMIT_HEADERS)('says nothing of what the installation lacks where it comes with %s', async (_, headers) => {
    respond(422, { message: 'Unprocessable' }, headers);
    expect(await tokens.mint(installation, ORDER)).toMatchObject({ kind: 'unavailable', cause: 'limited' });
  });

  it('is a plain refusal, or a limit', async () => {
    respond(403, { message: 'This installation has been suspended' });
    expect(await tokens.mint(installation, ORDER)).toMatchObject({ kind: 'forbidden' });
    emulator.faults.clear();
    respond(403, { message: 'You have exceeded a secondary rate limit' });
    expect(await tokens.mint(installation, ORDER)).toMatchObject({ kind: 'unavailable', cause: 'limited' });
  });

  it('says that the installation is gone', async () => {
    expect(await tokens.mint({ ...installation, id: 8765 }, ORDER)).toEqual({ kind: 'gone' });
  });

  it.each<[string, number, object, string]>([
    ['has no token in it', 201, {}, 'unusable'],
    ['has an empty token in it', 201, { token: '' }, 'unusable'],
    ['has a token that is no text', 201, { token: 7 }, 'unusable'],
    ['is of no status that there should be', 200, { token: 'ghs_x' }, 'unusable'],
    ['does not accept the App', 401, { message: 'Bad credentials' }, 'credentials'],
    ['does not know the App', 404, { message: 'Integration not found' }, 'credentials'],
    ['is a failure', 502, {}, 'down'],
  ])('is none where it %s', async (_, status, body, cause) => {
    respond(status, body);
    expect(await tokens.mintOwn(installation, ORDER)).toMatchObject({ kind: 'unavailable', cause });
    expect(deferred.names).toEqual([]);
  });
});
