import { describe, expect, it } from '@jest/globals';
import type { UnavailableCause } from '../../../../src/application/ports/unavailable.ts';
import type { SubjectReport } from '../../../../src/domain/health-finding.ts';
import { APP, findings, HealthWorld, PERMISSIONS, START, told } from './health-world.ts';

const PAGE = 'https://github.com/organizations/acme/settings/apps/sts';
const CLOCK_FIRST = 'Set the clock of the service right first.';

describe('an App', () => {
  it('that GitHub does not know under this key fails, and tells what GitHub said', async () => {
    const world = new HealthWorld();
    world.inspector.descriptions.clear();
    const { subjects } = await world.run();
    const [finding] = subjects.find(({ kind }) => kind === 'app')?.findings ?? [];
    expect(finding).toMatchObject({ rule: 'app-credentials', check: 'app_credentials' });
    expect(finding?.message).toBe('GitHub does not accept the App default (7): "Integration not found".');
  });

  it.each([
    [
      'GitHub answered 404: Integration not found',
      'No App has this id: give the number or the client ID that the App’s page shows (GITHUB_APP_ID, or app_id in APP_CONFIG).',
    ],
    [
      'GitHub answered 401: A JSON web token could not be decoded',
      'Give a key of this very App, whose page lists them (GITHUB_APP_PRIVATE_KEY, or the secret that APP_CONFIG names).',
    ],
    ["GitHub answered 401: 'Issued at' claim ('iat') must be an Integer representing the time", CLOCK_FIRST],
    ["GitHub answered 401: 'Expiration time' claim ('exp') is too far in the future", CLOCK_FIRST],
  ])('that GitHub does not accept (%s) is mended otherwise for each reason', async (detail, remedy) => {
    const world = new HealthWorld();
    world.inspector.failing = { kind: 'unavailable', cause: 'credentials', detail };
    const { subjects } = await world.run();
    expect(subjects.find(({ kind }) => kind === 'app')?.findings[0]?.remedy).toBe(remedy);
  });

  it.each<[UnavailableCause, string[], Record<string, string>]>([
    ['refused', ['app-refused'], { credentials: 'failing' }],
    ['limited', ['quota-used-up'], { quota: 'failing' }],
    ['unusable', [], { credentials: 'unknown' }],
    ['own_limit', [], { credentials: 'unknown' }],
  ])('about which GitHub’s answer is %s gives %j', async (cause, rules, app) => {
    const world = new HealthWorld();
    world.inspector.failing = { kind: 'unavailable', cause, detail: 'test' };
    const report = await world.run();
    expect(findings(report)).toEqual(rules);
    expect(report.health.apps).toMatchObject([app]);
  });

  it.each([
    [1501, [], []],
    [1500, [], ['quota-low']],
    [0, ['quota-low'], []],
  ])('with %d requests left fails by %j and notes %j', async (quotaLeft, failing, noted) => {
    const world = new HealthWorld();
    world.redescribe({ quotaLeft });
    const report = await world.run();
    expect([findings(report), findings(report, 'note')]).toEqual([failing, noted]);
  });

  it('that lacks what the service needs fails', async () => {
    const world = new HealthWorld();
    world.redescribe({ permissions: { contents: 'read' } });
    expect(findings(await world.run())).toEqual(['app-permission-missing']);
  });

  it('whose owner is known keeps it while GitHub refuses to tell', async () => {
    const world = new HealthWorld();
    world.install('acme', { isSuspended: true });
    await world.run();
    world.minutesPass(5);
    world.inspector.descriptions.clear();
    expect(findings(await world.run())).toEqual(['app-credentials', 'installation-suspended']);
  });

  it.each<[UnavailableCause, number]>([
    ['down', 2],
    ['timeout', 2],
    ['unusable', 1],
    ['limited', 1],
    ['credentials', 1],
    ['refused', 1],
    ['own_limit', 1],
  ])(
    'about which GitHub’s answer is %s is asked about %d times: silence alone may be one slow answer',
    async (cause, times) => {
      const world = new HealthWorld();
      world.inspector.failing = { kind: 'unavailable', cause, detail: 'test' };
      await world.run();
      expect(world.inspector.asked.filter((what) => what === 'app 7')).toHaveLength(times);
    },
  );
});

