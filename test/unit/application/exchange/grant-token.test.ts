import { beforeEach, describe, expect, it } from '@jest/globals';
import { PermissionSet } from '../../../../src/domain/permission-set.ts';
import { policyRepository } from '../../../../src/domain/policy-location.ts';
import { parseScope } from '../../../../src/domain/scope.ts';
import { GrantToken, type Granted } from '../../../../src/application/exchange/grant-token.ts';
import type { Matched } from '../../../../src/application/exchange/match-policy.ts';
import { MintToken, type MintOrder } from '../../../../src/application/exchange/mint-token.ts';
import { BudgetWindows } from '../../../../src/application/budget/budget-windows.ts';
import type { RequestBudget } from '../../../../src/application/budget/request-budget.ts';
import { MemoryTokenMinter } from '../../../../src/infrastructure/memory/memory-token-minter.ts';
import { MAIN, organizationLevel, policyOf } from '../../domain/policies.ts';
import { INSTALLATION, PolicyWorld } from '../policies/policy-world.ts';
import { RequestCosts } from '../request-costs.ts';
import { asked, callerOf, matched, outcomeOf, outsider, refusalOf } from './stages.ts';

const REPOSITORIES = [
  [1, 'app'],
  [2, 'infra'],
  [3, '.github'],
] as const;

let world: PolicyWorld;
let minter: MemoryTokenMinter;
let budget: RequestBudget;
let orders: MintOrder[];

beforeEach(() => {
  world = new PolicyWorld();
  const permissions = PermissionSet.of(['contents', 'write'], ['issues', 'write']);
  minter = new MemoryTokenMinter(new Map(REPOSITORIES), permissions, world.clock);
  ({ budget } = new RequestCosts(world.clock));
  orders = [];
});

async function grant(reached: Matched): Promise<Granted> {
  const { installations } = world.request();
  const mint = new MintToken(world.apps, installations, minter, world.deferredTasks);
  const execute = mint.execute.bind(mint);
  mint.execute = async (order) => {
    orders.push(order);
    return execute(order);
  };
  return new GrantToken(mint, budget).grant(reached);
}

/** What the token that was minted covers, for a scope and an organization's policy. */
async function covered(scopeText: string, fields: Parameters<typeof policyOf>[0] = {}): Promise<unknown> {
  const scope = parseScope(scopeText)!;
  const repositoryId = REPOSITORIES.find(([, name]) => name === policyRepository(scope, '.github'))?.[0] ?? 0;
  const { request } = asked({ scope });
  const reached = matched({ request, repositoryId, policy: policyOf(fields, organizationLevel) });
  return (await grant(reached)).grant.repositories;
}

describe('what is granted', () => {
  it.each<[scope: string, what: string, repositories: readonly string[] | undefined, covered: unknown]>([
    ['acme/app', 'no list', undefined, { kind: 'id', id: 1, name: 'app' }],
    ['acme', 'no list', undefined, { kind: 'all' }],
    ['acme/.github', 'no list', undefined, { kind: 'id', id: 3, name: '.github' }],
    ['acme', 'an empty list', [], { kind: 'all' }],
    ['acme/.github', 'an empty list', [], { kind: 'all' }],
    ['acme', 'a list', ['app', 'infra'], { kind: 'names', names: ['app', 'infra'] }],
    ['acme/.github', 'a list', ['app', 'infra'], { kind: 'names', names: ['app', 'infra'] }],
  ])('for the scope %s by a policy with %s', async (scope, _what, repositories, expected) => {
    expect(await covered(scope, { repositories })).toEqual(expected);
  });

  it('holds the permissions of the policy', async () => {
    const policy = policyOf({ permissions: new Map([['issues', 'write']]) });
    const { stage, grant: asked, minted } = await grant(matched({ policy }));
    expect([stage, asked.permissions.toRecord(), minted.installation]).toEqual([
      'granted',
      { issues: 'write' },
      INSTALLATION,
    ]);
  });

  it('is minted through the installation that the policy was read through, for scope, identity and subject', async () => {
    const { request } = asked({ scope: { owner: 'Acme', repository: 'App' } });
    await grant(matched({ request }));
    expect(orders).toMatchObject([{ reader: INSTALLATION, routingKey: `acme/app\nci\n${MAIN}` }]);
  });

  it('is minted for scope and identity where the subject is no text', async () => {
    await grant({ ...matched(), caller: callerOf({ sub: 5 }) });
    expect(orders).toMatchObject([{ routingKey: 'acme/app\nci\n' }]);
  });
});

