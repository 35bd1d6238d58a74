import { describe, expect, it } from '@jest/globals';
import { APP, findings, HealthWorld, Isolate, START, told } from './health-world.ts';

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
    world.redescribe({ quotaLeft: 100 });
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

describe('a run', () => {
  it('acts as the service, whom no caller’s bound holds up', async () => {
    const world = new HealthWorld();
    await world.run();
    expect(world.costs.trust.level).toBe('service');
  });

  it('ends within 25 s, and keeps what was known of whatever it did not come to', async () => {
    const world = new HealthWorld();
    world.inspector.hooks.delete(APP.id);
    await world.run();
    world.minutesPass(5);
    world.requestTakesMs = 25_000;
    const report = await world.run();
    expect(world.inspector.asked).toEqual(['app 7']);
    expect(findings(report)).toEqual(['webhook-absent']);
  });

  it('goes on from what another isolate has found since', async () => {
    const world = new HealthWorld();
    const { isolate } = world;
    await world.run();
    world.minutesPass(5);
    world.isolate = new Isolate();
    world.inspector.hooks.delete(APP.id);
    await world.run();
    world.minutesPass(5);
    world.isolate = isolate;
    world.inspector.failing = { kind: 'unavailable', cause: 'down', detail: 'status 503' };
    expect(findings(await world.run())).toEqual(['webhook-absent', 'github-silent']);
    expect(world.changes.map(({ check, state }) => [check, state])).toEqual([
      ['webhook', 'failing'],
      ['github', 'failing'],
    ]);
  });

  it('of an isolate that remembers nothing goes on from what is stored', async () => {
    const world = new HealthWorld();
    world.inspector.hooks.delete(APP.id);
    await world.run();
    world.minutesPass(5);
    world.isolate = new Isolate();
    world.inspector.failing = { kind: 'unavailable', cause: 'down', detail: 'status 503' };
    expect(findings(await world.run())).toEqual(['webhook-absent', 'github-silent']);
  });
});

describe('the store', () => {
  const WORKS = { kind: 'store', name: '', askedAt: START, used: true, usable: true, findings: [], facts: {} };
  const fails = (reason: string) => ({
    ...WORKS,
    usable: false,
    findings: [
      {
        rule: 'store-fails',
        check: 'store',
        severity: 'failing',
        message: `The store fails (${reason}), so that each isolate has to ask GitHub and the issuers itself.`,
        remedy: 'See that the KV namespace bound as OCTO_STS_KV exists, and that its daily limits are not used up.',
      },
    ],
  });

  it('that works is told so once, and one that fails by what failed', async () => {
    const world = new HealthWorld();
    world.store.failingWrites = 1;
    expect(told(await world.run(), 'store')).toEqual([fails('writing: Error')]);
    expect(told(await world.run(), 'store')).toEqual([WORKS]);
    world.store.failsReads = true;
    expect(told(await world.run(), 'store')).toEqual([fails('reading: test')]);
    expect(world.isolate.remembered.isStoreWell).toBe(false);
  });

  it('that took no write is tried again at the next run, though nothing else is new', async () => {
    const world = new HealthWorld();
    await world.run();
    world.minutesPass(5);
    world.store.failsReads = true;
    world.store.failingWrites = 1;
    await world.run();
    world.minutesPass(5);
    world.store.failsReads = false;
    await world.run();
    expect(world.store.writes).toBe(2);
  });

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
