import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { PolicyChange } from '../../../../src/application/ports/policy-change-log.ts';
import { FindEventInstallation } from '../../../../src/application/webhook/find-event-installation.ts';
import { RefreshPolicies, type CacheChange } from '../../../../src/application/webhook/refresh-policies.ts';
import { Impatience } from '../../../support/impatience.ts';
import { APP, MINUTE, NOW, PolicyWorld, query } from '../policies/policy-world.ts';

const SECOND = { name: 'second', id: '10' };
const SOURCE = { appId: APP.id, installationId: 90, owner: 'acme', repository: 'app' };
const CHANGE = { before: 'a', after: 'b', changed: [], removed: [], complete: true, sender: 'octocat' };
const PUSHED: CacheChange = { kind: 'pushed', source: SOURCE, change: CHANGE };

let world: PolicyWorld;
let recorded: PolicyChange[];
let tasks: readonly string[];
let impatience: Impatience;

beforeEach(() => {
  world = new PolicyWorld();
  world.put('app', {});
  recorded = [];
  // The store is tried several times, with pauses.
  impatience = Impatience.begin();
});

afterEach(() => impatience.end());

/** As GitHub delivers it to this isolate. */
async function deliver(change: CacheChange): Promise<void> {
  const costs = world.unprovenCosts();
  costs.budget.proveGitHub();
  const { installations, forgetter } = world.request(costs);
  const finder = new FindEventInstallation(world.apps, installations, world.log);
  const changeLog = {
    record: async (one: PolicyChange) => {
      recorded.push(one);
    },
  };
  const { apps, deferredTasks, clock, log } = world;
  await new RefreshPolicies(finder, apps, forgetter, changeLog, deferredTasks, clock, log).execute(change);
  tasks = deferredTasks.names;
  await deferredTasks.run();
}

/** How many GitHub reads one more exchange needs. */
async function readsOf(owner = 'acme'): Promise<number> {
  const before = world.policies.reads;
  await world.request().reader.read(query(`${owner}/app`));
  await world.pass(0);
  return world.policies.reads - before;
}

async function lookupsOf(owner = 'acme', app = APP): Promise<number> {
  const before = world.installations.lookups;
  await world.request().installations.find(app, owner, 'remembered');
  return world.installations.lookups - before;
}

describe('a push', () => {
  it('is recorded after the answer, under a name that the log can tell', async () => {
    await deliver(PUSHED);
    expect(tasks).toContain('policy_change');
    expect(recorded).toEqual([{ ...CHANGE, time: NOW, owner: 'acme', repository: 'app' }]);
  });

  it('has the repository read again, here and in other isolates', async () => {
    expect([await readsOf(), await readsOf()]).toEqual([1, 0]);
    world.clock.advance(1);
    await deliver(PUSHED);
    await world.elsewhere().reader.read(query());
    expect(world.policies.reads).toBe(2);
    expect(await readsOf()).toBe(1);
  });

  it('is recorded, with the time', async () => {
    await deliver(PUSHED);
    expect(recorded).toEqual([{ time: NOW, owner: 'acme', repository: 'app', ...CHANGE }]);
  });

  it('has its repository read again though GitHub gives no answer about the installation', async () => {
    await readsOf();
    world.clock.advance(1);
    world.installations.failing.set(APP.id, { kind: 'unavailable', cause: 'limited', detail: 'told to' });
    await deliver({ ...PUSHED, source: { ...SOURCE, installationId: 91 } });
    expect([await readsOf(), recorded.length]).toEqual([1, 1]);
  });

  it('of an installation that is not ours changes and records nothing', async () => {
    await readsOf();
    world.clock.advance(1);
    await deliver({ ...PUSHED, source: { ...SOURCE, installationId: 91 } });
    expect([await readsOf(), recorded.length]).toEqual([0, 0]);
  });

  it('is to be delivered again where the store could not be told', async () => {
    world.store.failingWrites = 4;
    await expect(deliver(PUSHED)).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('Deliver'),
      details: { detail: 'Error' },
    });
    expect(world.log.entries.map(({ event, fields }) => [event, fields])).toContainEqual([
      'cache_not_refreshed',
      { detail: 'Error' },
    ]);
  });
});

describe('a move', () => {
  it('forgets every name that an account or a repository had', async () => {
    for (const owner of ['old', 'new']) await lookupsOf(owner);
    await readsOf('old');
    world.clock.advance(1);
    const repositories = [{ owner: 'old', name: 'app' }];
    await deliver({ kind: 'moved', appId: APP.id, accounts: ['old', 'new'], repositories });
    expect([await lookupsOf('old'), await lookupsOf('new'), await readsOf('old')]).toEqual([1, 1, 1]);
  });

  it('forgets no installation of an App that did not tell of it', async () => {
    world = new PolicyWorld([APP, SECOND]);
    for (const app of [APP, SECOND]) await lookupsOf('acme', app);
    world.clock.advance(1);
    await deliver({ kind: 'moved', appId: SECOND.id, accounts: ['acme'], repositories: [] });
    expect([await lookupsOf('acme', APP), await lookupsOf('acme', SECOND)]).toEqual([0, 1]);
  });

  it('forgets those of every App of the pool where GitHub did not tell whose', async () => {
    world = new PolicyWorld([APP, SECOND]);
    for (const app of [APP, SECOND]) await lookupsOf('acme', app);
    world.clock.advance(MINUTE);
    await deliver({ kind: 'moved', appId: undefined, accounts: ['acme'], repositories: [] });
    expect([await lookupsOf('acme', APP), await lookupsOf('acme', SECOND)]).toEqual([1, 1]);
  });

  it('is to be delivered again where one of several things could not be told to the store', async () => {
    world.store.failingWrites = 7;
    const repositories = [{ owner: 'acme', name: 'app' }];
    const failing = deliver({ kind: 'moved', appId: APP.id, accounts: ['acme'], repositories });
    await expect(failing).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
