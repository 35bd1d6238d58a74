import { beforeEach, describe, expect, it } from '@jest/globals';
import type { UnavailableCause, Unavailable } from '../../../../src/application/ports/unavailable.ts';
import { Refusal } from '../../../../src/application/refusal.ts';
import { parseScope } from '../../../../src/domain/scope.ts';
import { refusalOf } from '../exchange/stages.ts';
import { ACTIONS, APP, MINUTE, PolicyWorld, type PolicyRequest } from './policy-world.ts';

const CI = `issuer: ${ACTIONS}\nsubject: x\npermissions: { contents: read }\n`;
const NEW_ID = 7;
const SECOND = { name: 'second', id: '10' };
const THIRD = { name: 'third', id: '11' };

let world: PolicyWorld;

beforeEach(() => {
  world = new PolicyWorld();
  world.put('app', { ci: CI });
});

/** The App that read, the policy's and the allowlist's state, or the refusal. */
async function find(scope = 'acme/app', request: PolicyRequest = world.request()): Promise<unknown> {
  const parsed = parseScope(scope);
  if (parsed === undefined) throw new Error(scope);
  try {
    const { installation, read } = await request.finder.find(parsed, 'ci');
    return [installation.id, read.policy.kind, read.allowlist.kind];
  } catch (error) {
    if (error instanceof Refusal) return error.kind;
    throw error;
  } finally {
    await world.deferredTasks.run();
  }
}

function failing(cause: UnavailableCause): Unavailable {
  return { kind: 'unavailable', cause, detail: 'told to' };
}

function warnings(): readonly string[] {
  return world.log.entries.map(({ event }) => event);
}

describe('policies', () => {
  it('are read through the owner’s installation', async () => {
    expect(await find()).toEqual([90, 'found', 'absent']);
    expect([world.installations.lookups, world.policies.reads, warnings()]).toEqual([1, 1, []]);
  });

  it('of an owner without the App are refused, with the reason for the log', async () => {
    await expect(world.request().finder.find({ owner: 'nobody' }, 'ci')).rejects.toMatchObject({
      kind: 'installation_not_found',
      message: 'No GitHub App of this service is installed there.',
      details: { detail: 'no App of the pool is installed there' },
    });
  });

  it('of an owner without a pool are refused, and GitHub is not asked', async () => {
    world = new PolicyWorld([]);
    await expect(world.request().finder.find({ owner: 'acme' }, 'ci')).rejects.toMatchObject({
      kind: 'installation_not_found',
      details: { detail: 'no App is configured for this owner' },
    });
    expect(world.installations.lookups).toBe(0);
  });
});

describe('GitHub’s failures', () => {
  it.each<[UnavailableCause, string]>([
    ['limited', 'rate_limited'],
    ['down', 'unavailable'],
    ['timeout', 'upstream_timeout'],
    ['unusable', 'upstream_error'],
    ['credentials', 'misconfigured'],
    ['refused', 'permission_denied'],
    ['own_limit', 'rate_limited'],
  ])('(%s) are told as they are where nothing recent is at hand', async (cause, kind) => {
    world.policies.failure = failing(cause);
    expect(await find()).toBe(kind);
    world.policies.failure = undefined;
    world.forgetAll();
    world.installations.failing.set(APP.id, failing(cause));
    expect(await find()).toBe(kind);
  });

  it.each<UnavailableCause>(['limited', 'down', 'timeout', 'unusable'])(
    '(%s) are bridged with what was last confirmed, and logged',
    async (cause) => {
      await find();
      await world.pass(59 * MINUTE);
      world.policies.failure = failing(cause);
      expect(await find()).toEqual([90, 'found', 'absent']);
      expect(world.log.entries).toEqual([
        { level: 'warn', event: 'policies_stale', fields: { owner: 'acme', cause, detail: 'told to' } },
      ]);
    },
  );

  it('are not bridged where a bound of ours held the request up', async () => {
    await find();
    await world.pass(10 * MINUTE);
    world.policies.failure = failing('own_limit');
    expect(await find()).toBe('rate_limited');
  });

  it('are not bridged with anything an hour old', async () => {
    await find();
    await world.pass(60 * MINUTE);
    await world.request().installations.find(APP, 'acme', 'remembered');
    world.policies.failure = failing('down');
    expect(await find()).toBe('unavailable');
  });
});

