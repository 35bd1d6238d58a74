import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { PolicyLookup } from '../../../../src/application/policies/read-policies.ts';
import type { Unavailable, UnavailableCause } from '../../../../src/application/ports/unavailable.ts';
import { ACTIONS, APP, INSTALLATION, MINUTE, PolicyWorld, query, type PolicyRequest } from './policy-world.ts';

const CI = `issuer: ${ACTIONS}\nsubject: x\npermissions: { contents: read }\n`;
const LIST = `issuers: [${ACTIONS}]\n`;
const GUARDRAILS = 'max_token_lifetime_seconds: 3600\n';

let world: PolicyWorld;

beforeEach(async () => {
  world = new PolicyWorld();
  world.put('app', { ci: CI, broken: 'issuer: [' });
  await world.request().installations.find(APP, 'acme', 'remembered');
  await world.deferredTasks.run();
});

async function lookUp(asked = query(), request: PolicyRequest = world.request()): Promise<PolicyLookup> {
  const found = await request.reader.read(asked);
  await world.deferredTasks.run();
  return found;
}

/** The policy's and the allowlist's state, or why there are none. */
async function read(asked = query(), request: PolicyRequest = world.request()): Promise<unknown> {
  const found = await lookUp(asked, request);
  if (found.kind === 'read') return [found.policy.kind, found.organization.allowlist.kind];
  return found.kind === 'account_in_doubt' ? found.saw : found.cause;
}

function failing(cause: UnavailableCause): Unavailable {
  return { kind: 'unavailable', cause, detail: 'told to' };
}

describe('a read', () => {
  it('brings the policy with its repository, and the organization’s files, in one request', async () => {
    world.list(LIST);
    world.guard(GUARDRAILS);
    expect(await lookUp()).toMatchObject({
      kind: 'read',
      policy: { kind: 'file', level: 'repository', repositoryId: 1, file: { name: 'ci.sts.yaml', text: CI } },
      organization: { allowlist: { kind: 'present' }, guardrails: { kind: 'present' } },
    });
    expect(world.policies.reads).toBe(1);
  });

  it.each<[what: string, scope: string, identity: string, expected: unknown]>([
    ['of another policy', 'acme/app', 'broken', ['file', 'absent']],
    ['of a name that does not exist', 'acme/app', 'missing', ['absent', 'absent']],
    ['of the same name, spelled otherwise', 'ACME/App', 'ci', ['file', 'absent']],
  ])('answers for an exchange %s too', async (_what, scope, identity, expected) => {
    await read();
    expect(await read(query(scope, identity))).toEqual(expected);
    expect(world.policies.reads).toBe(1);
  });

  it('of a flood of invented names costs one request', async () => {
    for (let count = 0; count < 50; count++) await read(query('acme/app', `invented-${count}`));
    expect(world.policies.reads).toBe(1);
  });

  it('answers each of several that come at the same time from its own repository and account', async () => {
    world.put('infra', { other: CI });
    world.put('.github', { wide: CI });
    const asked = [query('acme/app'), query('acme/infra', 'other'), query('acme', 'wide')];
    expect(await Promise.all(asked.map((one) => read(one)))).toEqual([
      ['file', 'absent'],
      ['file', 'absent'],
      ['file', 'absent'],
    ]);
    expect(world.policies.reads).toBe(3);
  });

  it('does not wait for one of another repository, nor for another account’s', async () => {
    const { policies } = world;
    const original = policies.read.bind(policies);
    let go = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    policies.read = async (installation, ...asked) => {
      if (installation.id === INSTALLATION.id && asked[0] !== 'infra') await held;
      return original(installation, ...asked);
    };
    const { reader } = world.request();
    const slow = [reader.read(query()), reader.readOrganization(INSTALLATION)];
    const pauses = jest.spyOn(globalThis, 'setTimeout');
    const other = { ...INSTALLATION, id: 91, accountId: 7 };
    expect(await reader.readOrganization(other)).toMatchObject({ kind: 'unavailable' });
    expect(await reader.read(query('acme/infra'))).toMatchObject({ policy: { kind: 'absent' } });
    expect(pauses).not.toHaveBeenCalled();
    pauses.mockRestore();
    go();
    await Promise.all(slow);
  });

  it('serves a crowd that comes at the same time', async () => {
    await Promise.all(Array.from({ length: 20 }, () => read()));
    expect(world.policies.reads).toBe(1);
  });

  it('names files with almost the policy’s name', async () => {
    expect(await lookUp(query('acme/app', 'CI'))).toMatchObject({
      policy: { kind: 'absent', nearMisses: [{ kind: 'policy', identity: 'ci' }] },
    });
  });

  it.each([
    ['acme', 'the organization’s policy repository'],
    ['acme/.GitHub', 'that repository by its name'],
  ])('for the scope %s is one of %s, whose policies are the organization’s', async (scope) => {
    world.put('.github', { wide: `${CI}repositories: [app]\n` });
    world.put('app', { wide: `${CI}repositories: [app]\n` });
    expect(await lookUp(query(scope, 'wide'))).toMatchObject({ policy: { kind: 'file', repositoryId: 3 } });
    expect(await read(query('acme/app', 'wide'))).toEqual(['file', 'absent']);
  });

  it('of a folder too big to be read at once is followed by one of the file', async () => {
    world.policies.listingOnly = true;
    world.list(LIST);
    expect(await read()).toEqual(['file', 'present']);
    expect(await read(query('acme/app', 'missing'))).toEqual(['absent', 'present']);
  });

  it('of such a folder is no absence where the file gave no answer', async () => {
    world.policies.listingOnly = true;
    await read();
    world.policies.delete('acme/app');
    expect(await read()).toBe('unusable');
  });
});

