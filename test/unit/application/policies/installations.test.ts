import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Recency } from '../../../../src/application/policies/installations.ts';
import { installationKey } from '../../../../src/application/policies/installations.ts';
import { ACME_ID, APP, INSTALLATION, MINUTE, PolicyRequest, PolicyWorld } from './policy-world.ts';

const FOUND = { kind: 'found', installation: INSTALLATION } as const;
const DOWN = { kind: 'unavailable', cause: 'down', detail: 'told to' } as const;

let world: PolicyWorld;

beforeEach(() => {
  world = new PolicyWorld();
});

async function find(recency: Recency = 'remembered', request = world.request()): Promise<unknown> {
  const found = await request.installations.find(APP, 'acme', recency);
  await world.deferredTasks.run();
  return found.kind === 'found' ? found.installation.id : found.kind;
}

describe('an installation', () => {
  it('is looked up once for an hour, in this isolate and others', async () => {
    expect(await world.request().installations.find(APP, 'acme', 'remembered')).toEqual(FOUND);
    await world.pass(60 * MINUTE - 1);
    expect([await find(), await find('remembered', world.elsewhere())]).toEqual([90, 90]);
    expect(world.installations.lookups).toBe(1);
    await world.pass(1);
    await find();
    expect(world.installations.lookups).toBe(2);
  });

  it('is told with the owner as the caller spells it, and kept once for all spellings', async () => {
    await find();
    expect(await world.request().installations.find(APP, 'ACME', 'remembered')).toEqual({
      kind: 'found',
      installation: { ...INSTALLATION, owner: 'ACME' },
    });
    expect(world.installations.lookups).toBe(1);
  });

  it('that another isolate has learnt of is seen within 30 seconds', async () => {
    await find();
    await world.pass(MINUTE);
    const there = world.elsewhere();
    await find('remembered', there);
    world.installations.install(APP, 'acme', { id: 95, accountId: ACME_ID });
    await find();
    there.installations.forget(APP, 'acme');
    await find('remembered', there);
    await world.pass(30_000 - 1);
    expect(await find()).toBe(90);
    await world.pass(1);
    expect(await find()).toBe(95);
  });

  it('is looked up without a wait for another owner’s or another App’s', async () => {
    const slow = new PolicyRequest(world, world.isolate, world.provenCosts(), {
      find: () => new Promise(() => undefined),
    });
    void slow.installations.find(APP, 'acme', 'remembered');
    await Promise.resolve();
    const pauses = jest.spyOn(globalThis, 'setTimeout');
    const { installations } = world.request();
    expect(await installations.find(APP, 'other', 'remembered')).toEqual({ kind: 'absent' });
    expect(await installations.find({ name: 'second', id: '10' }, 'acme', 'remembered')).toEqual({ kind: 'absent' });
    expect(pauses).not.toHaveBeenCalled();
    pauses.mockRestore();
  });

  it('is looked up once for a crowd that comes at the same time', async () => {
    await Promise.all(Array.from({ length: 20 }, () => find()));
    expect(world.installations.lookups).toBe(1);
  });

  it('is kept for each App on its own', async () => {
    const second = { name: 'second', id: '10' };
    await find();
    expect(await world.request().installations.find(second, 'acme', 'remembered')).toEqual({ kind: 'absent' });
    expect(installationKey(second, 'Acme')).toBe('10/acme');
  });

  it('that an unproven caller asked for is not written to the store', async () => {
    await find('remembered', world.request(world.unprovenCosts()));
    expect(world.store.writes).toBe(0);
    await find();
    expect(world.installations.lookups).toBe(1);
    await find('remembered', world.elsewhere());
    expect(world.installations.lookups).toBe(2);
  });

  it('is told with the permissions that its account accepted, each time', async () => {
    const accepted = { permissions: { contents: 'read' }, account: 'organization' } as const;
    world.installations.install(APP, 'acme', { id: 90, accountId: ACME_ID, accepted });
    for (const request of [world.request(), world.request(), world.elsewhere()]) {
      const found = await request.installations.find(APP, 'acme', 'remembered');
      await world.deferredTasks.run();
      expect(found).toEqual({ kind: 'found', installation: { ...INSTALLATION, accepted } });
    }
    expect(world.installations.lookups).toBe(1);
  });

  it('waits for no lookup of another owner', async () => {
    const { installations } = world.request();
    const lookUp = world.installations.find.bind(world.installations);
    world.installations.find = (app, owner) => (owner === 'slow' ? new Promise(() => undefined) : lookUp(app, owner));
    void installations.find(APP, 'slow', 'remembered');
    expect(await installations.find(APP, 'acme', 'remembered')).toEqual(FOUND);
  });

  it('is looked up again once it is forgotten, even within the same millisecond', async () => {
    const request = world.request();
    await find('remembered', request);
    request.installations.forget(APP, 'acme');
    world.installations.install(APP, 'acme', { id: 95, accountId: ACME_ID });
    expect(await find('remembered', request)).toBe(95);
  });

  it('is forgotten for other isolates too, after the answer', async () => {
    const request = world.request();
    await find('remembered', request);
    await world.pass(1);
    request.installations.forget(APP, 'acme');
    await world.deferredTasks.run();
    world.installations.install(APP, 'acme', { id: 95, accountId: ACME_ID });
    expect(await find('remembered', world.elsewhere())).toBe(95);
  });
});

