import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { App, Installation } from '../support/github/world-model.ts';
import { NodeStack, type Answer, type Bindings } from './node-stack.ts';

const MINT = 'apps/create-installation-access-token';
const LOOKUP = 'apps/get-user-installation';
const LIST = '.github/chainguard/trusted-token-issuers.yaml';
const PERMISSIONS = { contents: 'read', issues: 'write', checks: 'write' } as const;

let stack: NodeStack;
let apps: Record<'one' | 'two' | 'three', App>;
let owner = '';
let count = 0;

function config(pool: readonly (keyof typeof apps)[]): Bindings {
  const entry = (name: keyof typeof apps): string =>
    `{ name: ${name}, app_id: ${apps[name].id}, private_key: "\${KEY_${name}}" }`;
  const keys = Object.entries(apps).map(([name, app]) => [`KEY_${name}`, app.keys.pkcs1Pem]);
  return {
    GITHUB_APP_ID: undefined,
    GITHUB_APP_PRIVATE_KEY: undefined,
    APP_CONFIG: `orgs: [ { name: "*", apps: [ ${pool.map(entry).join(', ')} ] } ]`,
    ...Object.fromEntries(keys),
  };
}

/** An organization with these policies, nothing of which is cached. */
function found(
  policies: Readonly<Record<string, string>> = { deploy: 'permissions: { contents: read }' },
  list?: string,
): void {
  const { world } = stack.emulator;
  owner = `pooled-${++count}`;
  const account = world.addOrganization(owner);
  const files = Object.entries(policies).map(([name, lines]) => [`.github/chainguard/${name}.sts.yaml`, policy(lines)]);
  world.addRepository({ owner: account, name: 'app', files: Object.fromEntries(files) });
  world.addRepository({
    owner: account,
    name: '.github',
    files: { 'README.md': '', ...(list === undefined ? {} : { [LIST]: list }) },
  });
}

function policy(lines: string): string {
  return `issuer: ${stack.issuer.issuer}\nsubject_pattern: 'worker-[0-9]+'\n${lines}\n`;
}

function install(...names: (keyof typeof apps)[]): Installation[] {
  return names.map((name) => stack.emulator.world.install(apps[name], owner));
}

function exchange(identity = 'deploy', subject = 'worker-1', isolate = stack.isolate): Promise<Answer> {
  const token = stack.issuer.sign({ sub: subject, aud: 'sts.example.com' });
  return stack.exchange(`${owner}/app`, identity, token, isolate);
}

/** Whose token it is. */
async function mintedBy(answer: Promise<Answer>): Promise<string | undefined> {
  const { status, json } = await answer;
  if (status !== 200) return `${status} ${String(json.error)}`;
  const app = stack.emulator.tokens.findLive(String(json.token))?.installation.app;
  return Object.entries(apps).find(([, one]) => one === app)?.[0];
}

/** What GitHub says is left, with its next answers to this App. */
function left(name: keyof typeof apps, remaining: number): void {
  stack.emulator.limits.set({ app: apps[name].id }, { remaining });
}

beforeAll(async () => {
  stack = await NodeStack.start();
  const add = (slug: string): App => stack.emulator.world.addApp({ slug, permissions: PERMISSIONS });
  apps = { one: add('one'), two: add('two'), three: add('three') };
});

beforeEach(() => {
  stack.reconfigure(config(['one', 'two', 'three']));
  stack.resetCounters();
});

afterEach(() => {
  stack.emulator.faults.clear();
  stack.emulator.limits.clear();
});

afterAll(async () => {
  expect(stack.emulator.violations).toEqual([]);
  await stack.close();
});

