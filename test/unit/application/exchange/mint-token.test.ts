import { beforeEach, describe, expect, it } from '@jest/globals';
import { orderByRendezvous, type App } from '../../../../src/domain/apps.ts';
import type { Grant } from '../../../../src/domain/narrowing.ts';
import { PermissionSet } from '../../../../src/domain/permission-set.ts';
import { MintToken, type MintedGrant, type MintOrder } from '../../../../src/application/exchange/mint-token.ts';
import type { UnavailableCause, Unavailable } from '../../../../src/application/ports/unavailable.ts';
import { MemoryTokenMinter } from '../../../../src/infrastructure/memory/memory-token-minter.ts';
import { policyOf } from '../../domain/policies.ts';
import { ACME_ID, APP, INSTALLATION, MINUTE, PolicyWorld } from '../policies/policy-world.ts';
import { outcomeOf, refusalOf } from './stages.ts';

const POOL: readonly App[] = ['one', 'two', 'three'].map((name, index) => ({ name, id: String(index + 1) }));
const GONE = { kind: 'installation_gone' } as const;
const GRANT: Grant = {
  permissions: PermissionSet.of(['contents', 'read']),
  repositories: { kind: 'id', id: 1, name: 'app' },
};

let world: PolicyWorld;
let minter: MemoryTokenMinter;

function start(pool?: readonly App[]): void {
  world = new PolicyWorld(pool);
  const permissions = PermissionSet.of(['contents', 'write'], ['checks', 'write']);
  minter = new MemoryTokenMinter(new Map([[1, 'app']]), permissions, world.clock);
}

beforeEach(() => start());

function attempt(order: Partial<MintOrder> = {}): Promise<MintedGrant> {
  const { installations } = world.request();
  const whole = { policy: policyOf(), grant: GRANT, reader: INSTALLATION, routingKey: 'a key', ...order };
  return new MintToken(world.apps, installations, minter, world.deferredTasks).execute(whole);
}

async function mint(order: Partial<MintOrder> = {}): Promise<MintedGrant> {
  try {
    return await attempt(order);
  } finally {
    await world.deferredTasks.run();
  }
}

/** The names of the work that a refused attempt leaves for after the answer. */
async function tasksAfter(order: Partial<MintOrder> = {}): Promise<readonly string[]> {
  await refusalOf(() => attempt(order));
  const names = [...world.deferredTasks.names];
  await world.deferredTasks.run();
  return names;
}

function failing(cause: UnavailableCause): Unavailable {
  return { kind: 'unavailable', cause, detail: 'told to' };
}

describe('minting', () => {
  it('asks for exactly the grant, through the installation that the policy was read through', async () => {
    const { minted, installation } = await mint();
    expect(installation).toBe(INSTALLATION);
    expect(minter.live.get(minted.secret)).toEqual({ installation: INSTALLATION, grant: GRANT });
    expect(world.installations.lookups).toBe(0);
  });

  it.each<[UnavailableCause, string]>([
    ['limited', 'rate_limited'],
    ['down', 'unavailable'],
    ['timeout', 'upstream_timeout'],
    ['unusable', 'upstream_error'],
    ['credentials', 'misconfigured'],
    ['refused', 'permission_denied'],
  ])('tells of a GitHub that is %s as it is', async (cause, kind) => {
    minter.down = failing(cause);
    expect(await outcomeOf(() => mint())).toBe(kind);
  });

  it('keeps GitHub’s own sentence on a refusal for the log and for insiders', async () => {
    minter.next.push({ kind: 'refused', reason: 'The permissions requested are not granted.' });
    const { kind, message, details } = await refusalOf(() => mint());
    const reason = 'The permissions requested are not granted.';
    expect([kind, message]).toEqual([
      'permission_denied',
      'GitHub refuses the permissions or repositories that the policy asks for.',
    ]);
    const evidence = { kind: 'mint_refused', reason, missing: [], installation: INSTALLATION };
    expect(details).toEqual({ detail: reason, evidence });
  });
});

