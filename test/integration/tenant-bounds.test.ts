import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { OidcIssuer } from '../support/issuer/oidc-issuer.ts';
import { generateSigningKey, signToken } from '../support/signing-key.ts';
import { NodeStack, STS_DOMAIN, type Answer } from './node-stack.ts';

const ROUNDS = 60;
/** What one owner's own callers may cost in absences, in a minute. */
const INSIDER_BOUND = 60;

let stack: NodeStack;

beforeAll(async () => {
  stack = await NodeStack.start();
});

beforeEach(() => {
  stack.reconfigure({});
  stack.resetCounters();
});

afterEach(() => {
  stack.emulator.faults.clear();
  stack.minutesPass(2);
});

afterAll(async () => {
  expect(stack.emulator.violations).toEqual([]);
  await stack.close();
});

const errorOf = ({ status, json }: Answer): unknown => [status, json.error];
const outsider = (): string => stack.actionsToken({ repository: 'octocat/hello-world' });
const strange = (): string => stack.issuer.sign({ sub: 'somebody', iss: 'https://stranger.example.com' });
const farm = (): string => stack.issuer.sign({ sub: 'build-farm', aud: 'acme-builds' });

function from(address: string, path: string, token: string, method = 'GET'): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, 'cf-connecting-ip': address };
  return stack.isolate.send(new Request(`https://${STS_DOMAIN}${path}`, { method, headers }));
}

/** An own organization of a tenant, with one repository. */
function addTenant(login: string, policy: string): void {
  const { world } = stack.emulator;
  const owner = world.addOrganization(login);
  for (const name of ['app', '.github']) world.addRepository({ owner, name, files: { 'README.md': '' } });
  world.install(stack.seed.app, owner);
  stack.commitPolicies(`${login}/app`, { 'ci.sts.yaml': policy });
}