describe('which pool serves an organization', () => {
  it('is the organization’s own, in any case of letters; * serves the others', async () => {
    found();
    const key = (name: keyof typeof apps): string => `app_id: ${apps[name].id}, private_key: "\${KEY_${name}}"`;
    const pools = `{ name: ${owner.toUpperCase()}, apps: [ { ${key('two')} } ] }, { name: "*", apps: [ { ${key('one')} } ] }`;
    stack.reconfigure({ ...config(['one']), APP_CONFIG: `orgs: [ ${pools} ]` });
    install('one', 'two');
    expect(await mintedBy(exchange())).toBe('two');
    found();
    install('one', 'two');
    expect(await mintedBy(exchange())).toBe('one');
  });

  it('is none where there is no * and the organization is not named, and GitHub is not asked', async () => {
    found();
    install('one');
    const only = `{ name: elsewhere, apps: [ { app_id: ${apps.one.id}, private_key: "\${KEY_one}" } ] }`;
    stack.reconfigure({ ...config(['one']), APP_CONFIG: `orgs: [ ${only} ]`, KNOWN_ISSUERS: stack.issuer.issuer });
    expect(await mintedBy(exchange())).toBe('404 installation_not_found');
    expect(stack.githubRequests()).toBe(0);
    stack.reconfigure({ KNOWN_ISSUERS: undefined });
  });

  it('goes on to the next App where one is not installed', async () => {
    found();
    install('three');
    expect(await mintedBy(exchange())).toBe('three');
  });
});

describe('which App of a pool mints', () => {
  it.each([
    ['the first while all are above the soft floor', { one: 6000, two: 15_000 }, 'one'],
    ['one above the soft floor before one below it', { one: 4000, two: 6000, three: 100 }, 'two'],
    ['one above the hard floor before one below it', { one: 1000, two: 3000, three: 100 }, 'two'],
    ['any at all where none is above a floor', { one: 100, two: 200, three: 300 }, 'one'],
    ['one of which nothing is known, as if it were full', { one: 100, two: 200 }, 'three'],
  ] as const)('is %s', async (_, quotas, expected) => {
    found();
    install('one', 'two', 'three');
    await hear(quotas);
    expect(await mintedBy(exchange())).toBe(expected);
  });

  it('keeps floors that the operator sets', async () => {
    stack.reconfigure({ OCTOSTS_QUOTA_FLOOR_SOFT: '100', OCTOSTS_QUOTA_FLOOR_HARD: '10' });
    found();
    install('one', 'two');
    await hear({ one: 200 });
    expect(await mintedBy(exchange())).toBe('one');
    await hear({ one: 50 });
    expect(await mintedBy(exchange())).toBe('two');
    stack.reconfigure({ OCTOSTS_QUOTA_FLOOR_SOFT: undefined, OCTOSTS_QUOTA_FLOOR_HARD: undefined });
  });

  it('forgets what it heard of a quota once its hour is over', async () => {
    found();
    install('one', 'two');
    await hear({ one: 100 });
    expect(await mintedBy(exchange())).toBe('two');
    stack.minutesPass(61);
    expect(await mintedBy(exchange())).toBe('one');
  });

  /** Lets the isolate hear each App's quota, with the answers to a mint that is pinned to it. */
  async function hear(quotas: Partial<Record<keyof typeof apps, number>>): Promise<void> {
    const names = Object.keys(quotas) as (keyof typeof apps)[];
    const pinned = names.map((name) => [`${name}.sts.yaml`, policy(`app: ${name}\npermissions: { contents: read }`)]);
    stack.commitPolicies(`${owner}/app`, Object.fromEntries(pinned) as Record<string, string>);
    stack.minutesPass(5);
    for (const name of names) left(name, quotas[name] ?? 0);
    for (const name of names) expect(await mintedBy(exchange(name))).toBe(name);
  }
});

