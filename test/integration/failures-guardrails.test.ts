import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { NodeStack, type Answer } from './node-stack.ts';

const GUARDRAILS = 'guardrails.yaml';
const MINT = 'apps/create-installation-access-token';

let stack: NodeStack;

/** Every test has an organization of its own, so that none sees what another has cached. */
let owner = '';
let count = 0;

function errorOf({ status, json }: Answer): unknown {
  return [status, json.error ?? 'granted'];
}

/** An organization with one repository and one policy that admits `token()`, and perhaps a policy repository. */
function found(options: { guardrails?: string; policyRepository?: boolean; isPrivate?: boolean } = {}): void {
  const { world } = stack.emulator;
  owner = `org-${++count}`;
  const account = world.addOrganization(owner);
  world.addRepository({ owner: account, name: 'app', files: { '.github/chainguard/deploy.sts.yaml': policy() } });
  if (options.policyRepository !== false) {
    const { guardrails } = options;
    const own = guardrails === undefined ? {} : { [`.github/chainguard/${GUARDRAILS}`]: guardrails };
    world.addRepository({
      owner: account,
      name: '.github',
      private: options.isPrivate ?? true,
      files: { 'README.md': '', ...own },
    });
  }
  world.install(stack.seed.app, account);
}

function policy(): string {
  return `issuer: ${stack.issuer.issuer}\nsubject: build-farm\npermissions: { contents: read }\n`;
}

function exchange(): Promise<Answer> {
  const token = stack.issuer.sign({ sub: 'build-farm', aud: 'sts.example.com' });
  return stack.exchange(`${owner}/app`, 'deploy', token);
}

function commitGuardrails(text: string | null): void {
  stack.commitPolicies(`${owner}/.github`, { [GUARDRAILS]: text });
}

function restrictInstallation(): void {
  const { world } = stack.emulator;
  const installation = world.installationOf(stack.seed.app, owner)!;
  world.removeFromInstallation(installation, `${owner}/.github`);
}

/** What the policy and the token are within. */
const WITHIN = 'max_token_lifetime_seconds: 86400\nrepository_policies: { permissions: { contents: read } }\n';
/** What the policy is outside. */
const OUTSIDE = 'repository_policies: { permissions: { issues: write } }\n';
const BROKEN = 'deny: nobody\n';

beforeAll(async () => {
  stack = await NodeStack.start();
  // Before the proof, everyone is told the same.
  stack.reconfigure({ KNOWN_ISSUERS: stack.issuer.issuer });
});

beforeEach(() => {
  stack.isolate = stack.newIsolate();
  stack.resetCounters();
});

afterEach(() => {
  stack.emulator.faults.clear();
});

afterAll(async () => {
  expect(stack.emulator.violations).toEqual([]);
  await stack.close();
});

