import { describe, expect, it } from '@jest/globals';
import { ACTIONS, APP, findings, HealthWorld, MINUTE, START, told } from './health-world.ts';

const OLDER = { kind: 'unavailable', cause: 'down', detail: 'status 503' } as const;
const HELD_UP = { kind: 'unavailable', cause: 'own_limit', detail: 'own limit' } as const;

/** So many accounts that the settings name. */
function owners(count: number) {
  return Array.from({ length: count }, (_, index) => ({ owner: `org-${index}`, apps: [APP] }));
}

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

  it('asks issuers all the same while GitHub is silent', async () => {
    const world = new HealthWorld();
    world.issuers.keys.set(ACTIONS, 'old');
    world.inspector.failing = OLDER;
    await world.run();
    expect(world.issuers.fetched).toEqual([ACTIONS]);
  });

  it('asks nobody once its time is over', async () => {
    const world = new HealthWorld();
    world.issuers.keys.set(ACTIONS, 'old');
    world.requestTakesMs = 13_000;
    await world.run();
    expect([world.inspector.asked, world.issuers.fetched]).toEqual([['app 7', 'hook 7', 'deliveries 7'], []]);
  });

  it('asks while there is room for the second attempts of one more question', async () => {
    const world = new HealthWorld({ owners: owners(40) });
    await world.run();
    expect(world.costs.meter.githubRequests).toBe(17);
  });

  it('tells of each subject once, whether it was asked now or by an earlier run', async () => {
    const world = new HealthWorld();
    const kinds = async () => (await world.run()).subjects.map(({ kind }) => kind).toSorted();
    const each = ['app', 'clock', 'github', 'hook', 'installation', 'issuer', 'store'];
    expect(await kinds()).toEqual(each);
    world.minutesPass(5);
    expect(await kinds()).toEqual(each);
    world.minutesPass(5);
    world.inspector.failing = HELD_UP;
    expect(await kinds()).toEqual(each);
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

describe('installations', () => {
  it('that fail are told of first, then those with something to note, in whatever order they were asked about', async () => {
    const world = new HealthWorld();
    world.install('acme', { isSuspended: true });
    for (let run = 0; run < 3; run += 1) {
      for (const owner of ['fabrikam', 'umbrella']) await world.use(owner);
      world.install('fabrikam');
      world.install('umbrella', { isSuspended: true });
      const names = told(await world.run(), 'installation').map(({ name }) => name);
      expect(names).toEqual(['default acme', 'default umbrella', 'default fabrikam']);
      world.minutesPass(5);
    }
  });
});

describe('GitHub', () => {
  const SILENT = {
    rule: 'github-silent',
    check: 'github',
    severity: 'failing',
    message: 'GitHub does not answer: status 503.',
    remedy: 'Look at GitHub’s status page, and at GITHUB_BASE_URL if it is another server.',
    link: 'https://www.githubstatus.com',
  };
  const WELL = { kind: 'github', name: '', askedAt: START, used: true, usable: true, findings: [], facts: {} };

  it('that answers is well, and one that does not is told by what came back', async () => {
    const world = new HealthWorld();
    expect(told(await world.run(), 'github')).toEqual([WELL]);
    world.inspector.failing = OLDER;
    expect(told(await world.run(), 'github')).toEqual([{ ...WELL, usable: false, findings: [SILENT] }]);
  });

  it('stays as the run before found it, where this one sent nothing', async () => {
    const world = new HealthWorld();
    world.inspector.failing = OLDER;
    const before = await world.run();
    world.minutesPass(5);
    world.inspector.failing = HELD_UP;
    expect(told(await world.run(), 'github')).toEqual(told(before, 'github'));
  });

  it('is not judged by what exchanges saw of it, and of its clock, before the run', async () => {
    const world = new HealthWorld();
    world.isolate.observations.answerOfGitHub(START - 2, START + 120_000);
    world.isolate.observations.silenceOfGitHub(START - 1, 'status 503');
    world.inspector.failing = HELD_UP;
    const report = await world.run();
    expect([told(report, 'github'), told(report, 'clock')]).toEqual([[], []]);
    expect(report.health.shared).toMatchObject({ github: 'unknown', clock: 'unknown' });
  });
});

describe('the clock', () => {
  it('is no part that exchanges go through: one that is off is told, and kept where nothing tells the time', async () => {
    const world = new HealthWorld();
    world.theirClockMs = 120_000;
    const finding = {
      rule: 'clock-off',
      check: 'clock',
      severity: 'failing',
      message: "The clock here is 120 s behind GitHub's.",
      remedy: "Set it by NTP: tokens and the App's own JWTs are refused by a clock that is off.",
    };
    const subject = { kind: 'clock', name: '', askedAt: START, used: true, usable: true, facts: {} };
    expect(told(await world.run(), 'clock')).toEqual([{ ...subject, findings: [finding] }]);
    world.minutesPass(5);
    world.inspector.failing = HELD_UP;
    expect(told(await world.run(), 'clock')).toEqual([{ ...subject, findings: [finding] }]);
  });

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

  it.each([
    [3, true],
    [40, false],
  ])('of %d accounts that all suspended it is said where all were asked: %s', async (count, isSaid) => {
    const world = new HealthWorld({ owners: owners(count) });
    for (const { owner } of world.rules.owners) world.install(owner, { isSuspended: true });
    world.inspector.installations.delete(`${APP.id}/acme`);
    expect((await world.run()).health.noInstallationUsable).toBe(isSaid);
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