describe('when GitHub limits one App', () => {
  it.each([
    ['its mints', { operation: MINT }],
    ['its reads', { operation: 'graphql' }],
    ['its lookups', { operation: LOOKUP }],
  ] as const)('another one of the pool goes on: %s', async (_, match) => {
    found();
    install('one', 'two');
    stack.emulator.faults.add({ kind: 'secondary-limit', match: { ...match, appId: apps.one.id } });
    expect(await mintedBy(exchange())).toBe('two');
  });

  it('asks the limited one last until its limit is over', async () => {
    found();
    install('one', 'two');
    await exchange();
    stack.emulator.faults.add({ kind: 'secondary-limit', retryAfterSeconds: 90, match: { appId: apps.one.id } });
    expect(await mintedBy(exchange())).toBe('two');
    stack.resetCounters();
    expect(await mintedBy(exchange())).toBe('two');
    expect(stack.emulator.count({ appId: apps.one.id })).toBe(0);
    stack.emulator.faults.clear();
    stack.minutesPass(2);
    expect(await mintedBy(exchange())).toBe('one');
  });

  it('answers 429 where all are limited, with what was read before still at hand', async () => {
    found();
    install('one', 'two', 'three');
    await exchange();
    stack.minutesPass(10);
    stack.emulator.faults.add({ kind: 'secondary-limit', match: { operation: MINT } });
    expect(await mintedBy(exchange())).toBe('429 rate_limited');
  });

  it('goes by the last read where no App can read, and mints with one that is not limited in that', async () => {
    found();
    install('one', 'two');
    await exchange();
    stack.minutesPass(10);
    stack.emulator.faults.add({ kind: 'primary-limit', match: { operation: 'graphql' } });
    expect(await mintedBy(exchange())).toBe('one');
    expect(stack.logged('policies_stale')).toBe(true);
  });

  it('does not go on to another App when GitHub itself is down', async () => {
    found();
    install('one', 'two');
    stack.emulator.faults.add({ kind: 'respond', status: 503, match: { operation: LOOKUP } });
    expect(await mintedBy(exchange())).toBe('503 unavailable');
    expect(stack.emulator.count({ appId: apps.two.id })).toBe(0);
  });

  it('goes on to another App where one is suspended', async () => {
    found();
    const [suspended] = install('one', 'two');
    stack.emulator.world.suspend(suspended!);
    expect(await mintedBy(exchange())).toBe('two');
  });
});

describe('a policy that pins its App', () => {
  it.each([
    ['app: two', 'two'],
    ["app_pattern: 't.*'", 'two'],
    ['app: three', 'three'],
  ])('is served by that one: %s', async (pin, expected) => {
    found({ deploy: `${pin}\npermissions: { contents: read }` });
    install('one', 'two', 'three');
    expect(await mintedBy(exchange())).toBe(expected);
    stack.resetCounters();
    expect(await mintedBy(exchange())).toBe(expected);
    expect(stack.githubRequests()).toBe(1);
  });

  it.each(['app: four', "app_pattern: 'x.*'"])(
    'answers 404 where no App of the pool has that name: %s',
    async (pin) => {
      found({ deploy: `${pin}\npermissions: { contents: read }` });
      install('one', 'two', 'three');
      expect(await mintedBy(exchange())).toBe('404 installation_not_found');
    },
  );

  it('answers 404 where the pinned App is not installed', async () => {
    found({ deploy: 'app: two\npermissions: { contents: read }' });
    install('one');
    expect(await mintedBy(exchange())).toBe('404 installation_not_found');
  });

  it('is not served by another App where the pinned one is limited', async () => {
    found({ deploy: 'app: two\npermissions: { contents: read }' });
    install('one', 'two');
    stack.emulator.faults.add({ kind: 'secondary-limit', match: { appId: apps.two.id } });
    expect(await mintedBy(exchange())).toBe('429 rate_limited');
  });
});

describe('a policy that writes checks', () => {
  const CHECKS = { deploy: 'permissions: { checks: write }', other: 'permissions: { checks: write }' };
  const subjects = Array.from({ length: 12 }, (_, index) => `worker-${index}`);

  async function routes(isolate = stack.isolate): Promise<readonly (string | undefined)[]> {
    const minted: (string | undefined)[] = [];
    for (const subject of subjects) minted.push(await mintedBy(exchange('deploy', subject, isolate)));
    return minted;
  }

  it('always gets the same App for the same scope, identity and subject, in every isolate', async () => {
    found(CHECKS);
    install('one', 'two', 'three');
    const first = await routes();
    expect(new Set(first).size).toBe(3);
    expect(await routes()).toEqual(first);
    expect(await routes(stack.newIsolate())).toEqual(first);
  });

  it('gets the same App whatever is left of its quota', async () => {
    found(CHECKS);
    install('one', 'two', 'three');
    const first = await routes();
    for (const name of ['one', 'two'] as const) left(name, 100);
    expect(await routes()).toEqual(first);
    expect(await routes()).toEqual(first);
  });

  it('answers 429 where that App is limited: another one could not update its check runs', async () => {
    found(CHECKS);
    install('one', 'two', 'three');
    const first = await routes();
    const limited = first[0] as keyof typeof apps;
    stack.emulator.faults.add({ kind: 'secondary-limit', match: { operation: MINT, appId: apps[limited].id } });
    expect(await mintedBy(exchange('deploy', subjects[0]))).toBe('429 rate_limited');
  });

  it('moves only the routes of an App that leaves the pool', async () => {
    found(CHECKS);
    install('one', 'two', 'three');
    const before = await routes();
    stack.reconfigure(config(['one', 'three']));
    const after = await routes();
    for (const [index, app] of before.entries()) if (app !== 'two') expect(after[index]).toBe(app);
    expect(after).not.toContain('two');
  });

  it('chooses among those that its pin admits', async () => {
    found({ deploy: "app_pattern: 't.*'\npermissions: { checks: write }" });
    install('one', 'two', 'three');
    expect(new Set(await routes())).toEqual(new Set(['two', 'three']));
  });
});