describe('narrowing', () => {
  const permissions: typeof PermissionSet.of = (...entries) => PermissionSet.of(...entries);

  it('cuts the grant down', async () => {
    const policy = policyOf(
      { permissions: new Map([['contents', 'write']]), repositories: ['app', 'infra'] },
      organizationLevel,
    );
    const narrowing = { permissions: permissions(['contents', 'read']), repositories: ['INFRA'] };
    const { request } = asked({ scope: { owner: 'acme' }, narrowing });
    const { grant: narrowed } = await grant(matched({ request, policy }));
    expect(narrowed.permissions.toRecord()).toEqual({ contents: 'read' });
    expect(narrowed.repositories).toEqual({ kind: 'names', names: ['INFRA'] });
  });

  it.each([
    ['a permission more', { permissions: permissions(['contents', 'read'], ['issues', 'read']) }, 'permissions'],
    ['a level more', { permissions: permissions(['contents', 'write']) }, 'permissions'],
    ['another repository', { repositories: ['infra'] }, 'repositories'],
    ['a repository more, before the one', { repositories: ['infra', 'app'] }, 'repositories'],
    ['a repository more, after the one', { repositories: ['app', 'infra'] }, 'repositories'],
  ])('never widens: %s is refused', async (_what, narrowing, what) => {
    const { request } = asked({ narrowing });
    const { kind, message } = await refusalOf(() => grant(matched({ request })));
    expect([kind, message]).toEqual(['narrowing_not_granted', `The trust policy does not grant these ${what}.`]);
    expect(minter.live.size).toBe(0);
  });
});

describe('the caller’s own repository alone', () => {
  const fields = { callerRepositoryOnly: true };

  async function outcome(caller: Matched['caller'], more: Parameters<typeof policyOf>[0] = {}): Promise<unknown> {
    const policy = policyOf({ ...fields, ...more }, organizationLevel);
    const { request } = asked({ scope: { owner: 'acme' } });
    return outcomeOf(() => grant(matched({ request, policy, caller })));
  }

  it('is covered, by its id', async () => {
    expect(await covered('acme', fields)).toEqual({ kind: 'id', id: 2, name: 'infra' });
  });

  it('is granted to a workflow of the account only', async () => {
    expect(await outcome(callerOf())).toBe('passed');
    expect(await outcome(outsider())).toBe('permission_denied');
    expect(await outcome(callerOf({ repository_id: '' }))).toBe('permission_denied');
    expect(minter.live.size).toBe(1);
  });

  it('is not granted to a token of another issuer, or to one that a policy’s own keys proved', async () => {
    expect(await outcome(callerOf({ iss: 'https://gitlab.example.com' }))).toBe('permission_denied');
    expect(await outcome(callerOf({}, 'inline'))).toBe('permission_denied');
  });

  it.each<[string, Matched['caller'], readonly string[], string]>([
    ['another owner', outsider(), [], 'This trust policy serves only workflows of the same owner.'],
    ['another repository than those listed', callerOf(), ['app'], 'The token does not match the trust policy.'],
  ])('is refused to a workflow of %s in so many words', async (_whose, caller, repositories, message) => {
    const policy = policyOf({ ...fields, repositories }, organizationLevel);
    const { request } = asked({ scope: { owner: 'acme' } });
    expect((await refusalOf(() => grant(matched({ request, policy, caller })))).message).toBe(message);
  });

  it('must be among the policy’s repositories where that names some', async () => {
    expect(await outcome(callerOf(), { repositories: ['app'] })).toBe('permission_denied');
    expect(await outcome(callerOf(), { repositories: ['app', 'INFRA'] })).toBe('passed');
    expect(await outcome(callerOf(), { repositories: [] })).toBe('passed');
  });

  it('tells the log why it is not granted, and the caller less', async () => {
    const policy = policyOf({ ...fields, repositories: ['app'] }, organizationLevel);
    for (const caller of [callerOf(), outsider()]) {
      const { message, details } = await refusalOf(() => grant(matched({ policy, caller })));
      expect(details.detail).toContain('caller_repository_only');
      expect(message).not.toContain('caller_repository_only');
    }
  });

  it('can be narrowed to itself and to nothing else', async () => {
    const policy = policyOf(fields, organizationLevel);
    for (const [repositories, expected] of [
      [['infra'], 'passed'],
      [['app'], 'narrowing_not_granted'],
    ] as const) {
      const { request } = asked({ scope: { owner: 'acme' }, narrowing: { repositories } });
      expect(await outcomeOf(() => grant(matched({ request, policy })))).toBe(expected);
    }
  });
});

describe('admission', () => {
  /** How many of so many GitHub requests pass. */
  function spend(by: RequestBudget, requests: number): number {
    return Array.from({ length: requests }, () => by.spend()).filter(({ kind }) => kind === 'spent').length;
  }

  it('ends the outsiders’ bound: what follows can’t end in an absence', async () => {
    const windows = new BudgetWindows();
    const flood = new RequestCosts(world.clock, windows).budget;
    flood.proveOutsider();
    spend(flood, 58);
    ({ budget } = new RequestCosts(world.clock, windows));
    budget.proveOutsider();
    budget.spend();
    await grant(matched({ caller: outsider() }));
    // The one request was given back, and any number passes from here on.
    expect(spend(budget, 10)).toBe(10);
    const next = new RequestCosts(world.clock, windows).budget;
    next.proveOutsider();
    expect(spend(next, 3)).toBe(2);
  });

  it('counts for a caller whose narrowing is refused too', async () => {
    const { request } = asked({ narrowing: { repositories: ['infra'] } });
    await outcomeOf(() => grant(matched({ request })));
    expect(spend(budget, 61)).toBe(61);
  });
});
