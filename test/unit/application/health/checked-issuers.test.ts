import { describe, expect, it } from '@jest/globals';
import { ACTIONS, findings, HealthWorld } from './health-world.ts';

const GOOGLE = 'https://accounts.google.com';

describe('an issuer’s keys', () => {
  it('are not fetched while they are fresh', async () => {
    const world = new HealthWorld();
    await world.run();
    expect(world.issuers.fetched).toEqual([]);
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
    const { subjects } = await world.run();
    expect(subjects.find(({ kind }) => kind === 'issuer')?.findings).toMatchObject([
      {
        message: `The issuer ${ACTIONS} does not give its keys: discovery: status 503.`,
        link: `${ACTIONS}/.well-known/openid-configuration`,
      },
    ]);
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

  it('of an issuer that is both named and a default are asked for once', async () => {
    const world = new HealthWorld({ namedIssuers: [GOOGLE], defaultIssuers: [GOOGLE] });
    await world.run();
    expect(world.issuers.fetched).toEqual([GOOGLE]);
  });
});