describe('an allowlist that one App can’t read', () => {
  const OTHERS = 'issuers: [ https://issuer.example.com ]\n';

  /** Takes the policy repository away from these installations. */
  function blind(...installations: Installation[]): void {
    for (const one of installations) stack.emulator.world.removeFromInstallation(one, `${owner}/.github`);
  }

  it('is read through the next', async () => {
    found(undefined, OTHERS);
    const [first, second] = install('one', 'two', 'three');
    blind(first!, second!);
    expect(await mintedBy(exchange())).toBe('403 issuer_not_allowed');
  });

  it('is read through the next again when it is old, so that a change is seen in time', async () => {
    found(undefined, `issuers: [ '${stack.issuer.issuer}' ]\n`);
    const [first] = install('one', 'two');
    blind(first!);
    expect(await mintedBy(exchange())).toBe('one');
    stack.commitPolicies(`${owner}/.github`, { 'trusted-token-issuers.yaml': OTHERS });
    stack.minutesPass(5);
    expect(await mintedBy(exchange())).toBe('403 issuer_not_allowed');
  });

  it('is believed to be unreadable when every App was refused, and not asked for again at once', async () => {
    found();
    blind(...install('one', 'two'));
    expect(await mintedBy(exchange())).toBe('one');
    expect(stack.logged('issuer_allowlist_unreadable')).toBe(true);
    stack.resetCounters();
    expect(await mintedBy(exchange())).toBe('one');
    expect(stack.githubRequests()).toBe(1);
  });

  it.each([
    ['is limited', { kind: 'secondary-limit' }, '429 rate_limited'],
    ['is refused under a limit', { kind: 'respond', status: 422, headers: { 'retry-after': '5' } }, '429 rate_limited'],
    ['gets no answer', { kind: 'respond', status: 500 }, '503 unavailable'],
    ['is suspended', { kind: 'respond', status: 403 }, '403 permission_denied'],
  ] as const)('is not believed to be unreadable while another App %s', async (_, fault, expected) => {
    found(undefined, OTHERS);
    const [first] = install('one', 'two');
    blind(first!);
    // Cached, so that only the read itself fails.
    stack.emulator.faults.add({ ...fault, match: { operation: MINT, appId: apps.two.id } });
    const answer = await mintedBy(exchange());
    expect(['403 issuer_not_allowed', expected]).toContain(answer);
  });

  it('is looked for through an App that was not installed a moment ago', async () => {
    found(undefined, OTHERS);
    const [second] = install('two');
    blind(second!);
    expect(await mintedBy(exchange())).toBe('two');
    install('one');
    stack.minutesPass(5);
    expect(await mintedBy(exchange())).toBe('403 issuer_not_allowed');
  });
});

describe('what several Apps cost', () => {
  it('is one request when warm, as with one App', async () => {
    found();
    install('one', 'two', 'three');
    await exchange();
    expect(stack.githubRequests()).toBe(4);
    stack.resetCounters();
    for (let times = 0; times < 5; times++) await exchange('deploy', `worker-${times}`);
    expect(stack.githubRequests()).toBe(5);
  });

  it('is nothing for an owner without installation, again within five minutes', async () => {
    found();
    await exchange();
    stack.resetCounters();
    stack.minutesPass(4);
    await exchange();
    expect(stack.githubRequests()).toBe(0);
  });
});
