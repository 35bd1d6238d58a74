import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { CommitPlace } from '../../../../src/application/ports/changed-policy-files.ts';
import type { RepositorySession } from '../../../../src/infrastructure/github/repository-session.ts';
import { GitHubEmulator } from '../../../support/github/emulator.ts';
import { githubSession, seededInstallation } from '../../../support/github-session.ts';
import { seedWorld, type Seed } from '../../../support/seed.ts';

const MINT = { operation: 'apps/create-installation-access-token' };

let emulator: GitHubEmulator;
let seed: Seed;
let place: CommitPlace;
let session: RepositorySession;

beforeAll(async () => {
  emulator = await GitHubEmulator.start();
  seed = seedWorld(emulator, { oidcIssuer: 'https://issuer.example.com' });
  place = { installation: seededInstallation(seed), repository: 'app', commit: emulator.world.head('acme/app') ?? '' };
});

afterAll(async () => {
  expect(emulator.violations).toEqual([]);
  await emulator.close();
});

beforeEach(() => {
  emulator.resetCounters();
  session = githubSession(emulator, seed);
});

afterEach(() => emulator.faults.clear());

const checks = (at: CommitPlace) => session.send(at, { method: 'GET', path: `/commits/${at.commit}/check-runs` });

describe('a session of a repository', () => {
  it('mints one token when it is first needed, for requests at the same time too', async () => {
    expect(emulator.count(MINT)).toBe(0);
    const answers = await Promise.all([checks(place), checks(place)]);
    answers.push(await checks(place));
    expect(answers).toEqual(Array(3).fill(expect.objectContaining({ kind: 'answer', status: 200 })));
    expect(emulator.count(MINT)).toBe(1);
  });

  it('never uses the token of one repository for another', async () => {
    await checks(place);
    const commit = emulator.world.head('acme/infra') ?? '';
    expect(await checks({ ...place, repository: 'infra', commit })).toMatchObject({ kind: 'answer', status: 200 });
    expect(emulator.count(MINT)).toBe(2);
  });

  it.each([
    [422, 'unusable'],
    [403, 'unusable'],
    [404, 'unusable'],
    [401, 'credentials'],
  ])('asks nothing where it gets no token: %i', async (status, cause) => {
    emulator.faults.add({ kind: 'respond', match: MINT, status, body: { message: 'no' } });
    expect(await checks(place)).toMatchObject({ kind: 'unavailable', cause });
    expect(emulator.count()).toBe(1);
  });
});