describe('the report on an App', () => {
  const WELL: SubjectReport = {
    kind: 'app',
    name: 'default',
    askedAt: START,
    used: true,
    usable: true,
    findings: [],
    facts: { id: 7, slug: 'sts', owner: 'acme', page: PAGE, quota_left: 4999 },
    permissions: PERMISSIONS,
  };
  const LACKING = {
    rule: 'app-permission-missing',
    check: 'permissions',
    severity: 'failing',
    message: 'The App does not ask for checks: write, pull_requests: read, which this service needs.',
    remedy: "Add it among the App's permissions; then each organization accepts it.",
    link: PAGE,
  } as const;
  const ANEW = 'It starts anew within the hour. A second App in APP_CONFIG doubles it.';
  const low = (left: number, severity: 'failing' | 'note') => {
    const message = `The App default has ${left} requests left of this hour's limit at GitHub.`;
    return { rule: 'quota-low', check: 'quota', severity, message, remedy: ANEW } as const;
  };

  it('that is well holds what GitHub tells of it', async () => {
    expect(told(await new HealthWorld().run(), 'app')).toEqual([WELL]);
  });

  it('whose owner and quota GitHub does not tell goes without', async () => {
    const world = new HealthWorld();
    world.redescribe({ owner: undefined, quotaLeft: undefined });
    expect(told(await world.run(), 'app')).toEqual([{ ...WELL, facts: { id: 7, slug: 'sts', page: PAGE } }]);
  });

  it.each([
    ['lacks permissions, for policies that ask for others still work', 4999, true, [LACKING]],
    ['has little left of its quota', 100, true, [LACKING, low(100, 'note')]],
    ['has nothing left of it', 0, false, [LACKING, low(0, 'failing')]],
  ])('that %s, with %d requests left, says whether exchanges can use it: %s', async (_, quotaLeft, usable, all) => {
    const world = new HealthWorld();
    world.redescribe({ quotaLeft, permissions: { contents: 'read' } });
    const [report] = told(await world.run(), 'app');
    expect([report?.usable, report?.findings]).toEqual([usable, all]);
  });

  it.each([
    [
      'refused',
      'app-refused',
      'app_credentials',
      'GitHub refuses to serve the App default (7): "Forbidden".',
      "See whether the App is suspended, on its page among its owner's developer settings.",
    ],
    [
      'limited',
      'quota-used-up',
      'quota',
      "GitHub's limit for the App default is used up, so it mints no token until the limit starts anew.",
      ANEW,
    ],
    [
      'credentials',
      'app-credentials',
      'app_credentials',
      'GitHub does not accept the App default (7): "Forbidden".',
      'Give a key of this very App, whose page lists them (GITHUB_APP_PRIVATE_KEY, or the secret that APP_CONFIG names).',
    ],
  ] as const)(
    'that GitHub never described (%s) holds the id of the settings',
    async (cause, rule, check, message, remedy) => {
      const world = new HealthWorld();
      world.inspector.failing = { kind: 'unavailable', cause, detail: 'Forbidden' };
      const finding = { rule, check, severity: 'failing', message, remedy };
      const { permissions: _, ...rest } = WELL;
      expect(told(await world.run(), 'app')).toEqual([
        { ...rest, usable: false, facts: { id: '7' }, findings: [finding] },
      ]);
    },
  );
});

it.each([
  ['answers', undefined],
  ['is slow', { kind: 'unavailable', cause: 'timeout', detail: 'no answer within 8000 ms' } as const],
])(
  'leaves room for second attempts where GitHub %s: Apps and webhooks take 20 requests at the most',
  async (_, failing) => {
    for (let count = 1; count <= 12; count += 1) {
      const apps = Array.from({ length: count }, (_, index) => ({ name: `app-${index}`, id: String(index + 1) }));
      const world = new HealthWorld({ apps });
      world.requestsEach = 2;
      world.inspector.failing = failing;
      await world.run();
      expect(world.costs.meter.githubRequests).toBeLessThanOrEqual(20);
    }
  },
);

