import { beforeEach, describe, expect, it } from '@jest/globals';
import { LocatePolicy, type Located } from '../../../../src/application/exchange/locate-policy.ts';
import type { ExchangeRules } from '../../../../src/application/exchange/exchange-rules.ts';
import type { Decoded } from '../../../../src/application/exchange/decode-token.ts';
import type { InstallationRepository } from '../../../../src/application/ports/installation-repository.ts';
import type { UnavailableCause } from '../../../../src/application/ports/unavailable.ts';
import {
  ACTIONS,
  APP,
  INSTALLATION,
  MINUTE,
  PolicyIsolate,
  PolicyRequest,
  PolicyWorld,
} from '../policies/policy-world.ts';
import { RequestCosts } from '../request-costs.ts';
import { asked, callerOf, decoded, insider, outcomeOf, outsider, RULES } from './stages.ts';

const CI = `issuer: ${ACTIONS}\nsubject: x\npermissions: { contents: read }\n`;
const COST = 4;

let world: PolicyWorld;

beforeEach(() => {
  world = new PolicyWorld();
  world.put('app', { ci: CI, broken: 'issuer: [' });
});

/** An exchange that finds nothing cached, and whose lookup costs 4 GitHub requests. */
async function locate(reached: Decoded, rules: Partial<ExchangeRules> = {}): Promise<Located> {
  world.forgetAll();
  const costs = new RequestCosts(world.clock, world.windows);
  const { budget, trust } = costs;
  trust.comesFrom({ owner: reached.request.scope.owner });
  if (reached.caller !== undefined) budget.proveOutsider();
  const paid: InstallationRepository = {
    find: async (app, owner) => {
      for (let count = 0; count < COST; count++) {
        const spent = budget.spend();
        if (spent.kind === 'unavailable') return spent;
      }
      return world.installations.find(app, owner);
    },
  };
  const { finder } = new PolicyRequest(world, new PolicyIsolate(world.clock), costs, paid);
  try {
    return await new LocatePolicy({ ...RULES, ...rules }, finder, budget).locate(reached);
  } finally {
    budget.end();
  }
}

async function outcomes(count: number, reached: Decoded): Promise<ReadonlySet<string>> {
  const seen = new Set<string>();
  for (let done = 0; done < count; done++) seen.add(await outcomeOf(() => locate(reached)));
  return seen;
}

function from(caller: Decoded['caller'], identity = 'ci', owner = 'acme'): Decoded {
  const { request } = asked({ identity, scope: { owner, repository: 'app' } });
  return decoded({ request, caller });
}

describe('what is located', () => {
  it('is the installation, the policy with its repository, and what the allowlist says', async () => {
    const reached = await locate(from(undefined));
    expect(reached).toMatchObject({
      stage: 'located',
      installation: INSTALLATION,
      policy: { kind: 'found', repositoryId: 1 },
      allowlist: { kind: 'allowed', note: 'absent' },
      caller: undefined,
    });
  });

  it('is not judged yet', async () => {
    world.list('issuers: [https://other.example.com]\n');
    expect(await locate(from(undefined, 'broken'))).toMatchObject({
      policy: { kind: 'invalid' },
      allowlist: { kind: 'refused', reason: 'not_listed' },
    });
  });

  it.each(['allow', 'deny'] as const)(
    'follows the operator on a list that nobody can read (%s)',
    async (unreadable) => {
      world.hidePolicyRepository();
      const { allowlist } = await locate(from(undefined), { allowlistUnreadable: unreadable });
      expect(allowlist.kind).toBe(unreadable === 'allow' ? 'allowed' : 'refused');
    },
  );
});

