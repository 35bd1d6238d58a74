import { describe, expect, it } from '@jest/globals';
import { APP, HealthWorld, Isolate, MINUTE, START } from './health-world.ts';

const OTHER = { name: 'other', id: '8' };

describe('nothing learnt yet', () => {
  it('is unknown and no failure, dated when the configuration was read', async () => {
    expect(await new HealthWorld().tell()).toEqual({
      status: 'ok',
      checks: { configuration: 'ok', app_credentials: 'unknown', github: 'unknown', store: 'ok', webhook: 'unknown' },
      checkedAt: START,
    });
  });
});

describe('what the scheduled check found', () => {
  it('is told by another isolate, with its date', async () => {
    const world = new HealthWorld();
    world.minutesPass(5);
    await world.run();
    world.minutesPass(2);
    expect(await world.tell(true, new Isolate())).toEqual({
      status: 'ok',
      checks: { configuration: 'ok', app_credentials: 'ok', github: 'ok', store: 'ok', webhook: 'ok' },
      checkedAt: START + 5 * 60_000,
    });
  });

  it('is unknown three hours after the checks stopped', async () => {
    const world = new HealthWorld();
    await world.run();
    world.minutesPass(181);
    expect((await world.tell(true, new Isolate())).checks).toMatchObject({
      app_credentials: 'unknown',
      webhook: 'unknown',
    });
  });
});

describe('what traffic shows', () => {
  it('of the App’s credentials is told at once, though the last check found them well', async () => {
    const world = new HealthWorld();
    await world.run();
    world.minutesPass(1);
    world.isolate.observations.rejectApp(APP, world.clock.now(), 'GitHub answered 401');
    expect(await world.tell()).toMatchObject({
      status: 'failing',
      checks: { app_credentials: 'failing' },
      checkedAt: START + 60_000,
    });
  });

  it('is over with the next success', async () => {
    const world = new HealthWorld();
    const { observations } = world.isolate;
    observations.rejectApp(APP, world.clock.now(), 'GitHub answered 401');
    observations.acceptApp(APP, world.clock.now());
    observations.silenceOfGitHub(world.clock.now(), 'status 503');
    observations.answerOfGitHub(world.clock.now(), undefined);
    expect((await world.tell()).checks).toMatchObject({ app_credentials: 'ok', github: 'ok' });
  });

  it('mends what the last check found failing', async () => {
    const world = new HealthWorld();
    world.inspector.descriptions.delete(APP.id);
    await world.run();
    world.minutesPass(1);
    world.isolate.observations.acceptApp(APP, world.clock.now());
    expect(await world.tell()).toMatchObject({ status: 'ok', checks: { app_credentials: 'ok' } });
  });

  it('is overtaken by later checks, which write nothing where nothing is new', async () => {
    const world = new HealthWorld();
    const quiet = new Isolate();
    await world.run();
    world.minutesPass(3);
    quiet.observations.silenceOfGitHub(world.clock.now(), 'status 503');
    expect((await world.tell(true, quiet)).checks.github).toBe('failing');
    world.minutesPass(7);
    expect((await world.tell(true, quiet)).checks.github).toBe('ok');
  });

  it('counts for an hour where nobody checks on a schedule', async () => {
    const world = new HealthWorld();
    world.isolate.observations.rejectApp(APP, world.clock.now(), 'GitHub answered 401');
    world.minutesPass(59);
    expect((await world.tell()).checks.app_credentials).toBe('failing');
    world.minutesPass(2);
    expect((await world.tell()).checks.app_credentials).toBe('unknown');
  });

  it('of a signed delivery makes an unknown webhook well, and no failing one', async () => {
    const world = new HealthWorld();
    world.isolate.observations.acceptDelivery('7', world.clock.now());
    expect((await world.tell()).checks.webhook).toBe('ok');
    world.inspector.hooks.delete(APP.id);
    await world.run();
    world.isolate.observations.acceptDelivery('7', world.clock.now());
    expect((await world.tell()).checks.webhook).toBe('failing');
  });
});

describe('what traffic shows', () => {
  const reject = (world: HealthWorld, isolate = world.isolate) =>
    isolate.observations.rejectApp(APP, world.clock.now(), 'GitHub answered 401');

  it('is told with its date', async () => {
    const world = new HealthWorld();
    world.minutesPass(5);
    world.isolate.observations.acceptDelivery('7', world.clock.now());
    world.minutesPass(1);
    expect((await world.tell()).checkedAt).toBe(START + 5 * MINUTE);
  });

  it('counts for less than an hour, where nobody checks on a schedule', async () => {
    const world = new HealthWorld();
    reject(world);
    world.isolate.observations.acceptDelivery('7', world.clock.now());
    world.clock.advance(60 * MINUTE - 1);
    expect((await world.tell()).checks).toMatchObject({ app_credentials: 'failing', webhook: 'ok' });
    world.clock.advance(1);
    expect((await world.tell()).checks).toMatchObject({ app_credentials: 'unknown', webhook: 'unknown' });
  });

  it('counts for less than six minutes after a check', async () => {
    const world = new HealthWorld();
    await world.run();
    world.clock.advance(1);
    reject(world);
    world.clock.advance(6 * MINUTE - 1);
    expect((await world.tell()).checks.app_credentials).toBe('failing');
    world.clock.advance(1);
    expect((await world.tell()).checks.app_credentials).toBe('ok');
  });

  it.each([0, 1])('does not count where a check came %d minutes later', async (minutes) => {
    const world = new HealthWorld();
    const quiet = new Isolate();
    reject(world, quiet);
    world.minutesPass(minutes);
    await world.run();
    expect((await world.tell(true, quiet)).checks.app_credentials).toBe('ok');
  });
});