describe('what was found of the guardrails decides', () => {
  const event = (): string => stack.log.join('\n');

  it('restrains nobody where there is no file', async () => {
    found();
    expect(errorOf(await exchange())).toEqual([200, 'granted']);
    expect(event()).toContain('"guardrails":"absent"');
  });

  it('lets what is within them pass', async () => {
    found({ guardrails: WITHIN });
    expect(errorOf(await exchange())).toEqual([200, 'granted']);
    expect(event()).toContain('"guardrails":"within"');
  });

  it('refuses a policy that is outside', async () => {
    found({ guardrails: OUTSIDE });
    expect(errorOf(await exchange())).toEqual([404, 'policy_invalid']);
    expect(event()).toContain('"guardrails":"refused"');
    expect(event()).toContain('(guardrail-permission)');
  });

  it('refuses a token that is outside', async () => {
    found({ guardrails: 'max_token_lifetime_seconds: 10\n' });
    expect(errorOf(await exchange())).toEqual([403, 'permission_denied']);
    expect(event()).toContain('"guardrails":"refused"');
    expect(event()).toContain('(guardrail-token-lifetime)');
  });

  it('tells a stranger nothing of what is outside', async () => {
    found({ guardrails: OUTSIDE });
    const { json } = await exchange();
    expect([json.message, json.explanation]).toEqual(['The trust policy is invalid.', undefined]);
  });

  it.each([
    ['a policy', OUTSIDE, 'policy_invalid', 'guardrail-permission'],
    ['a token', 'max_token_lifetime_seconds: 10\n', 'permission_denied', 'guardrail-token-lifetime'],
  ])('goes on with %s that auditing guardrails would refuse, and records it', async (_, guardrails, kind, rule) => {
    found({ guardrails: `mode: audit\n${guardrails}` });
    expect(errorOf(await exchange())).toEqual([200, 'granted']);
    expect(event()).toContain('"guardrails":"audit"');
    expect(event()).toContain(`"guardrails_would_refuse":{"kind":"${kind}"`);
    expect(event()).toContain(`(${rule})`);
  });

  it.each([
    ['are broken', BROKEN],
    ['restrain nobody', 'mode: enforce\n'],
    ['are empty', ''],
    ['are no text', '\u0000\u0001'],
    ['are too long', `# ${'x'.repeat(70_000)}\n${WITHIN}`],
  ])('refuses everyone where they %s and no good ones are known', async (_, guardrails) => {
    found({ guardrails });
    const answer = await exchange();
    expect(errorOf(answer)).toEqual([403, 'guardrails_invalid']);
    expect(answer.json.code).toBe(9);
    expect(event()).toContain('"guardrails":"invalid"');
  });

  it('goes by the last good ones while the present ones are invalid, for an hour', async () => {
    found({ guardrails: WITHIN });
    await exchange();
    commitGuardrails(BROKEN);
    stack.minutesPass(6);
    expect(errorOf(await exchange())).toEqual([200, 'granted']);
    stack.minutesPass(40);
    expect(errorOf(await exchange())).toEqual([200, 'granted']);
    stack.minutesPass(15);
    expect(errorOf(await exchange())).toEqual([403, 'guardrails_invalid']);
  });

  it('goes by the last good ones for those who are outside them, too', async () => {
    found({ guardrails: OUTSIDE });
    await exchange();
    commitGuardrails(BROKEN);
    stack.minutesPass(6);
    expect(errorOf(await exchange())).toEqual([404, 'policy_invalid']);
  });

  it('does not take the absence before invalid ones for good ones', async () => {
    found();
    await exchange();
    commitGuardrails(BROKEN);
    stack.minutesPass(6);
    expect(errorOf(await exchange())).toEqual([403, 'guardrails_invalid']);
  });

  it('costs no request more, cold, stale or warm', async () => {
    const requests: number[] = [];
    for (const guardrails of [undefined, WITHIN, `mode: audit\n${OUTSIDE}`]) {
      found(guardrails === undefined ? {} : { guardrails });
      for (const minutes of [0, 6, 1]) {
        stack.minutesPass(minutes);
        stack.resetCounters();
        expect(errorOf(await exchange())).toEqual([200, 'granted']);
        requests.push(stack.githubRequests());
      }
    }
    expect(requests).toEqual([4, 3, 1, 4, 3, 1, 4, 3, 1]);
  });
});

describe('when GitHub gives no answer about the guardrails', () => {
  const DOWN = { kind: 'graphql-errors', errors: [{ type: 'INTERNAL', path: ['organization'] }] } as const;
  const LIMITED = { kind: 'primary-limit', match: { operation: 'graphql' } } as const;

  it('answers 503 where nothing is known of it', async () => {
    found({ guardrails: WITHIN });
    stack.emulator.faults.add(DOWN);
    expect(errorOf(await exchange())).toEqual([503, 'unavailable']);
  });

  it('answers 429 where nothing is known of it and GitHub limits us', async () => {
    found({ guardrails: WITHIN });
    stack.emulator.faults.add(LIMITED);
    expect(errorOf(await exchange())).toEqual([429, 'rate_limited']);
  });

  it.each([
    ['GitHub is down', DOWN],
    ['GitHub limits us', LIMITED],
  ])('goes by the last answer for an hour, and no longer: %s', async (_, fault) => {
    found({ guardrails: WITHIN });
    await exchange();
    stack.emulator.faults.add(fault);
    stack.minutesPass(59);
    expect(errorOf(await exchange())).toEqual([200, 'granted']);
    stack.minutesPass(1);
    expect((await exchange()).status).toBeGreaterThanOrEqual(429);
  });

  it('counts an absence as a last answer', async () => {
    found();
    await exchange();
    stack.emulator.faults.add(DOWN);
    stack.minutesPass(59);
    expect(errorOf(await exchange())).toEqual([200, 'granted']);
    stack.minutesPass(1);
    expect(errorOf(await exchange())).toEqual([503, 'unavailable']);
  });
});