describe('one tenant among several', () => {
  it('gets no more than its share of GitHub requests for invented repositories of its own', async () => {
    for (let count = 0; count < ROUNDS; count++) await stack.exchange(`acme/invented-${count}`, 'ci');
    expect(stack.emulator.count()).toBeLessThanOrEqual(INSIDER_BOUND + 1);
    expect(errorOf(await stack.exchange('acme/invented', 'ci'))).toEqual([429, 'rate_limited']);
    expect(errorOf(await stack.exchange('octocat/invented', 'ci', outsider()))).toEqual([404, 'policy_not_found']);
  });

  it('whose issuer is told why it was refused gets no larger share for it', async () => {
    const costOf = async (name: string, settings: Readonly<Record<string, string>>): Promise<number> => {
      stack.reconfigure({ KNOWN_ISSUERS: stack.issuer.issuer, ...settings });
      stack.minutesPass(2);
      await stack.exchange('acme/app', 'ci');
      stack.resetCounters();
      for (let count = 0; count < ROUNDS + 20; count++) await stack.exchange(`acme/${name}-${count}`, 'ci', farm());
      expect(errorOf(await stack.exchange(`acme/${name}`, 'ci', farm()))).toEqual([429, 'rate_limited']);
      const cost = stack.emulator.count();
      // The share of the organization's own workflows is another one, and untouched.
      expect(errorOf(await stack.exchange(`acme/${name}-own`, 'ci'))).toEqual([404, 'policy_not_found']);
      return cost;
    };
    const untold = await costOf('untold', {});
    expect(untold).toBeLessThanOrEqual(INSIDER_BOUND + 5);
    expect(await costOf('told', { EXPLAIN_ISSUERS: stack.issuer.issuer })).toBe(untold);
  });

  it('gets no more by asking for all of them at once', async () => {
    await Promise.all(Array.from({ length: ROUNDS }, (_, n) => stack.exchange(`acme/crowd-${n}`, 'ci')));
    expect(stack.emulator.count()).toBeLessThanOrEqual(INSIDER_BOUND + 5);
  });

  it('is served for all its repositories at once, where they are there', async () => {
    const names = Array.from({ length: 50 }, (_, n) => `many-${n}`);
    for (const name of names) {
      stack.emulator.world.addRepository({ owner: stack.seed.organization, name, files: { 'README.md': '' } });
      stack.commitPolicies(`acme/${name}`, { 'ci.sts.yaml': stack.policy() });
    }
    const answers = await Promise.all(names.map((name) => stack.exchange(`acme/${name}`, 'ci')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('writes the keys of issuers that only its pattern names nowhere but into the isolate', async () => {
    const pattern =
      'issuer_pattern: http://127\\.0\\.0\\.1:[0-9]+/t[0-9]+\nsubject: x\npermissions: { contents: read }\n';
    addTenant('patterns', pattern);
    const issuers = await Promise.all(
      Array.from({ length: 5 }, (_, n) => OidcIssuer.start({ path: `/t${n}`, clock: stack.clock })),
    );
    for (const issuer of issuers) {
      const token = issuer.sign({ sub: 'x', aud: STS_DOMAIN });
      expect((await stack.exchange('patterns/app', 'ci', token)).status).toBe(200);
      expect((await stack.exchange('patterns/app', 'ci', token)).status).toBe(200);
      expect(issuer.hits.jwks).toBe(1);
      await issuer.close();
    }
    expect(stack.kv.keys.filter((key) => /\/t[0-9]/.test(key))).toEqual([]);
  });
});

describe('a stranger', () => {
  it('does not shut out a custom issuer by invented owners, where its keys are at hand and old', async () => {
    expect((await stack.exchange('acme/app', 'build-farm', farm())).status).toBe(200);
    stack.minutesPass(90);
    for (let count = 0; count < 15; count++) await stack.exchange(`invented-${count}/app`, 'ci', strange());
    expect(errorOf(await stack.exchange('invented/app', 'ci', strange()))).toEqual([429, 'rate_limited']);
    expect((await stack.exchange('acme/app', 'build-farm', farm())).status).toBe(200);
  });

  it('does not shut out issuers by enterprises that it invents', async () => {
    const key = generateSigningKey();
    const { issuer } = stack.emulator.actionsIssuer;
    const seconds = stack.clock.seconds();
    const statuses = new Set<number>();
    for (let count = 0; count < ROUNDS + 1; count++) {
      const claims = { iss: `${issuer}/slug${count}`, sub: 'x', aud: STS_DOMAIN, iat: seconds, exp: seconds + 300 };
      statuses.add((await stack.exchange('acme/app', 'deploy', signToken(key, claims))).status);
    }
    expect(statuses).toEqual(new Set([401, 429]));
    const other = await OidcIssuer.start({ clock: stack.clock });
    addTenant('other-issuer', `issuer: ${other.issuer}\nsubject: x\npermissions: { contents: read }\n`);
    const answer = await stack.exchange('other-issuer/app', 'ci', other.sign({ sub: 'x', aud: STS_DOMAIN }));
    await other.close();
    expect(answer.status).toBe(200);
  });

  it('does not shut out those who revoke real tokens', async () => {
    const { json } = await stack.exchange();
    for (let count = 0; count < 40; count++) await from('198.51.100.7', '/sts/revoke', `ghs_made_up_${count}`, 'POST');
    expect(stack.emulator.count({ status: 401 })).toBe(30);
    expect((await from('203.0.113.9', '/sts/revoke', String(json.token), 'POST')).status).toBe(204);
  });

  it('leaves no read token alive, however many requests it floods with', async () => {
    const before = stack.emulator.tokens.live().length;
    for (let count = 0; count < 12; count++) {
      stack.emulator.world.addRepository({
        owner: stack.seed.organization,
        name: `read-${count}`,
        files: { 'README.md': '' },
      });
    }
    const flood = Array.from({ length: 60 }, (_, n) => stack.exchange(`acme/read-${n % 12}`, 'ci', strange()));
    const answers = await Promise.all(flood);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([403, 429]));
    expect(stack.emulator.count()).toBeLessThanOrEqual(30);
    expect(stack.emulator.tokens.live().length).toBe(before);
  });
});

describe('GitHub’s own limit', () => {
  it('is no absence: when it is over, outsiders are served at once', async () => {
    stack.emulator.faults.add({ kind: 'secondary-limit', retryAfterSeconds: 1 });
    for (let count = 0; count < 70; count++) await stack.exchange(`acme/limited-${count}`, 'deploy', outsider());
    stack.emulator.faults.clear();
    expect(errorOf(await stack.exchange('acme/never-read', 'ci', outsider()))).toEqual([404, 'policy_not_found']);
  });
});