describe('a pool of Apps', () => {
  beforeEach(() => {
    world = new PolicyWorld([APP, SECOND, THIRD]);
    world.put('app', { ci: CI });
  });

  it.each<UnavailableCause>(['limited', 'refused'])('has another one read where the first is %s', async (cause) => {
    world.policies.next.push(failing(cause));
    expect(await find()).toEqual([91, 'found', 'absent']);
    expect(world.policies.reads).toBe(2);
  });

  it.each<UnavailableCause>(['limited', 'refused'])(
    'has another one read where the first is %s already at the lookup',
    async (cause) => {
      world.installations.failing.set(APP.id, failing(cause));
      expect(await find()).toEqual([91, 'found', 'absent']);
    },
  );

  it.each<[UnavailableCause, string]>([
    ['down', 'unavailable'],
    ['timeout', 'upstream_timeout'],
    ['unusable', 'upstream_error'],
    ['credentials', 'misconfigured'],
    ['own_limit', 'rate_limited'],
  ])('is not tried through where the failure is no one App’s: %s', async (cause, kind) => {
    world.policies.failure = failing(cause);
    expect(await find()).toBe(kind);
    expect(world.policies.reads).toBe(1);
  });

  it('passes over Apps that are not installed there', async () => {
    world.installations.uninstall(APP, 'acme');
    expect(await find()).toEqual([91, 'found', 'absent']);
    world.forgetAll();
    world.installations.uninstall(SECOND, 'acme');
    world.installations.uninstall(THIRD, 'acme');
    expect(await find()).toBe('installation_not_found');
  });

  it('is not "not installed" where one gave no answer', async () => {
    world.installations.failing.set(APP.id, failing('limited'));
    world.installations.uninstall(SECOND, 'acme');
    world.installations.uninstall(THIRD, 'acme');
    expect(await find()).toBe('rate_limited');
  });

  it('serves what was last confirmed only once every App was tried', async () => {
    await find();
    await world.pass(10 * MINUTE);
    world.policies.failure = failing('limited');
    expect(await find()).toEqual([90, 'found', 'absent']);
    expect([world.policies.reads, warnings()]).toEqual([4, ['policies_stale']]);
    world.policies.failure = undefined;
    world.policies.next.push(failing('limited'));
    expect(await find()).toEqual([91, 'found', 'absent']);
    expect(warnings()).toEqual(['policies_stale']);
  });

  it('serves what was last confirmed though a later App failed without', async () => {
    await find();
    await world.pass(10 * MINUTE);
    world.policies.failure = failing('limited');
    world.installations.failing.set(SECOND.id, failing('limited'));
    world.installations.failing.set(THIRD.id, failing('down'));
    expect(await find()).toEqual([90, 'found', 'absent']);
  });
});