describe('when the App may not read the policy repository', () => {
  it('restrains nobody, and says so in the log and in the event', async () => {
    found({ policyRepository: false });
    expect(errorOf(await exchange())).toEqual([200, 'granted']);
    expect(stack.logged('guardrails_unreadable')).toBe(true);
    expect(stack.log.join('\n')).toContain('"guardrails":"unreadable"');
  });

  it('refuses every issuer where the operator says deny', async () => {
    stack.reconfigure({ ALLOWLIST_UNREADABLE: 'deny' });
    found({ policyRepository: false });
    expect(errorOf(await exchange())).toEqual([403, 'issuer_not_allowed']);
    stack.reconfigure({ ALLOWLIST_UNREADABLE: undefined });
  });

  it('costs one request more, once, and nothing while it is remembered', async () => {
    found({ policyRepository: false });
    await exchange();
    expect(stack.githubRequests()).toBe(5);
    stack.resetCounters();
    for (let times = 0; times < 5; times++) await exchange();
    expect(stack.githubRequests()).toBe(5);
    stack.isolate = stack.newIsolate();
    stack.resetCounters();
    await exchange();
    expect(stack.githubRequests()).toBe(1);
  });

  it('asks again after five minutes, so that guardrails that can be read by then decide', async () => {
    found({ policyRepository: false });
    await exchange();
    const files = { [`.github/chainguard/${GUARDRAILS}`]: OUTSIDE };
    stack.emulator.world.addRepository({ owner, name: '.github', files });
    stack.minutesPass(5);
    expect(errorOf(await exchange())).toEqual([404, 'policy_invalid']);
  });

  it('reads a public one all the same, and asks for the repository alone from then on', async () => {
    found({ guardrails: OUTSIDE, isPrivate: false });
    restrictInstallation();
    expect(errorOf(await exchange())).toEqual([404, 'policy_invalid']);
    commitGuardrails(WITHIN);
    stack.minutesPass(6);
    stack.resetCounters();
    expect(errorOf(await exchange())).toEqual([200, 'granted']);
    expect(stack.githubRequests()).toBe(3);
  });

  it('does not believe that nobody can read what is private now and was public before, until it is refused', async () => {
    found({ guardrails: OUTSIDE, isPrivate: false });
    restrictInstallation();
    await exchange();
    stack.emulator.world.setPrivate(`${owner}/.github`, true);
    stack.minutesPass(6);
    expect(errorOf(await exchange())).toEqual([404, 'policy_invalid']);
    stack.minutesPass(60);
    expect(errorOf(await exchange())).toEqual([503, 'unavailable']);
  });

  it.each([
    ['a limit’s wait', { 'retry-after': '9' }],
    ['an exhausted limit', { 'x-ratelimit-remaining': '0' }],
  ])('takes a refusal that comes with %s for a limit', async (_, headers) => {
    found({ policyRepository: false });
    const body = { message: 'Validation Failed' };
    stack.emulator.faults.add({ kind: 'respond', status: 422, headers, body, match: { operation: MINT } });
    expect(errorOf(await exchange())).toEqual([429, 'rate_limited']);
  });

  it.each([403, 404, 500])('does not take %d for a refusal', async (status) => {
    found({ policyRepository: false });
    stack.emulator.faults.add({ kind: 'respond', status, match: { operation: MINT } });
    expect((await exchange()).status).not.toBe(200);
  });

  it('does not let a name that somebody invented decide what can be read', async () => {
    found({ guardrails: OUTSIDE });
    const token = stack.issuer.sign({ sub: 'build-farm', aud: 'sts.example.com' });
    await stack.exchange(`${owner}/invented`, 'deploy', token);
    stack.minutesPass(6);
    expect(errorOf(await exchange())).toEqual([404, 'policy_invalid']);
    commitGuardrails(WITHIN);
    stack.minutesPass(6);
    stack.resetCounters();
    expect(errorOf(await exchange())).toEqual([200, 'granted']);
    expect(stack.githubRequests()).toBe(3);
  });
});