describe('a permission that GitHub refuses', () => {
  const lacking = {
    ...INSTALLATION,
    accepted: { permissions: { metadata: 'read' }, account: 'organization' },
  } as const;
  const refused = { kind: 'refused', reason: 'No.' } as const;

  it('is named where the installation lacked it when it was looked up', async () => {
    minter.next.push(refused);
    const { details } = await refusalOf(() => mint({ reader: lacking }));
    expect(details).toEqual({
      detail: 'No. permission-not-installed: contents: read (accepted: none)',
      evidence: {
        kind: 'mint_refused',
        reason: 'No.',
        missing: [{ name: 'contents', level: 'read', accepted: undefined }],
        installation: lacking,
      },
    });
  });

  it('is named beside the others that are lacking', async () => {
    minter.next.push(refused);
    const permissions = PermissionSet.of(['contents', 'write'], ['issues', 'read']);
    const { details } = await refusalOf(() => mint({ reader: lacking, grant: { ...GRANT, permissions } }));
    expect(details.detail).toMatch(/: contents: write \(accepted: none\), issues: read \(accepted: none\)$/);
  });

  it('leads to doubt about the installation only where that lacks it', async () => {
    const accepting = { ...lacking, accepted: { ...lacking.accepted, permissions: { contents: 'read' } } } as const;
    for (const [reader, names] of [
      [INSTALLATION, []],
      [accepting, []],
      [lacking, ['doubt_installation']],
    ] as const) {
      minter.next.push(refused);
      expect(await tasksAfter({ reader })).toEqual(names);
    }
  });

  it('is not refused here, whatever was looked up: GitHub may know better by now', async () => {
    expect((await mint({ reader: lacking })).minted.kind).toBe('minted');
  });

  it('has the installation looked up again by the next request, but not within a minute', async () => {
    const { installations } = world.request();
    world.installations.install(APP, 'acme', { id: INSTALLATION.id, accountId: ACME_ID });
    await installations.find(APP, 'acme', 'remembered');
    const lookupsAfter = async (): Promise<number> => {
      minter.next.push(refused);
      await outcomeOf(() => mint({ reader: lacking }));
      const { lookups } = world.installations;
      await world.request().installations.find(APP, 'acme', 'remembered');
      return world.installations.lookups - lookups;
    };
    expect(await lookupsAfter()).toBe(0);
    await world.pass(MINUTE + 1);
    expect(await lookupsAfter()).toBe(1);
    expect(await lookupsAfter()).toBe(0);
  });
});

describe('a token that holds more than was asked for', () => {
  it('is revoked and not handed out', async () => {
    minter.next.push('too_much');
    const { kind, message } = await refusalOf(() => mint());
    expect([kind, message]).toEqual([
      'upstream_error',
      'GitHub granted more than was asked for; the token was revoked.',
    ]);
    expect([minter.revoked, minter.live.size]).toEqual([['ghs_memory1'], 0]);
    minter.next.push('too_much');
    expect(await tasksAfter()).toEqual(['revoke_excessive_token']);
  });

  it('is revoked and not handed out on a second try either', async () => {
    minter.next.push(GONE, 'too_much');
    expect(await outcomeOf(() => mint())).toBe('upstream_error');
    expect(minter.live.size).toBe(0);
  });

  it('is refused though it can’t be revoked', async () => {
    minter.next.push('too_much');
    const revoke = minter.revoke.bind(minter);
    minter.revoke = async () => failing('down');
    expect(await outcomeOf(() => mint())).toBe('upstream_error');
    minter.revoke = revoke;
  });
});

describe('an installation that is gone', () => {
  it('is looked up once more, and the new one mints', async () => {
    await world.request().installations.find(APP, 'acme', 'remembered');
    world.installations.install(APP, 'acme', { id: 95, accountId: ACME_ID });
    minter.next.push(GONE);
    expect((await mint()).installation.id).toBe(95);
    expect(world.installations.lookups).toBe(2);
  });

  it('is tried once more, not again and again', async () => {
    minter.next.push(GONE, GONE);
    expect(await outcomeOf(() => mint())).toBe('installation_not_found');
    expect(minter.next).toEqual([]);
  });

  it('mints nothing for the account that took the name', async () => {
    world.installations.install(APP, 'acme', { id: 95, accountId: 7 });
    minter.next.push(GONE);
    expect(await outcomeOf(() => mint())).toBe('installation_not_found');
    expect(minter.live.size).toBe(0);
  });

  it('is told as GitHub’s failure where the lookup fails', async () => {
    world.installations.failing.set(APP.id, failing('timeout'));
    minter.next.push(GONE);
    expect(await outcomeOf(() => mint())).toBe('upstream_timeout');
  });

  it('tells GitHub’s failure at the second try', async () => {
    minter.next.push(GONE, failing('down'));
    expect(await outcomeOf(() => mint())).toBe('unavailable');
  });
});

