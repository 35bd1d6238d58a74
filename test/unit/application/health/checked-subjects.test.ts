import { describe, expect, it } from '@jest/globals';
import { APP, findings, HealthWorld, MINUTE, START } from './health-world.ts';

const OLDER = { kind: 'unavailable', cause: 'down', detail: 'status 503' } as const;

describe('a run', () => {
  it('asks for the App, its webhook and its own account’s installation, in four requests', async () => {
    const world = new HealthWorld();
    await world.run();
    expect(world.inspector.asked).toEqual(['app 7', 'hook 7', 'deliveries 7', 'installation 7 acme']);
  });

  it('makes 20 requests at the most, and asks of many organizations each as often as the others', async () => {
    const world = new HealthWorld();
    const asked = new Map<string, number>();
    for (let run = 0; run < 200; run += 1) {
      for (let one = 0; one < 50; one += 1) await world.use(`org-${one}`);
      for (const installation of ['acme', ...Array.from({ length: 50 }, (_, one) => `org-${one}`)])
        world.install(installation);
      await world.run();
      expect(world.costs.meter.githubRequests).toBeLessThanOrEqual(20);
      for (const what of world.inspector.asked) asked.set(what, (asked.get(what) ?? 0) + 1);
      world.minutesPass(5);
    }
    const counts = Array.from({ length: 50 }, (_, one) => asked.get(`installation 7 org-${one}`) ?? 0);
    expect(Math.min(...counts)).toBeGreaterThan(200 / 10);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThan(20);
  });

  it('gives each kind of question its turn where there are many Apps', async () => {
    const apps = Array.from({ length: 30 }, (_, index) => ({ name: `app-${index}`, id: String(index + 1) }));
    const world = new HealthWorld({ apps });
    const asked = new Set<string>();
    for (let run = 0; run < 60; run += 1) {
      await world.run();
      expect(world.costs.meter.githubRequests).toBeLessThanOrEqual(20);
      for (const what of world.inspector.asked) asked.add(what);
      world.minutesPass(5);
    }
    for (const { id } of apps) {
      expect(asked).toContain(`app ${id}`);
      expect(asked).toContain(`hook ${id}`);
      expect(asked).toContain(`installation ${id} acme`);
    }
  });

  it('counts what it asks of issuers too', async () => {
    const namedIssuers = Array.from({ length: 30 }, (_, index) => `https://issuer-${index}.example.com`);
    const world = new HealthWorld({ namedIssuers });
    await world.run();
    expect(2 * world.issuers.fetched.length + world.costs.meter.githubRequests).toBeLessThanOrEqual(20);
  });

  it('does not ask GitHub further once it is silent, and keeps what was known', async () => {
    const world = new HealthWorld();
    await world.run();
    world.minutesPass(5);
    world.inspector.failing = OLDER;
    const report = await world.run();
    expect(world.inspector.asked).toEqual(['app 7', 'app 7']);
    expect(findings(report)).toEqual(['github-silent']);
    expect(report.health.apps).toEqual([{ name: 'default', credentials: 'ok', quota: 'ok' }]);
    expect(report.health.shared.webhook).toBe('ok');
  });

  it('asks GitHub again at the next run, whatever the one before found', async () => {
    const world = new HealthWorld();
    world.inspector.failing = OLDER;
    await world.run();
    world.inspector.failing = undefined;
    world.minutesPass(5);
    expect(findings(await world.run())).toEqual([]);
  });

  it('forgets what is asked about no more', async () => {
    const world = new HealthWorld();
    await world.use('umbrella');
    world.install('umbrella', { isSuspended: true });
    expect(findings(await world.run(), 'note')).toEqual(['installation-suspended']);
    world.minutesPass(65);
    expect(findings(await world.run(), 'note')).toEqual([]);
  });

  it('tells of a hundred installations, those that fail first', async () => {
    const world = new HealthWorld();
    for (let one = 0; one < 200; one += 1) {
      await world.use(`org-${one}`);
      world.install(`org-${one}`, { isSuspended: true });
    }
    world.install('acme', { isSuspended: true });
    const kept = [];
    for (let run = 0; run < 40; run += 1) {
      for (let one = 0; one < 200; one += 1) await world.use(`org-${one}`);
      const { subjects } = await world.run();
      kept.push(subjects.filter(({ kind }) => kind === 'installation').map(({ name }) => name));
      world.minutesPass(5);
    }
    const last = kept.at(-1) ?? [];
    expect(last).toHaveLength(100);
    expect(last[0]).toBe('default acme');
  });
});

describe('the clock', () => {
  it.each([
    [20, []],
    [-20, []],
    [120, ['clock-off']],
    [-120, ['clock-off']],
  ])('that is %d s apart from GitHub’s gives %j', async (seconds, rules) => {
    const world = new HealthWorld();
    world.theirClockMs = seconds * 1000;
    expect(findings(await world.run())).toEqual(rules);
  });
});

describe('whether no exchange can succeed', () => {
  it('follows from the operator’s own installations', async () => {
    const world = new HealthWorld();
    world.install('acme', { isSuspended: true });
    const report = await world.run();
    expect(report.health.noInstallationUsable).toBe(true);
    expect((await world.tell()).status).toBe('failing');
  });

  it('does not, while another one works', async () => {
    const world = new HealthWorld();
    world.install('acme', { isSuspended: true });
    await world.use('umbrella');
    world.install('umbrella');
    expect((await world.run()).health.noInstallationUsable).toBe(false);
    expect((await world.tell()).status).toBe('degraded');
  });

  it('is not said of what strangers alone suspended', async () => {
    const world = new HealthWorld();
    world.inspector.installations.delete(`${APP.id}/acme`);
    await world.use('stranger');
    world.install('stranger', { isSuspended: true });
    const report = await world.run();
    expect(report.health.noInstallationUsable).toBe(false);
    expect([findings(report), findings(report, 'note')]).toEqual([[], ['installation-suspended']]);
    expect((await world.tell()).status).toBe('ok');
  });
});

it('takes time as it is: what is asked now is dated now', async () => {
  const world = new HealthWorld();
  world.minutesPass(1);
  const { checkedAt, subjects } = await world.run();
  expect(checkedAt).toBe(START + MINUTE);
  expect(subjects.every(({ askedAt }) => askedAt === START + MINUTE)).toBe(true);
});
