import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FaultKind } from '../support/github/faults.ts';
import { NodeStack, type Answer, type Isolate } from './node-stack.ts';

const MINUTE = 60_000;
/** What the specification promises where GitHub answers, and where it does not. */
const FRESH_MINUTES = 5;
const FRESH_WITH_WEBHOOKS_MINUTES = 15;
const STALE_MINUTES = 60;

let stack: NodeStack;
let count = 0;

beforeAll(async () => {
  stack = await NodeStack.start();
});

afterEach(() => {
  stack.emulator.faults.clear();
  stack.issuer.clearFaults();
  stack.kv.failsOn = 'nothing';
});

afterAll(async () => {
  expect(stack.emulator.violations).toEqual([]);
  await stack.close();
});

/** A fault of GitHub as long as `times` lasts. The mint is left alone, so that what was decided is seen. */
const READ_FAULTS: readonly FaultKind[] = [
  { kind: 'respond', status: 502 },
  { kind: 'reset', when: 'mid-body' },
  { kind: 'truncate' },
  { kind: 'wrong-json' },
  { kind: 'wrong-json', body: '{"data":{"target":null,"organization":null}}' },
  { kind: 'redirect', location: 'https://example.com/' },
  { kind: 'primary-limit' },
  { kind: 'secondary-limit' },
  { kind: 'graphql-errors', errors: [{ type: 'NOT_FOUND', path: ['target'] }] },
  { kind: 'graphql-errors', errors: [{ type: 'NOT_FOUND', path: ['organization'] }] },
  { kind: 'graphql-errors', errors: [{ type: 'FORBIDDEN', path: ['organization'] }] },
  { kind: 'graphql-errors', errors: [{ type: 'RATE_LIMITED' }] },
];

const POLICIES = { contents: 'contents', issues: 'issues', none: undefined } as const;
type PolicyState = keyof typeof POLICIES;
type ListState = 'absent' | 'listing' | 'others' | 'invalid';

/** What was true when, so that a decision can be held against it. */
class History<State> {
  readonly #states: { readonly since: number; readonly state: State }[] = [];

  add(state: State): void {
    this.#states.push({ since: stack.clock.now(), state });
  }

  /** The states that were true at any time of the last so many minutes. */
  within(minutes: number): ReadonlySet<State> {
    const from = stack.clock.now() - minutes * MINUTE;
    const past = this.#states.filter(
      (_, index) => (this.#states[index + 1]?.since ?? Number.POSITIVE_INFINITY) >= from,
    );
    return new Set(past.map(({ state }) => state));
  }
}

/** An organization whose policy and allowlist change, and the isolates that serve it. */
class Scenario {
  readonly owner = `bound-${++count}`;
  readonly policies = new History<PolicyState>();
  readonly lists = new History<ListState>();
  readonly #isolates: Isolate[] = [stack.newIsolate(), stack.newIsolate()];

  constructor() {
    const { world } = stack.emulator;
    const account = world.addOrganization(this.owner);
    for (const name of ['app', '.github']) world.addRepository({ owner: account, name, files: { 'README.md': '' } });
    world.install(stack.seed.app, account);
    this.setPolicy('contents');
    this.setList('absent');
  }

  setPolicy(state: PolicyState): void {
    const permission = POLICIES[state];
    const text = `issuer: ${stack.issuer.issuer}\nsubject: worker\npermissions: { ${permission ?? ''}: read }\n`;
    stack.commitPolicies(`${this.owner}/app`, { 'deploy.sts.yaml': permission === undefined ? null : text });
    this.policies.add(state);
  }

  setList(state: ListState): void {
    const texts = {
      absent: null,
      listing: `issuers: [ '${stack.issuer.issuer}' ]\n`,
      others: 'issuers: [ https://issuer.example.com ]\n',
      invalid: 'issuers: 1\n',
    };
    stack.commitPolicies(`${this.owner}/.github`, { 'trusted-token-issuers.yaml': texts[state] });
    this.lists.add(state);
  }

  exchange(isolate: number): Promise<Answer> {
    const token = stack.issuer.sign({ sub: 'worker', aud: 'sts.example.com' });
    const chosen = this.#isolates[isolate] ?? stack.newIsolate();
    return stack.exchange(`${this.owner}/app`, 'deploy', token, chosen);
  }

  /** A grant must have been right at some time within the bound that applies. */
  requireBounds(answer: Answer, policyMinutes: number): void {
    if (answer.status !== 200) return;
    const granted = Object.keys(answer.json.permissions as object).filter((name) => name !== 'metadata');
    const allowed = [...this.policies.within(policyMinutes)].map((state) => POLICIES[state]);
    expect(allowed).toContain(granted[0]);
    const lists = this.lists.within(policyMinutes);
    // The last good list stands in for an invalid one, for an hour after it was read.
    const lastGood = lists.has('invalid') && this.lists.within(STALE_MINUTES).has('listing');
    expect(lists.has('absent') || lists.has('listing') || lastGood).toBe(true);
  }
}