describe('freshness', () => {
  async function readsAfter(minutes: number): Promise<number> {
    const before = world.policies.reads;
    await world.pass(minutes * MINUTE);
    await read();
    return world.policies.reads - before;
  }

  it('is 5 minutes without webhooks, however often nothing has changed', async () => {
    await read();
    expect([await readsAfter(4), await readsAfter(1), await readsAfter(4), await readsAfter(1)]).toEqual([0, 1, 0, 1]);
  });

  it('grows to 10 and 15 minutes while nothing changes and webhooks would tell', async () => {
    world.rules = { ...world.rules, webhooksTell: true };
    await read();
    expect([await readsAfter(5), await readsAfter(9), await readsAfter(1)]).toEqual([1, 0, 1]);
    expect([await readsAfter(14), await readsAfter(1), await readsAfter(14), await readsAfter(1)]).toEqual([
      0, 1, 0, 1,
    ]);
  });

  it('falls back to 5 minutes once something has changed', async () => {
    world.rules = { ...world.rules, webhooksTell: true };
    await read();
    await readsAfter(5);
    world.put('app', { ci: `# changed\n${CI}` });
    // The allowlist, which has not changed, keeps its own freshness.
    expect([await readsAfter(10), await readsAfter(4), await readsAfter(1)]).toEqual([1, 0, 1]);
  });

  it('of the policy alone is not enough, nor that of the allowlist', async () => {
    await read();
    const request = world.request();
    await world.pass(MINUTE);
    await request.allowlistCache.expire('acme');
    expect(await readsAfter(0)).toBe(1);
    await world.pass(MINUTE);
    await request.folderCache.expire('acme/app');
    expect(await readsAfter(0)).toBe(1);
  });

  it('is counted from the beginning of the read', async () => {
    const readAt = world.clock.now();
    const { policies } = world;
    const slow = policies.read.bind(policies);
    policies.read = async (...asked) => {
      world.clock.advance(2 * MINUTE);
      return slow(...asked);
    };
    await read();
    expect((await world.request().folders.known(INSTALLATION, 'app'))?.readAt).toBe(readAt);
    policies.read = slow;
    expect([await readsAfter(2.9), await readsAfter(0.2)]).toEqual([0, 1]);
  });
});

describe('an absent repository', () => {
  it('is one without the policy, remembered for 30 seconds by this isolate alone', async () => {
    const asked = query('acme/nowhere');
    expect(await lookUp(asked)).toMatchObject({ kind: 'read', policy: { kind: 'absent' } });
    const { writes } = world.store;
    await world.pass(30_000 - 1);
    await read(asked);
    expect(world.policies.reads).toBe(1);
    await read(asked, world.elsewhere());
    expect(world.policies.reads).toBe(2);
    await world.pass(1);
    await read(asked);
    expect([world.policies.reads, world.store.writes]).toEqual([3, writes]);
  });

  it('is never served stale: an absence counts only as part of a read that succeeded', async () => {
    const asked = query('acme/nowhere');
    await read(asked);
    await world.pass(31_000);
    world.policies.failure = failing('down');
    expect(await lookUp(asked)).toEqual(failing('down'));
  });
});