describe('the lookups', () => {
  it('of an outsider that find a policy, broken or not, are given back', async () => {
    expect(await outcomes(20, from(outsider()))).toEqual(new Set(['passed']));
    expect(await outcomes(20, from(outsider(), 'broken'))).toEqual(new Set(['passed']));
  });

  it('of outsiders that find none count, up to 60 a minute', async () => {
    expect(await outcomes(15, from(outsider(), 'missing'))).toEqual(new Set(['passed']));
    expect(await outcomes(1, from(outsider(), 'missing'))).toEqual(new Set(['rate_limited']));
    world.clock.advance(MINUTE);
    expect(await outcomes(1, from(outsider(), 'missing'))).toEqual(new Set(['passed']));
  });

  it('of outsiders that find no installation count too', async () => {
    expect(await outcomes(15, from(outsider(), 'ci', 'nobody'))).toEqual(new Set(['installation_not_found']));
    expect(await outcomes(1, from(outsider(), 'ci', 'nobody'))).toEqual(new Set(['rate_limited']));
  });

  it.each<UnavailableCause>(['limited', 'down', 'timeout', 'unusable', 'credentials'])(
    'that ended because GitHub was %s are given back: that is no absence',
    async (cause) => {
      world.policies.failure = { kind: 'unavailable', cause, detail: 'told to' };
      await outcomes(20, from(outsider()));
      world.policies.failure = undefined;
      expect(await outcomes(1, from(outsider()))).toEqual(new Set(['passed']));
    },
  );

  it('that ended at our own limit are not given back', async () => {
    await outcomes(15, from(outsider(), 'missing'));
    await outcomes(5, from(outsider()));
    expect(await outcomes(1, from(outsider()))).toEqual(new Set(['rate_limited']));
  });

  it('that our own limit cut short are not given back, or each such attempt would be free', async () => {
    const other = (): RequestCosts => {
      const costs = new RequestCosts(world.clock, world.windows);
      costs.budget.proveOutsider();
      return costs;
    };
    const { budget } = other();
    for (let count = 0; count < 58; count++) budget.spend();
    expect(await outcomes(1, from(outsider()))).toEqual(new Set(['rate_limited']));
    expect(other().budget.spend().kind).toBe('unavailable');
  });

  it('of insiders do not count against outsiders, nor the other way round', async () => {
    await outcomes(16, from(outsider(), 'missing'));
    expect(await outcomes(1, from(insider()))).toEqual(new Set(['passed']));
    world.clock.advance(MINUTE);
    await outcomes(16, from(insider(), 'missing'));
    expect(await outcomes(1, from(outsider()))).toEqual(new Set(['passed']));
  });

  it('are an insider’s by the owner’s name before the lookup, and by its id afterwards', async () => {
    await outcomes(16, from(outsider(), 'missing'));
    const renamed = callerOf({ repository_owner: 'old-name' });
    expect(await outcomes(1, from(renamed))).toEqual(new Set(['rate_limited']));
    expect(await outcomes(1, from(callerOf()))).toEqual(new Set(['passed']));
    world.clock.advance(MINUTE);
    // Found to be insiders, they leave the outsiders' budget as it was.
    await outcomes(15, from(renamed, 'missing'));
    expect(await outcomes(1, from(outsider()))).toEqual(new Set(['passed']));
  });

  it.each([
    ['another issuer', callerOf({ iss: 'https://gitlab.example.com' })],
    ['a policy’s own keys, as GitHub’s issuer', callerOf({}, 'inline')],
  ])('of a caller proven by %s are an outsider’s, whatever owner it claims', async (_who, caller) => {
    await outcomes(16, from(outsider(), 'missing'));
    expect(await outcomes(1, from(caller))).toEqual(new Set(['rate_limited']));
  });

  it('of unproven callers are never given back, 30 a minute', async () => {
    expect(await outcomes(7, from(undefined))).toEqual(new Set(['passed']));
    expect(await outcomes(1, from(undefined))).toEqual(new Set(['rate_limited']));
  });

  it('cost nothing more where a pool’s App is not installed', async () => {
    world.installations.uninstall(APP, 'acme');
    expect(await outcomes(1, from(insider()))).toEqual(new Set(['installation_not_found']));
  });
});