describe('several Apps', () => {
  const exhausted = { quotaLeft: 0 };

  it.each([
    ['one is refused', () => undefined, 'degraded', { 'app_credentials:other': 'failing' }],
    ['one has no quota left', (world: HealthWorld) => world.redescribe(exhausted), 'failing', { quota: 'failing' }],
  ])('are each told as the check found it, where %s', async (_, change, status, checks) => {
    const world = new HealthWorld({ apps: [APP, OTHER] });
    world.inspector.descriptions.delete(OTHER.id);
    change(world);
    await world.run();
    expect(await world.tell(true, new Isolate())).toMatchObject({
      status,
      checks: { 'app_credentials:default': 'ok', 'app_credentials:other': 'failing', ...checks },
    });
  });

  it('work where one has quota left', async () => {
    const world = new HealthWorld({ apps: [APP, OTHER] });
    world.redescribe(exhausted);
    await world.run();
    expect(await world.tell(true, new Isolate())).toMatchObject({ status: 'degraded', checks: { quota: 'failing' } });
  });

  it('each have their own credentials, and one that works is enough', async () => {
    const world = new HealthWorld({ apps: [APP, OTHER] });
    world.isolate.observations.rejectApp(APP, world.clock.now(), 'GitHub answered 401');
    expect(await world.tell()).toMatchObject({
      status: 'degraded',
      checks: { 'app_credentials:default': 'failing', 'app_credentials:other': 'unknown' },
    });
    world.isolate.observations.rejectApp(OTHER, world.clock.now(), 'GitHub answered 401');
    expect((await world.tell()).status).toBe('failing');
  });
});

describe('a thousand questions', () => {
  it('read the store twice a minute, and nothing else', async () => {
    const world = new HealthWorld();
    for (let ask = 0; ask < 1000; ask += 1) {
      await Promise.all([world.tell(), world.tell()]);
      world.clock.advance(60);
    }
    expect(world.store.reads).toBeLessThanOrEqual(3);
    expect([world.inspector.asked, world.issuers.fetched, world.store.writes]).toEqual([[], [], 0]);
  });
});

describe('the report of an isolate', () => {
  it('is read again after half a minute, and when the clock was set back', async () => {
    const world = new HealthWorld();
    await world.tell();
    world.clock.advance(29_999);
    await world.tell();
    expect(world.store.reads).toBe(1);
    world.clock.advance(1);
    await world.tell();
    expect(world.store.reads).toBe(2);
    world.clock.advance(-1);
    await world.tell();
    expect(world.store.reads).toBe(3);
  });

  it('gives way to what another isolate found later', async () => {
    const world = new HealthWorld();
    const { isolate } = world;
    await world.run();
    world.minutesPass(5);
    world.isolate = new Isolate();
    world.inspector.hooks.delete(APP.id);
    await world.run();
    expect((await world.tell(true, isolate)).checks.webhook).toBe('failing');
  });
});

describe('the store', () => {
  it('that takes no write is failing, though it can be read', async () => {
    const world = new HealthWorld();
    world.store.failingWrites = 1;
    await world.run();
    expect((await world.tell()).checks.store).toBe('failing');
    world.minutesPass(1);
    expect((await world.tell()).checks.store).toBe('failing');
  });

  it('that gives no answer is failing, and exchanges work all the same', async () => {
    const world = new HealthWorld();
    world.store.failsReads = true;
    expect(await world.tell()).toMatchObject({ status: 'degraded', checks: { store: 'failing' } });
  });

  it('that fails for a while leaves what was known', async () => {
    const world = new HealthWorld();
    await world.run();
    world.minutesPass(1);
    world.store.failsReads = true;
    expect((await world.tell()).checks).toMatchObject({ app_credentials: 'ok', store: 'failing' });
  });

  it('that holds somebody’s own text is as good as empty', async () => {
    const world = new HealthWorld();
    world.store.putText('health|report', '{"v":1,"readAt":1,"freshForMs":0,"value":{"checkedAt":9e99,"health":{}}}');
    expect((await world.tell()).status).toBe('ok');
  });
});

describe('a question under another host', () => {
  it('is told so, and that exchanges work under the right one', async () => {
    expect(await new HealthWorld().tell(false)).toMatchObject({ status: 'degraded', checks: { host: 'failing' } });
  });
});