describe('while KV can’t tell whether guardrails were seen', () => {
  type Change = (value: Readonly<Record<string, unknown>>) => unknown;
  const HOUR_MS = 60 * 60_000;

  function ofGuardrails(change: (text: string) => string): void {
    stack.kv.rewrite((text, key) => (key.includes('|guardrails ') ? change(text) : text));
  }

  function changed(change: Change): () => void {
    return () => ofGuardrails((text) => JSON.stringify(change(JSON.parse(text) as Readonly<Record<string, unknown>>)));
  }

  const KV_FAULTS: readonly (readonly [string, () => void])[] = [
    ['a get that throws', () => (stack.kv.failsOn = 'get')],
    ['no JSON', () => ofGuardrails(() => '{"v":1,')],
    ['an empty text', () => ofGuardrails(() => '')],
    ['a version that never was', changed((value) => ({ ...value, v: 0 }))],
    ['a version of the future', changed((value) => ({ ...value, v: 2 }))],
    ['another shape', changed((value) => ({ ...value, value: { accountId: 1 } }))],
    ['a time in the future', changed((value) => ({ ...value, readAt: stack.clock.now() + HOUR_MS }))],
    ['a freshness above the bound', changed((value) => ({ ...value, freshForMs: 15 * 60_000 + 1 }))],
    ['a tombstone', changed(() => ({ v: 1, purgedAt: stack.clock.now() - 1 }))],
    ['a tombstone of the future', changed(() => ({ v: 1, purgedAt: stack.clock.now() + HOUR_MS }))],
  ];

  const DOWN = { kind: 'graphql-errors', errors: [{ type: 'INTERNAL', path: ['organization'] }] } as const;
  const NOT_TOLD = { kind: 'graphql-errors', errors: [{ type: 'NOT_FOUND', path: ['organization'] }] } as const;
  const REPOSITORY_FAULTS: readonly (readonly [string, () => void])[] = [
    ['refused to every App', restrictInstallation],
    ['gone', () => stack.emulator.world.deleteRepository(`${owner}/.github`)],
    ['not answered for', () => stack.emulator.faults.add(DOWN)],
    ['told as missing, and not refused', () => stack.emulator.faults.add(NOT_TOLD)],
  ];

  const ROWS = KV_FAULTS.flatMap(([kv, breakKv]) =>
    REPOSITORY_FAULTS.map(([repository, breakRepository]) => ({ kv, repository, breakKv, breakRepository })),
  );

  async function seenOnce(): Promise<void> {
    found({ guardrails: WITHIN });
    expect(errorOf(await exchange())).toEqual([200, 'granted']);
    stack.minutesPass(6);
    stack.isolate = stack.newIsolate();
  }

  afterEach(() => {
    stack.kv.failsOn = 'nothing';
    stack.kv.rewrite(() => undefined);
  });

  it.each(ROWS)('gives nobody a token: $kv, the policy repository $repository', async (row) => {
    await seenOnce();
    row.breakKv();
    row.breakRepository();
    for (let times = 0; times < 3; times++) {
      expect(errorOf(await exchange())).toEqual([503, 'unavailable']);
      stack.clock.advance(20_000);
    }
  });

  it.each(KV_FAULTS)('goes by what GitHub says where it can be read: %s', async (_, breakKv) => {
    await seenOnce();
    breakKv();
    expect(errorOf(await exchange())).toEqual([200, 'granted']);
    commitGuardrails(OUTSIDE);
    stack.isolate = stack.newIsolate();
    stack.minutesPass(6);
    expect(errorOf(await exchange())).toEqual([404, 'policy_invalid']);
  });

  it.each(KV_FAULTS.slice(1))('writes what it has read, so that KV can tell again: %s', async (_, breakKv) => {
    await seenOnce();
    breakKv();
    await exchange();
    stack.minutesPass(6);
    stack.isolate = stack.newIsolate();
    restrictInstallation();
    expect(errorOf(await exchange())).toEqual([200, 'granted']);
  });

  it('does not let a remembered refusal of the policy repository decide', async () => {
    found({ policyRepository: false });
    expect(errorOf(await exchange())).toEqual([200, 'granted']);
    stack.clock.advance(31_000);
    stack.kv.failsOn = 'get';
    expect(errorOf(await exchange())).toEqual([503, 'unavailable']);
  });

  it('asks KV again soon after it has failed', async () => {
    found({ policyRepository: false });
    stack.kv.failsOn = 'get';
    expect(errorOf(await exchange())).toEqual([503, 'unavailable']);
    stack.kv.failsOn = 'nothing';
    stack.clock.advance(1000);
    expect(errorOf(await exchange())).toEqual([200, 'granted']);
  });

  it('does not lose the last good ones to invalid ones that was read meanwhile', async () => {
    await seenOnce();
    commitGuardrails(BROKEN);
    stack.kv.failsOn = 'get';
    expect((await exchange()).status).toBe(403);
    stack.kv.failsOn = 'nothing';
    stack.clock.advance(1000);
    expect(errorOf(await exchange())).toEqual([200, 'granted']);
  });

  it('does not write over what it could not read', async () => {
    await seenOnce();
    stack.kv.failsOn = 'get';
    stack.resetCounters();
    expect(errorOf(await exchange())).toEqual([200, 'granted']);
    expect(stack.kv.writes).toBe(0);
  });

  it('does not go by last good ones whose time lies in the future', async () => {
    await seenOnce();
    commitGuardrails(BROKEN);
    expect(errorOf(await exchange())).toEqual([200, 'granted']);
    changed(({ value, ...rest }) => {
      const lastGood = { text: WITHIN, readAt: stack.clock.now() + 24 * HOUR_MS };
      return { ...rest, value: { ...(value as object), lastGood } };
    })();
    stack.isolate = stack.newIsolate();
    expect((await exchange()).status).toBe(403);
  });

  it('does not go by a refusal whose time lies in the future', async () => {
    found({ policyRepository: false });
    expect(errorOf(await exchange())).toEqual([200, 'granted']);
    const unreadableAt = stack.clock.now() + 24 * HOUR_MS;
    stack.kv.rewrite((text, key) => {
      if (!key.includes('|installation|')) return text;
      const parsed = JSON.parse(text) as { readonly value: object };
      return JSON.stringify({ ...parsed, value: { ...parsed.value, unreadableAt } });
    });
    const files = { [`.github/chainguard/${GUARDRAILS}`]: OUTSIDE };
    stack.emulator.world.addRepository({ owner, name: '.github', files });
    stack.isolate = stack.newIsolate();
    expect(errorOf(await exchange())).toEqual([404, 'policy_invalid']);
  });
});

describe('once guardrails were seen', () => {
  it('they are not taken for gone because they can’t be read any more, not after an hour and not after a day', async () => {
    found({ guardrails: WITHIN });
    await exchange();
    restrictInstallation();
    stack.minutesPass(6);
    expect(errorOf(await exchange())).toEqual([200, 'granted']);
    stack.minutesPass(60);
    expect(errorOf(await exchange())).toEqual([503, 'unavailable']);
    stack.minutesPass(24 * 60);
    stack.isolate = stack.newIsolate();
    expect(errorOf(await exchange())).toEqual([503, 'unavailable']);
  });

  it('they are gone when their absence is read', async () => {
    found({ guardrails: OUTSIDE });
    await exchange();
    commitGuardrails(null);
    stack.minutesPass(6);
    expect(errorOf(await exchange())).toEqual([200, 'granted']);
  });
});