describe('a webhook', () => {
  it('with a wrong setup is told by it, and its deliveries are not asked for', async () => {
    const world = new HealthWorld();
    world.inspector.hooks.set(APP.id, { url: 'https://old.example.com/webhook', hasSecret: true, verifiesTls: true });
    expect(findings(await world.run())).toEqual(['webhook-url']);
    expect(world.inspector.asked).not.toContain('deliveries 7');
  });

  it('that nobody set up is unknown, and no failure', async () => {
    const world = new HealthWorld({ hasWebhookSecret: () => false });
    world.inspector.hooks.clear();
    const report = await world.run();
    expect([findings(report), report.health.shared.webhook]).toEqual([[], 'unknown']);
  });

  it('whose secret differs is told by the newest delivery, until one is accepted here', async () => {
    const world = new HealthWorld();
    const deliveredAt = world.clock.now();
    world.inspector.delivered.set(APP.id, [{ deliveredAt, statusCode: 401, installationId: 8001 }]);
    expect(findings(await world.run())).toEqual(['webhook-secret-differs']);
    world.minutesPass(5);
    world.isolate.observations.acceptDelivery(APP.id, world.clock.now());
    expect(findings(await world.run())).toEqual([]);
  });

  it.each([
    ['has the pages where it is set up and where its deliveries are', true, PAGE, `${PAGE}/advanced`],
    ['has no page while GitHub does not tell of the App', false, '', ''],
  ])('%s, for whoever mends it', async (_, isDescribed, setupPage, deliveriesPage) => {
    const world = new HealthWorld();
    if (!isDescribed) world.inspector.descriptions.clear();
    world.inspector.delivered.set(APP.id, [{ deliveredAt: START, statusCode: 401, installationId: 8001 }]);
    expect(told(await world.run(), 'hook')[0]?.findings).toMatchObject([
      { rule: 'webhook-secret-differs', link: deliveriesPage },
    ]);
    world.inspector.hooks.clear();
    expect(told(await world.run(), 'hook')[0]?.findings).toMatchObject([{ rule: 'webhook-absent', link: setupPage }]);
  });

  it('is told with how many deliveries there were and how many failed, whether or not that is a fault', async () => {
    const world = new HealthWorld();
    const statuses = [204, 299, 300, 0, 199, 200, 500];
    const deliveries = statuses.map((statusCode, index) => ({
      deliveredAt: START - index,
      statusCode,
      installationId: 8001,
    }));
    world.inspector.delivered.set(APP.id, deliveries);
    const facts = { deliveries: 7, failed: 4 };
    expect(told(await world.run(), 'hook')).toEqual([
      { kind: 'hook', name: 'default', askedAt: START, used: true, usable: true, findings: [], facts },
    ]);
  });

  it('with something to note is usable, and its deliveries are asked for', async () => {
    const world = new HealthWorld();
    const lax = { url: 'https://sts.example.com/webhook', hasSecret: true, verifiesTls: false };
    world.inspector.hooks.set(APP.id, lax);
    const report = await world.run();
    expect([findings(report), findings(report, 'note')]).toEqual([[], ['webhook-tls']]);
    expect(told(report, 'hook')).toMatchObject([{ usable: true, facts: { deliveries: 0, failed: 0 } }]);
    world.inspector.hooks.set(APP.id, { ...lax, hasSecret: false });
    expect(told(await world.run(), 'hook')).toMatchObject([{ usable: false, facts: {} }]);
    expect(world.inspector.asked).not.toContain('deliveries 7');
  });
});

it('needs less where there is no webhook', async () => {
  const world = new HealthWorld({ hasWebhookSecret: () => false });
  world.inspector.hooks.clear();
  world.redescribe({ permissions: { contents: 'read' } });
  world.install('acme', { permissions: { contents: 'read' } });
  expect(findings(await world.run())).toEqual([]);
});