describe('a policy that was removed', () => {
  async function grantedThenRemoved(): Promise<Scenario> {
    const scenario = new Scenario();
    for (const isolate of [0, 1]) expect((await scenario.exchange(isolate)).status).toBe(200);
    scenario.setPolicy('none');
    return scenario;
  }

  it('decides nothing after five minutes', async () => {
    const scenario = await grantedThenRemoved();
    stack.minutesPass(FRESH_MINUTES);
    for (const isolate of [0, 1, 2]) expect((await scenario.exchange(isolate)).status).toBe(404);
  });

  it('decides nothing after fifteen minutes where webhooks may tell, though none came and it was long unchanged', async () => {
    stack.reconfigure({ GITHUB_WEBHOOK_SECRET: 'a-secret' });
    const scenario = new Scenario();
    for (const minutes of [5, 10, 15, 15]) {
      expect((await scenario.exchange(0)).status).toBe(200);
      stack.minutesPass(minutes);
    }
    expect((await scenario.exchange(0)).status).toBe(200);
    scenario.setPolicy('none');
    stack.minutesPass(FRESH_WITH_WEBHOOKS_MINUTES - 1);
    expect((await scenario.exchange(0)).status).toBe(200);
    stack.minutesPass(1);
    expect((await scenario.exchange(0)).status).toBe(404);
    stack.reconfigure({ GITHUB_WEBHOOK_SECRET: undefined });
  });

  it.each(READ_FAULTS)('decides nothing an hour after it was confirmed, whatever GitHub answers: %j', async (fault) => {
    const scenario = await grantedThenRemoved();
    stack.emulator.faults.add({ ...fault, match: { operation: 'graphql' } });
    for (let minutes = 0; minutes < STALE_MINUTES; minutes += 20) stack.minutesPass(20);
    for (const isolate of [0, 1, 2]) expect((await scenario.exchange(isolate)).status).not.toBe(200);
  });

  it('stays removed for the isolate that has read so, even where KV and then GitHub fail', async () => {
    const scenario = await grantedThenRemoved();
    stack.minutesPass(FRESH_MINUTES);
    stack.kv.failsOn = 'put';
    expect((await scenario.exchange(0)).status).toBe(404);
    stack.kv.failsOn = 'nothing';
    stack.emulator.faults.add({ kind: 'respond', status: 500, match: { operation: 'graphql' } });
    stack.minutesPass(FRESH_MINUTES);
    expect((await scenario.exchange(0)).status).toBe(404);
  });

  it('is not brought back by a read that began before the removal was known', async () => {
    const scenario = await grantedThenRemoved();
    stack.minutesPass(FRESH_MINUTES);
    expect((await scenario.exchange(0)).status).toBe(404);
    stack.minutesPass(1);
    expect((await scenario.exchange(1)).status).toBe(404);
    expect((await scenario.exchange(2)).status).toBe(404);
  });
});

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), minutes: fc.constantFrom(1, 3, 5, 6, 8, 28) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('policy' as const),
      state: fc.constantFrom<PolicyState>('contents', 'issues', 'contents', 'issues', 'none'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('list' as const),
      state: fc.constantFrom<ListState>('absent', 'listing', 'absent', 'listing', 'others', 'invalid'),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('exchange' as const),
      isolate: fc.integer({ min: 0, max: 2 }),
      faults: fc.array(fc.record({ fault: fc.constantFrom(...READ_FAULTS), times: fc.integer({ min: 1, max: 2 }) }), {
        maxLength: 2,
      }),
      onReadToken: fc.boolean(),
      kv: fc.constantFrom(
        'nothing' as const,
        'nothing' as const,
        'get' as const,
        'put' as const,
        'everything' as const,
      ),
      isIssuerDown: fc.boolean(),
    }),
  },
);

/** GitHub fails for long, so that what is old is all there is. */
const outage = fc.record({
  kind: fc.constant('outage' as const),
  fault: fc.constantFrom(...READ_FAULTS),
  isolate: fc.constantFrom(0, 1),
  minutes: fc.constantFrom(30, 57, 61, 75),
});

type Step = typeof step | typeof outage extends fc.Arbitrary<infer Value> ? Value : never;

async function sufferOutage(scenario: Scenario, { fault, isolate, minutes }: Step & { kind: 'outage' }): Promise<void> {
  await scenario.exchange(isolate);
  scenario.setPolicy('none');
  stack.emulator.faults.add({ ...fault, match: { operation: 'graphql' } });
  stack.minutesPass(minutes);
  scenario.requireBounds(await scenario.exchange(isolate), STALE_MINUTES);
  stack.emulator.faults.clear();
}

async function take(scenario: Scenario, taken: Step): Promise<void> {
  if (taken.kind === 'pass') stack.minutesPass(taken.minutes);
  else if (taken.kind === 'policy') scenario.setPolicy(taken.state);
  else if (taken.kind === 'list') scenario.setList(taken.state);
  else if (taken.kind === 'outage') await sufferOutage(scenario, taken);
  else await exchangeUnderFaults(scenario, taken);
}

async function exchangeUnderFaults(scenario: Scenario, taken: Step & { kind: 'exchange' }): Promise<void> {
  const operation = taken.onReadToken ? 'apps/create-installation-access-token' : 'graphql';
  for (const { fault, times } of taken.faults) stack.emulator.faults.add({ ...fault, times, match: { operation } });
  if (taken.isIssuerDown) stack.issuer.addFault({ kind: 'status', status: 503 });
  stack.kv.failsOn = taken.kv;
  const answer = await scenario.exchange(taken.isolate);
  stack.emulator.faults.clear();
  stack.issuer.clearFaults();
  stack.kv.failsOn = 'nothing';
  scenario.requireBounds(answer, taken.faults.length > 0 ? STALE_MINUTES : FRESH_MINUTES);
}

describe('under any mix of failures', () => {
  it('no policy and no allowlist decides anything later than the bounds', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 9, arbitrary: step }, { weight: 1, arbitrary: outage }), {
          minLength: 8,
          maxLength: 24,
        }),
        async (steps) => {
          const scenario = new Scenario();
          for (const taken of steps) await take(scenario, taken);
        },
      ),
      { seed: 20_261_102, numRuns: 120 },
    );
  }, 180_000);
});
