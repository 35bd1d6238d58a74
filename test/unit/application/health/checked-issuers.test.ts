import { describe, expect, it } from '@jest/globals';
import { ACTIONS, findings, HealthWorld, START, told } from './health-world.ts';

const GOOGLE = 'https://accounts.google.com';

describe('an issuer’s keys', () => {
  const WELL = { kind: 'issuer', name: ACTIONS, askedAt: START, used: true, usable: true, findings: [], facts: {} };

  it.each([
    ['fresh', []],
    ['old', [ACTIONS]],
  ] as const)('that are %s are well, for which %j is asked', async (atHand, fetched) => {
    const world = new HealthWorld();
    world.issuers.keys.set(ACTIONS, atHand);
    expect(told(await world.run(), 'issuer')).toEqual([WELL]);
    expect(world.issuers.fetched).toEqual(fetched);
  });

  it.each(['old', undefined] as const)('are fetched where they are %s', async (atHand) => {
    const world = new HealthWorld();
    world.issuers.keys.clear();
    if (atHand !== undefined) world.issuers.keys.set(ACTIONS, atHand);
    expect(findings(await world.run())).toEqual([]);
    expect(world.issuers.fetched).toEqual([ACTIONS]);
  });

  it('of a default issuer are fetched only while somebody uses it', async () => {
    const world = new HealthWorld({ defaultIssuers: [GOOGLE] });
    world.issuers.failures.set(GOOGLE, 9);
    expect(findings(await world.run())).toEqual([]);
    expect(world.issuers.fetched).toEqual([]);
    world.issuers.keys.set(GOOGLE, 'old');
    expect(findings(await world.run())).toEqual(['issuer-keys']);
  });

  it('that fail once are fetched again at once', async () => {
    const world = new HealthWorld();
    world.issuers.keys.clear();
    world.issuers.failures.set(ACTIONS, 1);
    expect(findings(await world.run())).toEqual([]);
  });

  it('that fail twice are a failure that leaves exchanges of others alone', async () => {
    const world = new HealthWorld();
    world.issuers.keys.clear();
    world.issuers.failures.set(ACTIONS, 2);
    const finding = {
      rule: 'issuer-keys',
      check: 'issuers',
      severity: 'failing',
      message: `The issuer ${ACTIONS} does not give its keys: discovery: status 503.`,
      remedy: "Its tokens are refused once the keys at hand are a day old. See the issuer's own status.",
      link: `${ACTIONS}/.well-known/openid-configuration`,
    };
    expect(told(await world.run(), 'issuer')).toEqual([{ ...WELL, usable: false, findings: [finding] }]);
    expect(await world.tell()).toMatchObject({ status: 'degraded', checks: { issuers: 'failing' } });
  });

  it('are well again once an exchange has fetched them', async () => {
    const world = new HealthWorld();
    world.issuers.keys.clear();
    world.issuers.failures.set(ACTIONS, 2);
    await world.run();
    world.issuers.keys.set(ACTIONS, 'fresh');
    world.minutesPass(5);
    expect(findings(await world.run())).toEqual([]);
  });

  it.each([true, false])(
    'of many issuers that fail are fetched within 20 requests (webhooks: %s)',
    async (hasSecret) => {
      const namedIssuers = Array.from({ length: 30 }, (_, index) => `https://issuer-${index}.example.com`);
      const world = new HealthWorld({ namedIssuers, hasWebhookSecret: () => hasSecret });
      if (!hasSecret) world.inspector.hooks.clear();
      for (const issuer of namedIssuers) world.issuers.failures.set(issuer, 2);
      await world.run();
      // Discovery and keys.
      expect(world.costs.meter.githubRequests + 2 * world.issuers.fetched.length).toBeLessThanOrEqual(20);
      expect(world.issuers.fetched.length).toBeGreaterThan(4);
    },
  );

  it('of an issuer that is both named and a default are asked for once', async () => {
    const world = new HealthWorld({ namedIssuers: [GOOGLE], defaultIssuers: [GOOGLE] });
    await world.run();
    expect(world.issuers.fetched).toEqual([GOOGLE]);
  });
});
