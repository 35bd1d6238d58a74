import { describe, expect, it } from '@jest/globals';
import { APP, findings, HealthWorld } from './health-world.ts';

const LACKING = { permissions: { contents: 'read', checks: 'write' } };

describe('an installation of the operator’s own account', () => {
  it.each([
    [{ isSuspended: true }, ['installation-suspended'], []],
    [LACKING, ['permission-missing'], []],
    [{ permissions: { contents: 'read', checks: 'write', pull_requests: 'read' } }, [], ['permission-pending']],
  ])('that is %j fails by %j and notes %j', async (state, failing, noted) => {
    const world = new HealthWorld();
    world.install('acme', state);
    const report = await world.run();
    expect([findings(report), findings(report, 'note')]).toEqual([failing, noted]);
  });

  it('that is missing is no failure: the App may serve others', async () => {
    const world = new HealthWorld();
    world.inspector.installations.clear();
    const report = await world.run();
    expect([findings(report), findings(report, 'note')]).toEqual([[], []]);
  });
});

describe('an installation of somebody else’s', () => {
  it.each([
    [{ isSuspended: true }, 'installation-suspended'],
    [LACKING, 'permission-missing'],
  ])('that is %j is noted alone, whatever its exchanges came to', async (state, rule) => {
    const world = new HealthWorld();
    await world.use('stranger');
    world.install('stranger', state);
    const report = await world.run();
    expect([findings(report), findings(report, 'note')]).toEqual([[], [rule]]);
    expect(world.changes).toEqual([]);
    expect(await world.tell()).toMatchObject({ status: 'ok' });
  });

  it('that was never in use is not asked about', async () => {
    const world = new HealthWorld();
    world.install('stranger', { isSuspended: true });
    await world.run();
    expect(world.inspector.asked).not.toContain('installation 7 stranger');
  });
});

describe('an account that the settings name', () => {
  it('is asked about without an exchange, as the operator’s own', async () => {
    const world = new HealthWorld({ owners: [{ owner: 'umbrella', apps: [APP] }] });
    world.install('umbrella', { isSuspended: true });
    expect(findings(await world.run())).toEqual(['installation-suspended']);
  });

  it('where the App is not installed is noted', async () => {
    const world = new HealthWorld({ owners: [{ owner: 'umbrella', apps: [APP] }] });
    expect(findings(await world.run(), 'note')).toEqual(['installation-absent']);
  });
});

describe('the list of installations in use', () => {
  it('that can’t be had is a line in the log', async () => {
    const world = new HealthWorld();
    world.store.failsReads = true;
    await world.run();
    expect(world.logged).toContainEqual({ event: 'installations_not_listed', reason: 'test' });
  });

  it('that names an App of former times, or no owner, is passed over', async () => {
    const world = new HealthWorld();
    await world.use('acme', { name: 'gone', id: '99' });
    await world.use('../../app');
    await world.use('acme/more');
    await world.run();
    expect(world.inspector.asked).toEqual(['app 7', 'hook 7', 'deliveries 7', 'installation 7 acme']);
  });
});
