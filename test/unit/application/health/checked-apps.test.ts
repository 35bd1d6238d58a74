import { describe, expect, it } from '@jest/globals';
import type { UnavailableCause } from '../../../../src/application/ports/unavailable.ts';
import { APP, findings, HealthWorld } from './health-world.ts';

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
    ['GitHub answered 404: Integration not found', 'No App has this id'],
    ['GitHub answered 401: A JSON web token could not be decoded', 'Give a key of this very App'],
    ["GitHub answered 401: 'Issued at' claim ('iat') must be an Integer representing the time", 'Set the clock'],
    ["GitHub answered 401: 'Expiration time' claim ('exp') is too far in the future", 'Set the clock'],
  ])('that GitHub does not accept (%s) is mended otherwise for each reason', async (detail, remedy) => {
    const world = new HealthWorld();
    world.inspector.failing = { kind: 'unavailable', cause: 'credentials', detail };
    const { subjects } = await world.run();
    expect(subjects.find(({ kind }) => kind === 'app')?.findings[0]?.remedy).toMatch(new RegExp(`^${remedy}`));
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
    const known = world.inspector.descriptions.get(APP.id);
    if (known !== undefined) world.inspector.descriptions.set(APP.id, { ...known, quotaLeft });
    const report = await world.run();
    expect([findings(report), findings(report, 'note')]).toEqual([failing, noted]);
  });

  it('that lacks what the service needs fails', async () => {
    const world = new HealthWorld();
    const known = world.inspector.descriptions.get(APP.id);
    if (known !== undefined) world.inspector.descriptions.set(APP.id, { ...known, permissions: { contents: 'read' } });
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

  it('is asked about once more where GitHub was too slow', async () => {
    const world = new HealthWorld();
    world.inspector.failing = { kind: 'unavailable', cause: 'timeout', detail: 'no answer within 8000 ms' };
    await world.run();
    expect(world.inspector.asked.slice(0, 2)).toEqual(['app 7', 'app 7']);
  });
});

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

  it('has the page where it is set up, for whoever mends it', async () => {
    const world = new HealthWorld();
    world.inspector.hooks.clear();
    const { subjects } = await world.run();
    expect(subjects.find(({ kind }) => kind === 'hook')?.findings[0]?.link).toBe(
      'https://github.com/organizations/acme/settings/apps/sts',
    );
  });
});

it('needs less where there is no webhook', async () => {
  const world = new HealthWorld({ hasWebhookSecret: () => false });
  world.inspector.hooks.clear();
  const known = world.inspector.descriptions.get(APP.id);
  if (known !== undefined) world.inspector.descriptions.set(APP.id, { ...known, permissions: { contents: 'read' } });
  world.install('acme', { permissions: { contents: 'read' } });
  expect(findings(await world.run())).toEqual([]);
});
