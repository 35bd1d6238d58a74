import { describe, expect, it } from '@jest/globals';
import { APP, findings, HealthWorld, START } from './health-world.ts';

describe('a sound deployment', () => {
  it('is ok in every run, whatever is new, without an event', async () => {
    const world = new HealthWorld();
    for (let run = 0; run < 20; run += 1) {
      const report = await world.run();
      expect([findings(report), findings(report, 'note')]).toEqual([[], []]);
      world.minutesPass(5);
    }
    expect(world.changes).toEqual([]);
    expect((await world.tell()).status).toBe('ok');
  });

  it('costs one write an hour', async () => {
    const world = new HealthWorld();
    for (let run = 0; run < 24; run += 1) {
      await world.run();
      world.minutesPass(5);
    }
    expect(world.store.writes).toBe(2);
  });

  it('has nothing new in numbers and notes: they are written with the next hour', async () => {
    const world = new HealthWorld();
    await world.run();
    world.minutesPass(5);
    const known = world.inspector.descriptions.get(APP.id);
    if (known !== undefined) world.inspector.descriptions.set(APP.id, { ...known, quotaLeft: 100 });
    expect(findings(await world.run(), 'note')).toEqual(['quota-low']);
    expect(world.store.writes).toBe(1);
  });
});

describe('a check that begins to fail', () => {
  async function broken(): Promise<HealthWorld> {
    const world = new HealthWorld();
    await world.run();
    world.minutesPass(5);
    world.inspector.descriptions.delete(APP.id);
    await world.run();
    return world;
  }

  it('is an event with what is wrong, and is written at once', async () => {
    const world = await broken();
    expect(world.changes).toMatchObject([
      {
        requestId: 'run-2',
        time: START + 300_000,
        check: 'app_credentials',
        state: 'failing',
        before: 'ok',
        findings: [{ rule: 'app-credentials', message: expect.stringContaining('"Integration not found"') }],
      },
    ]);
    expect(world.store.writes).toBe(2);
  });

  it('is no event again while it goes on failing', async () => {
    const world = await broken();
    world.minutesPass(5);
    await world.run();
    expect(world.changes).toHaveLength(1);
    expect(world.store.writes).toBe(2);
  });

  it('is an event once more when it is well again', async () => {
    const world = await broken();
    world.addApp(APP);
    world.minutesPass(5);
    await world.run();
    expect(world.changes.slice(1)).toMatchObject([
      { check: 'app_credentials', state: 'ok', before: 'failing', findings: [] },
    ]);
  });

  it('is an event at the very first run too', async () => {
    const world = new HealthWorld();
    world.inspector.descriptions.delete(APP.id);
    await world.run();
    expect(world.changes).toMatchObject([{ check: 'app_credentials', before: 'unknown' }]);
  });
});

describe('the store', () => {
  it('that can’t be read is failing, and what is known stays known', async () => {
    const world = new HealthWorld();
    world.inspector.hooks.delete(APP.id);
    await world.run();
    world.store.failsReads = true;
    world.store.failingWrites = 1;
    const report = await world.run();
    expect(findings(report)).toEqual(expect.arrayContaining(['webhook-absent', 'store-fails']));
    expect(world.changes.map(({ check }) => check)).toEqual(['webhook', 'store']);
  });

  it('that takes no write is failing, and the next run tries again', async () => {
    const world = new HealthWorld();
    world.store.failingWrites = 1;
    expect(findings(await world.run())).toEqual(['store-fails']);
    expect(world.logged).toMatchObject([{ event: 'health_report_not_written', reason: 'Error' }]);
    expect((await world.tell()).checks.store).toBe('failing');
    world.minutesPass(5);
    expect(findings(await world.run())).toEqual([]);
    expect((await world.tell()).checks.store).toBe('ok');
    expect(world.changes.map(({ state }) => state)).toEqual(['failing', 'ok']);
  });

  it('that takes no write in the midst of the hour says so for longer than the report in it is read again', async () => {
    const world = new HealthWorld();
    await world.run();
    world.minutesPass(61);
    world.store.failingWrites = 1;
    await world.run();
    world.minutesPass(2);
    expect((await world.tell()).checks.store).toBe('failing');
  });
});

describe('an old report', () => {
  it('counts no more: what nobody has asked since is unknown', async () => {
    const world = new HealthWorld();
    await world.run();
    world.minutesPass(181);
    world.inspector.failing = { kind: 'unavailable', cause: 'down', detail: 'status 503' };
    const report = await world.run();
    expect(report.health.shared).toMatchObject({ github: 'failing', webhook: 'unknown' });
    expect(report.health.apps).toMatchObject([{ credentials: 'unknown' }]);
  });
});