describe('several Apps', () => {
  const [one, two, three] = POOL as readonly [App, App, App];
  const reader = { app: two, id: 91, accountId: ACME_ID, owner: 'acme' };

  beforeEach(() => start(POOL));

  async function minters(order: Partial<MintOrder> = {}): Promise<string> {
    return (await mint({ reader, ...order })).installation.app.name;
  }

  it('begin with the one that read the policy, and go on in the order of the pool', async () => {
    expect(await minters()).toBe('two');
    minter.next.push(failing('limited'));
    expect(await minters()).toBe('one');
    minter.next.push(failing('limited'), failing('limited'));
    expect(await minters()).toBe('three');
  });

  it('are all limited before the caller is told of a limit', async () => {
    minter.next.push(failing('limited'), failing('limited'), failing('limited'));
    expect(await outcomeOf(() => minters())).toBe('rate_limited');
    expect(minter.next).toEqual([]);
  });

  it.each<UnavailableCause>(['down', 'timeout', 'unusable', 'credentials', 'refused'])(
    'do not stand in for each other where GitHub is %s',
    async (cause) => {
      minter.next.push(failing(cause));
      expect(await outcomeOf(() => minters())).not.toBe('passed');
      expect(minter.live.size).toBe(0);
    },
  );

  it('are told as no installation where none of them is there', async () => {
    minter.next.push(GONE, GONE, GONE, GONE, GONE, GONE);
    const { kind, message } = await refusalOf(() => mint());
    expect([kind, message]).toEqual([
      'installation_not_found',
      'No GitHub App of this service may mint this token there.',
    ]);
  });

  it('pass over one that is not installed, or gone', async () => {
    world.installations.uninstall(one, 'acme');
    minter.next.push(failing('limited'));
    expect(await minters()).toBe('three');
    minter.next.push(failing('limited'), GONE, GONE);
    world.installations.install(one, 'acme', { id: 90, accountId: ACME_ID });
    await world.pass(6 * MINUTE);
    expect(await minters()).toBe('three');
  });

  it('pass over one whose installation is another account’s', async () => {
    world.installations.install(one, 'acme', { id: 90, accountId: 7 });
    minter.next.push(failing('limited'));
    expect(await minters()).toBe('three');
  });

  it('mint by those that the policy pins alone, the reader first if it is one', async () => {
    expect(await minters({ policy: policyOf({ app: 'three' }) })).toBe('three');
    expect(await minters({ policy: policyOf({ appPattern: 't.*' }) })).toBe('two');
    expect(await minters({ policy: policyOf({ appPattern: '(one|three)' }) })).toBe('one');
  });

  it('never let another one stand in for the pinned one', async () => {
    minter.next.push(failing('limited'));
    expect(await outcomeOf(() => minters({ policy: policyOf({ app: 'two' }) }))).toBe('rate_limited');
    expect(await outcomeOf(() => minters({ policy: policyOf({ app: 'four' }) }))).toBe('installation_not_found');
  });

  describe('give check runs', () => {
    const checks = policyOf({ permissions: new Map([['checks', 'write']]) });

    it('to one and the same for a key, whichever read the policy', async () => {
      for (const routingKey of ['a', 'b', 'c', 'd']) {
        const [expected] = orderByRendezvous(POOL, routingKey);
        for (const app of POOL) {
          const read = { ...reader, app, id: 90 + POOL.indexOf(app) };
          expect(await minters({ policy: checks, routingKey, reader: read })).toBe(expected?.name);
        }
      }
    });

    it('to that one though the caller asks for less', async () => {
      const [expected] = orderByRendezvous(POOL, 'b');
      expect(await minters({ policy: checks, routingKey: 'b', grant: GRANT })).toBe(expected?.name);
    });

    it('to no other where that one is limited, for no other may update them', async () => {
      minter.next.push(failing('limited'));
      expect(await outcomeOf(() => minters({ policy: checks }))).toBe('rate_limited');
    });

    it('to the next where that one is not installed there', async () => {
      const [first, second] = orderByRendezvous(POOL, 'a key');
      world.installations.uninstall(first!, 'acme');
      const read = second === two ? reader : { ...reader, app: three, id: 92 };
      expect(await minters({ policy: checks, reader: read })).toBe(second?.name);
    });

    it('by any App where the policy lets them be read alone', async () => {
      const reading = policyOf({ permissions: new Map([['checks', 'read']]) });
      for (const routingKey of ['a', 'b', 'c', 'd']) {
        expect(await minters({ policy: reading, routingKey })).toBe('two');
      }
    });
  });
});