describe('a name that another account has taken over', () => {
  beforeEach(async () => {
    await find();
    await world.pass(10 * MINUTE);
  });

  function takenOver(): void {
    world.installations.install(APP, 'acme', { id: 95, accountId: NEW_ID });
  }

  it('serves the new owner by what is found, where GitHub tells the old installation’s repository as missing', async () => {
    takenOver();
    world.policies.next.push(notFound());
    world.put('app', {}, NEW_ID);
    world.put('.github', {}, NEW_ID);
    expect(await find()).toEqual([95, 'absent', 'absent']);
    expect(world.installations.lookups).toBe(2);
  });

  it('never serves a stale policy of the old owner', async () => {
    takenOver();
    world.policies.next.push(notFound(), failing('down'));
    expect(await find()).toBe('unavailable');
    expect(warnings()).toEqual([]);
  });

  it('is "not installed" where the new owner has no installation', async () => {
    world.installations.uninstall(APP, 'acme');
    world.policies.next.push(notFound());
    expect(await find()).toBe('installation_not_found');
  });

  it('is noticed by an account id that differs', async () => {
    takenOver();
    world.put('app', { ci: CI }, NEW_ID);
    world.put('.github', {}, NEW_ID);
    expect(await find()).toEqual([95, 'found', 'absent']);
  });

  it('is noticed by an installation that GitHub does not know any more', async () => {
    takenOver();
    world.policies.next.push({ kind: 'gone' });
    world.put('app', { ci: CI }, NEW_ID);
    world.put('.github', {}, NEW_ID);
    expect(await find()).toEqual([95, 'found', 'absent']);
  });

  it('is noticed though the old installation was looked up a moment ago', async () => {
    world.forgetAll();
    await find();
    await world.pass(1000);
    takenOver();
    world.put('infra', {}, NEW_ID);
    world.put('.github', {}, NEW_ID);
    expect(await find('acme/infra')).toEqual([95, 'absent', 'absent']);
  });

  it('is known to this isolate and others from then on', async () => {
    takenOver();
    world.put('app', { ci: CI }, NEW_ID);
    world.put('.github', {}, NEW_ID);
    await find();
    await world.pass(0);
    const { lookups } = world.installations;
    expect([await find(), await find('acme/app', world.elsewhere())]).toEqual([
      [95, 'found', 'absent'],
      [95, 'found', 'absent'],
    ]);
    expect(world.installations.lookups).toBe(lookups);
  });

  it('is looked up once, and not again and again', async () => {
    world.policies.notFound.add('acme/app');
    await find();
    expect([world.installations.lookups, world.policies.reads]).toEqual([2, 3]);
  });

  it('is no such name where the installation is the same: GitHub gives no answer, and nothing stale is served', async () => {
    world.policies.notFound.add('acme/app');
    const refusal = await refusalOf(() => world.request().finder.find({ owner: 'acme', repository: 'app' }, 'ci'));
    expect([refusal.kind, refusal.details.detail]).toEqual([
      'unavailable',
      expect.stringContaining('NOT_FOUND for a repository that the token names'),
    ]);
    expect(warnings()).toEqual([]);
  });

  it('is not installed where the account still differs on a fresh lookup', async () => {
    world.put('app', { ci: CI }, NEW_ID);
    expect(await find()).toBe('installation_not_found');
  });

  it('is not installed where GitHub does not know the fresh installation either', async () => {
    world.policies.next.push({ kind: 'gone' }, { kind: 'gone' });
    expect(await find()).toBe('installation_not_found');
  });

  it('is told as GitHub’s failure where the fresh lookup fails', async () => {
    world.policies.notFound.add('acme/app');
    world.installations.failing.set(APP.id, failing('timeout'));
    expect(await find()).toBe('upstream_timeout');
  });

  function notFound() {
    const missing = { kind: 'not_found' } as const;
    return { kind: 'read', target: missing, organization: missing } as const;
  }
});

describe('the allowlist of found policies', () => {
  it('is settled where the reader was refused the policy repository', async () => {
    world = new PolicyWorld([APP, SECOND]);
    world.put('app', { ci: CI });
    world.hidePolicyRepository();
    expect(await find()).toEqual([90, 'found', 'unreadable']);
    expect(warnings()).toEqual(['issuer_allowlist_unreadable', 'guardrails_unreadable']);
  });

  it('leaves nothing to be served stale once nobody believes it unreadable any more', async () => {
    world.hidePolicyRepository();
    await find();
    await world.pass(10 * MINUTE);
    world.policies.failure = failing('down');
    expect(await find()).toBe('unavailable');
  });

  it('stays with the account that it was read for', async () => {
    world.list(`issuers: [${ACTIONS}]\n`);
    expect(await find()).toEqual([90, 'found', 'present']);
    world.list(undefined);
    world.installations.install(APP, 'acme', { id: 95, accountId: NEW_ID });
    world.put('app', { ci: CI }, NEW_ID);
    world.put('.github', {}, NEW_ID);
    await world.pass(10 * MINUTE);
    expect(await find()).toEqual([95, 'found', 'absent']);
  });
});
