import { describe, expect, it } from '@jest/globals';
import { APP, findings, HealthWorld, START, told } from './health-world.ts';

const OTHER = { name: 'other', id: '8' };
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
    const world = new HealthWorld({ owners: [{ owner: 'umbrella', apps: [APP] }] });
    world.install('umbrella');
    world.inspector.installations.delete(`${APP.id}/acme`);
    const report = await world.run();
    expect([findings(report), findings(report, 'note')]).toEqual([[], []]);
  });

  it('that is in use too stays the operator’s', async () => {
    const world = new HealthWorld();
    await world.use('acme');
    world.install('acme', { isSuspended: true });
    expect(findings(await world.run())).toEqual(['installation-suspended']);
  });

  it.each([
    ['works', {}, true],
    ['may not read policies', { permissions: { checks: 'write', pull_requests: 'read' } }, false],
    ['is suspended', { isSuspended: true }, false],
  ])('that %s says whether exchanges can use it', async (_, state, usable) => {
    const world = new HealthWorld();
    world.install('acme', state);
    const name = 'default acme';
    const subject = { kind: 'installation', name, askedAt: START, used: true, usable, facts: { owner: 'acme' } };
    expect(told(await world.run(), 'installation')).toEqual([{ ...subject, findings: expect.any(Array) }]);
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

  it('is no less somebody else’s where the settings name other accounts', async () => {
    const world = new HealthWorld({ owners: [{ owner: 'umbrella', apps: [APP] }] });
    world.install('umbrella');
    await world.use('stranger');
    world.install('stranger', { isSuspended: true });
    const report = await world.run();
    expect([findings(report), findings(report, 'note')]).toEqual([[], ['installation-suspended']]);
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

  it('is the operator’s own for an App that serves it without being named for it', async () => {
    const world = new HealthWorld({ apps: [APP, OTHER], owners: [{ owner: 'umbrella', apps: [APP] }] });
    world.install('umbrella');
    await world.use('umbrella', OTHER);
    world.install('umbrella', { isSuspended: true }, OTHER);
    expect(findings(await world.run())).toEqual(['installation-suspended']);
  });

  it('where the App is not installed is noted, and is no part that exchanges go through', async () => {
    const world = new HealthWorld({ owners: [{ owner: 'umbrella', apps: [APP] }] });
    const finding = {
      rule: 'installation-absent',
      check: 'installations',
      severity: 'note',
      message: 'The App default is not installed on umbrella, which the settings name.',
      remedy: "Install it from the App's public page, if it is to serve that account.",
    };
    expect(told(await world.run(), 'installation')[0]).toEqual({
      kind: 'installation',
      name: 'default umbrella',
      askedAt: START,
      used: false,
      usable: true,
      findings: [finding],
      facts: { owner: 'umbrella' },
    });
  });
});

describe('that no exchange can succeed', () => {
  it.each([
    ['is said where the operator’s and all others are suspended', true, true, true],
    ['is not said while somebody else’s works', true, false, false],
    ['is not said while the operator’s works', false, true, false],
  ])('%s', async (_, isSuspended, isStrangersSuspended, isSaid) => {
    const world = new HealthWorld();
    await world.use('stranger');
    world.install('acme', { isSuspended });
    world.install('stranger', { isSuspended: isStrangersSuspended });
    expect((await world.run()).health.noInstallationUsable).toBe(isSaid);
  });

  it('is not said where the App is not installed on the operator’s account', async () => {
    const world = new HealthWorld();
    world.inspector.installations.delete(`${APP.id}/acme`);
    await world.use('stranger');
    world.install('stranger', { isSuspended: true });
    expect((await world.run()).health.noInstallationUsable).toBe(false);
  });
});

describe('the list of installations in use', () => {
  it('is gone through by name, in whatever order the store lists it', async () => {
    const asked = async (owners: readonly string[]): Promise<readonly string[]> => {
      const world = new HealthWorld();
      for (const owner of owners) {
        await world.use(owner);
        world.install(owner);
      }
      await world.run();
      return world.inspector.asked.filter((what) => what.startsWith('installation'));
    };
    const inOrder = ['acme', 'fabrikam', 'initech', 'umbrella', 'zeta'].map((owner) => `installation 7 ${owner}`);
    const first = await asked(['fabrikam', 'initech', 'umbrella', 'zeta']);
    const start = inOrder.indexOf(first[0] ?? '');
    expect(first).toEqual([...inOrder.slice(start), ...inOrder.slice(0, start)]);
    expect(await asked(['zeta', 'initech', 'umbrella', 'fabrikam'])).toEqual(first);
  });

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