describe('a GitHub that gives no answer', () => {
  it.each<UnavailableCause>(['limited', 'down', 'timeout', 'unusable'])(
    'because it is %s leaves what was last confirmed, for an hour and not at its end',
    async (cause) => {
      await read();
      await world.pass(60 * MINUTE - 1);
      world.policies.failure = failing(cause);
      expect(await lookUp()).toMatchObject({
        cause,
        stale: { policy: { kind: 'file' }, organization: { allowlist: { kind: 'absent' } } },
      });
      await world.pass(1);
      expect(await lookUp()).toEqual(failing(cause));
    },
  );

  it.each<UnavailableCause>(['credentials', 'refused', 'own_limit'])(
    'for the reason %s leaves nothing: the mint would fail too, or a bound of ours would be none',
    async (cause) => {
      await read();
      await world.pass(10 * MINUTE);
      world.policies.failure = failing(cause);
      expect(await lookUp()).toEqual(failing(cause));
    },
  );

  it('leaves nothing where nothing was ever read', async () => {
    world.policies.failure = failing('down');
    expect(await lookUp()).toEqual(failing('down'));
  });

  it('leaves no policy of an hour ago, though the allowlist was read with another one since', async () => {
    await read();
    await world.pass(50 * MINUTE);
    await read(query('acme/infra'));
    world.policies.failure = failing('down');
    expect(await lookUp()).toMatchObject({ stale: { policy: { kind: 'file' } } });
    await world.pass(10 * MINUTE);
    expect(await lookUp()).toEqual(failing('down'));
  });

  it('leaves what other isolates read', async () => {
    await read(query(), world.elsewhere());
    await world.pass(30 * MINUTE);
    world.policies.failure = failing('down');
    expect(await lookUp()).toMatchObject({ stale: { policy: { kind: 'file' } } });
  });

  it('leaves nothing of another account that had the name', async () => {
    await read();
    await world.pass(10 * MINUTE);
    world.policies.failure = failing('down');
    expect(await lookUp(query('acme/app', 'ci', { accountId: 7 }))).toEqual(failing('down'));
  });

  it('leaves a policy only with an answer about the allowlist', async () => {
    world.list(LIST);
    await read();
    await world.pass(10 * MINUTE);
    world.store.putText('allowlist|acme', 'unreadable');
    world.policies.failure = failing('down');
    expect(await lookUp(query(), world.elsewhere())).toEqual(failing('down'));
    // This isolate remembers the list itself.
    expect(await lookUp()).toMatchObject({ stale: { organization: { allowlist: { kind: 'present' } } } });
  });

  it('about the policy repository alone is no answer, unless the allowlist is at hand', async () => {
    world.list(LIST);
    const { policies } = world;
    const read1 = policies.read.bind(policies);
    policies.read = async (...asked) => {
      const answer = await read1(...asked);
      return answer.kind === 'read' ? { ...answer, organization: failing('down') } : answer;
    };
    expect(await read()).toBe('down');
    policies.read = read1;
    await read();
    await world.pass(10 * MINUTE);
    policies.read = async (...asked) => {
      const answer = await read1(...asked);
      return answer.kind === 'read' ? { ...answer, organization: failing('down') } : answer;
    };
    expect(await read()).toEqual(['file', 'present']);
  });
});

describe('a name whose account is in doubt', () => {
  it('because GitHub tells the named repository as missing', async () => {
    world.policies.notFound.add('acme/app');
    expect(await read()).toBe('repository_not_found');
  });

  it('because the installation is gone', async () => {
    world.policies.next.push({ kind: 'gone' });
    expect(await read()).toBe('installation_gone');
  });

  it.each(['app', '.github'])('because %s belongs to another account', async (repository) => {
    world.put(repository, {}, 7);
    expect(await read()).toBe('another_account');
  });

  it('leaves nothing stale and keeps nothing', async () => {
    await read();
    await world.pass(10 * MINUTE);
    const { writes } = world.store;
    world.put('app', { ci: CI }, 7);
    expect(await read()).toBe('another_account');
    expect(world.store.writes).toBe(writes);
  });
});

