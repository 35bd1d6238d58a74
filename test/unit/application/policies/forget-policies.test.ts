import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Impatience } from '../../../support/impatience.ts';
import { ACTIONS, APP, INSTALLATION, MINUTE, PolicyWorld, query, type PolicyRequest } from './policy-world.ts';

let world: PolicyWorld;
let impatience: Impatience;

beforeEach(async () => {
  impatience = Impatience.begin();
  world = new PolicyWorld();
  world.put('app', {});
  world.list(`issuers: [${ACTIONS}]\n`);
  world.guard('max_token_lifetime_seconds: 3600\n');
  const request = world.request();
  await request.installations.find(APP, 'acme', 'remembered');
  await request.reader.read(query());
  await world.pass(1000);
});

afterEach(() => impatience.end());

function asGitHub(): PolicyRequest {
  const costs = world.unprovenCosts();
  costs.budget.proveGitHub();
  return world.request(costs);
}

describe('a repository of which GitHub tells a change', () => {
  it('is forgotten here at once and elsewhere once the store has spread it', async () => {
    const there = world.elsewhere();
    await there.folders.known(INSTALLATION, 'app');
    expect(await asGitHub().forgetter.ofRepository('ACME', 'App')).toEqual({ kind: 'forgotten' });
    expect(await world.request().folders.known(INSTALLATION, 'app')).toBeUndefined();
    expect(await there.folders.known(INSTALLATION, 'app')).toBeDefined();
    await world.pass(30_000);
    expect(await there.folders.known(INSTALLATION, 'app')).toBeUndefined();
  });

  it('is not brought back by a read that was under way', async () => {
    const readAt = world.clock.now();
    await world.pass(1);
    await asGitHub().forgetter.ofRepository('acme', 'app');
    const folder = { repositoryId: 1, accountId: 100, files: [], listingOnly: false };
    for (const request of [world.request(), world.elsewhere()]) {
      request.folders.keep(INSTALLATION, 'app', { kind: 'found', folder }, undefined, readAt);
      await world.pass(30_000);
    }
    expect(await world.request().folders.known(INSTALLATION, 'app')).toBeUndefined();
    expect(await world.elsewhere().folders.known(INSTALLATION, 'app')).toBeUndefined();
  });

  it('takes along nothing of another one, nor the allowlist', async () => {
    await asGitHub().forgetter.ofRepository('acme', 'infra');
    const request = world.request();
    expect(await request.folders.known(INSTALLATION, 'app')).toBeDefined();
    expect(request.allowlists.fresh(await request.allowlists.known(INSTALLATION))).toMatchObject({ kind: 'present' });
    expect(request.guardrails.fresh(await request.guardrails.known(INSTALLATION))).toMatchObject({ kind: 'present' });
  });

  it.each(['allowlists', 'guardrails'] as const)(
    'ends the freshness of the %s where it is the policy repository, and never forgets that there were some',
    async (name) => {
      await asGitHub().forgetter.ofRepository('Acme', '.GitHub');
      for (const request of [world.request(), world.elsewhere()]) {
        const file = request[name];
        const known = await file.known(INSTALLATION);
        expect(known.kind).toBe('entry');
        expect(file.fresh(known)).toBeUndefined();
        expect(file.last(known)).toMatchObject({ kind: 'present' });
      }
      await world.pass(61 * MINUTE);
      const file = world.request()[name];
      expect(file.last(await file.known(INSTALLATION))).toMatchObject({ kind: 'unavailable' });
    },
  );

  it('tells where the store failed, for other isolates go on with the old', async () => {
    world.store.failingWrites = 4;
    expect(await asGitHub().forgetter.ofRepository('acme', 'app')).toEqual({ kind: 'store_failed', detail: 'Error' });
  });

  it('tells where the store could not say what is kept of the allowlist', async () => {
    world.store.failsReads = true;
    expect(await asGitHub().forgetter.ofRepository('acme', '.github')).toMatchObject({ kind: 'store_failed' });
  });

  it('tells where the owner’s writes of the minute are used up', async () => {
    const { forgetter, costs } = asGitHub();
    while (costs.writes.take());
    const expected = { kind: 'store_failed', detail: 'WriteLimitError' };
    expect(await forgetter.ofRepository('acme', 'app')).toEqual(expected);
  });
});

describe('an installation of which GitHub tells a change', () => {
  it('is forgotten here and in the store, for that App alone', async () => {
    const second = { name: 'second', id: '10' };
    world.installations.install(second, 'acme', { id: 91, accountId: 100 });
    await world.request().installations.find(second, 'acme', 'remembered');
    await world.pass(1);
    expect(await asGitHub().forgetter.ofInstallation(APP, 'Acme')).toEqual({ kind: 'forgotten' });
    const before = world.installations.lookups;
    await world.elsewhere().installations.find(APP, 'acme', 'remembered');
    expect(world.installations.lookups).toBe(before + 1);
    await world.request().installations.find(second, 'acme', 'remembered');
    expect(world.installations.lookups).toBe(before + 1);
  });

  it('tells where the store failed', async () => {
    world.store.failingWrites = 4;
    expect(await asGitHub().forgetter.ofInstallation(APP, 'acme')).toMatchObject({ kind: 'store_failed' });
  });
});