describe('an installation that is in doubt', () => {
  async function lookupsAfterDoubt(installation = INSTALLATION): Promise<number> {
    const before = world.installations.lookups;
    await world.request().installations.doubt(installation);
    await find();
    return world.installations.lookups - before;
  }

  it('is looked up again by the next request where it was looked up more than a minute ago', async () => {
    await find();
    await world.pass(MINUTE);
    expect(await lookupsAfterDoubt()).toBe(0);
    await world.pass(1);
    expect([await lookupsAfterDoubt(), await lookupsAfterDoubt()]).toEqual([1, 0]);
  });

  it('is not the one that is known where the ids differ', async () => {
    await find();
    await world.pass(2 * MINUTE);
    expect(await lookupsAfterDoubt({ ...INSTALLATION, id: 91 })).toBe(0);
  });

  it('need not be known', async () => {
    expect(await lookupsAfterDoubt()).toBe(1);
  });
});

describe('an installation that must be known afresh', () => {
  it('is looked up again where it was looked up more than a minute ago', async () => {
    await find();
    await world.pass(MINUTE);
    await find('afresh');
    expect(world.installations.lookups).toBe(1);
    await world.pass(1);
    await find('afresh');
    expect(world.installations.lookups).toBe(2);
  });

  it('counts from then on', async () => {
    await find();
    await world.pass(2 * MINUTE);
    world.installations.install(APP, 'acme', { id: 95, accountId: 7 });
    expect(await find()).toBe(90);
    expect(await find('afresh')).toBe(95);
    expect(await find()).toBe(95);
  });

  it('is not served from memory where GitHub gives no answer', async () => {
    await find();
    await world.pass(2 * MINUTE);
    world.installations.failing.set(APP.id, DOWN);
    expect([await find('afresh'), await find()]).toEqual(['unavailable', 90]);
  });
});

describe('"not installed"', () => {
  beforeEach(() => world.installations.uninstall(APP, 'acme'));

  it('is believed for 5 minutes, by this isolate alone', async () => {
    expect(await find()).toBe('absent');
    await world.pass(5 * MINUTE - 1);
    expect(await find()).toBe('absent');
    expect(world.installations.lookups).toBe(1);
    await find('remembered', world.elsewhere());
    expect(world.installations.lookups).toBe(2);
    await world.pass(1);
    await find();
    expect(world.installations.lookups).toBe(3);
  });

  it('is never written to the store', async () => {
    await find();
    expect(world.store.writes).toBe(0);
  });

  it('is never concluded from an answer that GitHub did not give', async () => {
    world.installations.failing.set(APP.id, DOWN);
    expect([await find(), await find()]).toEqual(['unavailable', 'unavailable']);
    world.installations.failing.clear();
    world.installations.install(APP, 'acme', { id: 90, accountId: ACME_ID });
    expect(await find()).toBe(90);
  });
});

describe('what was learnt of the policy repository', () => {
  const learnt = { pairRefused: true, unreadableAt: 5 };

  it('is kept as long as the installation, and where all isolates see it', async () => {
    const { installations } = world.request();
    await find();
    await world.pass(MINUTE);
    await installations.learn(INSTALLATION, learnt);
    await world.deferredTasks.run();
    expect(await world.elsewhere().installations.learntOf(INSTALLATION)).toMatchObject(learnt);
    await world.pass(59 * MINUTE);
    await find();
    expect(world.installations.lookups).toBe(2);
    expect(await installations.learntOf(INSTALLATION)).not.toMatchObject(learnt);
  });

  it('adds up', async () => {
    const { installations } = world.request();
    await find();
    await installations.learn(INSTALLATION, { pairRefused: true });
    await installations.learn(INSTALLATION, { unreadableAt: 5 });
    expect(await installations.learntOf(INSTALLATION)).toMatchObject(learnt);
  });

  it('says nothing of another installation, which may see what the old one could not', async () => {
    const { installations } = world.request();
    await find();
    await installations.learn(INSTALLATION, learnt);
    expect(await installations.learntOf({ ...INSTALLATION, id: 91 })).toEqual({});
  });

  it('is not learnt through an installation that is not the one at hand', async () => {
    const { installations } = world.request();
    await find();
    await installations.learn({ ...INSTALLATION, id: 91 }, learnt);
    expect(await installations.learntOf(INSTALLATION)).not.toMatchObject({ pairRefused: true });
  });

  it('is nothing where the App is not installed, or nothing is known', async () => {
    const { installations } = world.request();
    expect(await installations.learntOf(INSTALLATION)).toEqual({});
    world.installations.uninstall(APP, 'acme');
    await find();
    await installations.learn(INSTALLATION, learnt);
    expect(await installations.learntOf(INSTALLATION)).toEqual({});
    expect(await find()).toBe('absent');
  });
});