describe('what a token is asked for', () => {
  const asked: string[] = [];

  beforeEach(() => {
    asked.length = 0;
    const { policies } = world;
    const original = policies.read.bind(policies);
    policies.read = async (installation, repository, asking) => {
      asked.push(asking);
      return original(installation, repository, asking);
    };
    world.hidePolicyRepository();
  });

  it('is the repository alone once GitHub has refused the pair, where nothing of the allowlist is needed', async () => {
    await read();
    await world.request().installations.learn(INSTALLATION, { unreadableAt: world.clock.now() });
    await world.pass(MINUTE);
    expect(await read(query('acme/infra'))).toEqual(['absent', 'unreadable']);
    expect(asked).toEqual(['pair', 'alone']);
  });

  it('is not the pair a second time where the belief in its refusal is enough', async () => {
    world.put('infra', {});
    await read();
    await world.request().installations.learn(INSTALLATION, { unreadableAt: world.clock.now() });
    await world.pass(MINUTE);
    expect(await read(query('acme/infra'))).toEqual(['absent', 'unreadable']);
    expect(asked).toEqual(['pair', 'alone']);
  });

  it('is the pair at once where one of the two files was seen before', async () => {
    const request = world.request();
    const value = { accountId: INSTALLATION.accountId, state: { kind: 'absent' } } as const;
    const readAt = world.clock.now() - 10 * MINUTE;
    request.guardrailsCache.put('acme', { value, readAt, revision: 0, freshForMs: 5 * MINUTE }, 'shared');
    await request.installations.learn(INSTALLATION, { pairRefused: true, unreadableAt: world.clock.now() });
    await read();
    expect(asked).toEqual(['pair']);
  });

  it('is not learnt again where it is known', async () => {
    const { installations, reader } = world.request();
    const learn = jest.spyOn(installations, 'learn');
    await reader.read(query());
    await world.pass(6 * MINUTE);
    await reader.read(query());
    expect([learn.mock.calls.length, asked]).toEqual([1, ['pair', 'alone', 'pair']]);
  });

  it('is the pair again where the allowlist is needed: a refusal that is only remembered is no ground for "no list"', async () => {
    world.put('infra', {});
    await read();
    await world.pass(MINUTE);
    expect(await read(query('acme/infra'))).toEqual(['absent', 'refused']);
    expect(asked).toEqual(['pair', 'alone', 'pair']);
  });

  it('is the pair again once the belief in its refusal has ended', async () => {
    await read();
    await world.request().installations.learn(INSTALLATION, { unreadableAt: world.clock.now() });
    await world.pass(6 * MINUTE);
    expect(await read()).toEqual(['file', 'refused']);
    expect(asked).toEqual(['pair', 'pair']);
  });

  it('is the pair for an installation that has replaced the one that was refused', async () => {
    await read();
    await world.request().installations.learn(INSTALLATION, { unreadableAt: world.clock.now() });
    await world.pass(MINUTE);
    expect(await read(query('acme/infra', 'ci', { id: 91 }))).toEqual(['absent', 'refused']);
    expect(asked).toEqual(['pair', 'pair']);
  });

  it('is learnt anew where the pair is granted later', async () => {
    await read();
    world.list(LIST);
    await world.pass(6 * MINUTE);
    expect(await read()).toEqual(['file', 'present']);
    expect(await world.request().installations.learntOf(INSTALLATION)).toMatchObject({ pairRefused: false });
  });
});

describe('a read of the organization’s files alone', () => {
  it('asks GitHub again though the repository was believed unreadable', async () => {
    await world.request().installations.learn(INSTALLATION, { unreadableAt: world.clock.now() });
    world.list(LIST);
    expect(await world.request().reader.readOrganization(INSTALLATION)).toMatchObject({
      allowlist: { kind: 'present' },
    });
  });

  it('costs nothing while the list is fresh', async () => {
    await read();
    expect(await world.request().reader.readOrganization(INSTALLATION)).toEqual({
      allowlist: { kind: 'absent' },
      guardrails: { kind: 'absent' },
    });
    expect(world.policies.reads).toBe(1);
  });

  it.each([
    ['gone', { kind: 'gone' } as const, 'policy repository: installation_gone'],
    ['down', failing('down'), 'told to'],
  ])('is unavailable where the installation is %s', async (_what, answer, detail) => {
    world.policies.next.push(answer);
    expect(await world.request().reader.readOrganization(INSTALLATION)).toMatchObject({ kind: 'unavailable', detail });
  });

  it('is one for each installation and account, though several are asked for at the same time', async () => {
    const other = { ...INSTALLATION, id: 91, accountId: 7 };
    const request = world.request();
    const files = await Promise.all([INSTALLATION, other].map((one) => request.reader.readOrganization(one)));
    expect(files).toMatchObject([{ allowlist: { kind: 'absent' } }, { kind: 'unavailable' }]);
  });

  it('is a refusal where GitHub refuses it', async () => {
    world.hidePolicyRepository();
    expect(await world.request().reader.readOrganization(INSTALLATION)).toEqual({
      allowlist: { kind: 'refused' },
      guardrails: { kind: 'refused' },
    });
  });
});
