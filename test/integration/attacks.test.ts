import { sign } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { OidcIssuer } from '../support/issuer/oidc-issuer.ts';
import type { Json } from '../support/json.ts';
import { actionsPolicy, eventually, LocalStack, STS_DOMAIN } from '../support/local-stack.ts';
import type { Answer } from '../support/local-stack.ts';
import { encodePart, generateSigningKey, publicJwk, signToken } from '../support/signing-key.ts';

const FOLDER = '.github/chainguard';
const CALLER = {
  sub: 'repo:acme/infra:ref:refs/heads/trunk',
  aud: STS_DOMAIN,
  repository: 'acme/infra',
  repository_id: '7002',
  repository_owner: 'acme',
  repository_owner_id: '9919001',
};

/** What an author planted in a policy instead of an issuer's own keys. */
const planted = generateSigningKey();
/** Whose keys they stand in for; nothing knows it but the policies. */
let impersonated: OidcIssuer;
let stack: LocalStack;

beforeAll(async () => {
  impersonated = await OidcIssuer.start();
  stack = await LocalStack.start({ bindings: ({ issuer }) => ({ KNOWN_ISSUERS: issuer }) });
  const actions = stack.emulator.actionsIssuer.issuer;
  const issuer = stack.issuer.issuer;
  const inline = (name: string, lines: readonly string[] = []): string =>
    actionsPolicy(name, [
      `jwks: '${JSON.stringify({ keys: [publicJwk(planted)] })}'`,
      'permissions: { contents: read }',
      ...lines,
    ]);
  const claimed = (pattern: string): string =>
    `issuer: ${issuer}\nsubject: x\nclaim_pattern: { team: '${pattern}' }\npermissions: { contents: read }\n`;
  stack.emulator.world.commit('acme/app', {
    [`${FOLDER}/one-line.sts.yaml`]: claimed('(?m)^ops$'),
    [`${FOLDER}/any-but-lines.sts.yaml`]: claimed('ops.*'),
    [`${FOLDER}/either.sts.yaml`]: claimed('ops|dev'),
    [`${FOLDER}/open-group.sts.yaml`]: claimed('ops)|(dev'),
    [`${FOLDER}/quotation.sts.yaml`]: claimed('\\Qops'),
    [`${FOLDER}/prototype.sts.yaml`]: claimed('.*').replace('team', 'constructor'),
    [`${FOLDER}/inline.sts.yaml`]: inline(impersonated.issuer),
    [`${FOLDER}/inline-not-mine.sts.yaml`]: inline(impersonated.issuer).replace('acme/infra', 'acme/other'),
    [`${FOLDER}/not-inline.sts.yaml`]: actionsPolicy(impersonated.issuer),
    [`${FOLDER}/inline-actions.sts.yaml`]: inline(actions),
    [`${FOLDER}/inline-enterprise.sts.yaml`]: inline(`${actions}/enterprise`),
  });
  stack.emulator.world.commit('acme/.github', {
    [`${FOLDER}/inline-caller.sts.yaml`]: inline(impersonated.issuer, ['caller_repository_only: true']),
  });
});

afterAll(async () => {
  const { worker, emulator } = stack;
  await stack.close();
  await impersonated.close();
  expect(worker.logged('bug')).toEqual([]);
  expect(emulator.violations).toEqual([]);
});

beforeEach(() => {
  stack.resetCounters();
});

function refusal({ status, json }: Answer): unknown {
  return [status, json.error];
}

describe('a token that is sound, and is no ID token of a workload that runs now', () => {
  const claims = (): Record<string, Json> => ({
    ...CALLER,
    iss: stack.issuer.issuer,
    iat: seconds(),
    exp: seconds() + 300,
  });

  it.each(['at+jwt', 'logout+jwt', 'secevent+jwt', 'application/dpop+jwt'])(
    'is refused by its typ before anybody is contacted: %s (RFC 8725 §3.11)',
    async (typ) => {
      const token = signToken(stack.issuer.currentKey, claims(), { typ });
      expect(refusal(await stack.exchangeFor('acme/app', 'either', token))).toEqual([401, 'token_verification_failed']);
      expect([stack.githubRequests(), stack.issuerRequests()]).toEqual([0, 0]);
    },
  );

  it('is refused by its lifetime before anybody is contacted', async () => {
    const token = signToken(stack.issuer.currentKey, { ...claims(), exp: seconds() + 90_000 });
    expect(refusal(await stack.exchangeFor('acme/app', 'either', token))).toEqual([401, 'token_verification_failed']);
    expect([stack.githubRequests(), stack.issuerRequests()]).toEqual([0, 0]);
  });
});

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}

function plantedToken(claims: Readonly<Record<string, Json>> = {}): string {
  return signToken(planted, { iss: impersonated.issuer, ...CALLER, iat: seconds(), exp: seconds() + 300, ...claims });
}

/** Of the issuer whose keys are known, with a payload that no JSON writer makes. */
function rawToken(payload: string, header: Readonly<Record<string, Json>> = {}): string {
  const { kid, privateKey } = stack.issuer.currentKey;
  const input = `${encodePart({ alg: 'RS256', kid, ...header })}.${Buffer.from(payload).toString('base64url')}`;
  return `${input}.${sign('sha256', new TextEncoder().encode(input), privateKey).toString('base64url')}`;
}

/** Sound for `build-farm` but for what is added; `rest` comes last, so that it wins. */
function rawClaims(rest: string): string {
  return `{"iss":"${stack.issuer.issuer}","aud":"acme-builds","exp":${seconds() + 300},${rest}}`;
}

describe('a scope or an identity that is not what it seems', () => {
  it('is refused before anything is asked of GitHub', async () => {
    const scopes = ['%E2%84%AAcme/app', 'acme%252Fapp', 'acme/app%0A', 'acme/app%00', 'acme/app/', '/app', 'acme//app'];
    const others = ['acme%5Capp', 'acme%EF%BC%8Fapp', 'acme/..', 'acme/.', '../acme', 'acme/app%20', 'acm%D0%B5/app'];
    for (const scope of [...scopes, ...others]) {
      const answer = await stack.exchange({ query: `scope=${scope}&identity=deploy` });
      expect([scope, ...(refusal(answer) as unknown[])]).toEqual([scope, 400, 'invalid_request']);
    }
    const identities = ['..%2Fdeploy', '%2e%2e', 'deploy%00', 'deploy%0A', '.deploy', 'a..b', 'deploy%2F', '%E0%A4%A'];
    for (const identity of identities) {
      const answer = await stack.exchange({ query: `scope=acme/app&identity=${identity}` });
      expect([identity, ...(refusal(answer) as unknown[])]).toEqual([identity, 400, 'invalid_request']);
    }
    expect(stack.githubRequests()).toBe(0);
  });
});

describe('the resource of RFC 8693', () => {
  it('names nothing but an owner or a repository of this very server', async () => {
    const web = stack.emulator.url;
    const addresses = [
      ...['/acme/app/', '/acme%2Fapp', '/acme/../octocat', '/acme/app?x', '/acme/app#x', '//acme/app'].map(
        (path) => web + path,
      ),
      `${web.replace('://', '://x@')}/acme/app`,
      `${web}.example.com/acme/app`,
      'https://github.com/acme/app',
      'acme/app',
    ];
    for (const resource of addresses) {
      const answer = await exchangeByOAuth({ resource });
      expect([resource, ...(refusal(answer) as unknown[])]).toEqual([resource, 400, 'invalid_target']);
    }
    expect(stack.githubRequests()).toBe(0);
  });

  it('is not taken over by a scope, which can only narrow', async () => {
    expect(refusal(await exchangeByOAuth({ scope: 'acme/infra' }))).toEqual([400, 'invalid_scope']);
    expect(refusal(await exchangeByOAuth({ scope: 'contents:write' }))).toEqual([400, 'invalid_scope']);
    expect(refusal(await exchangeByOAuth({ scope: '' }))).toEqual([400, 'invalid_scope']);
    expect(refusal(await exchangeByOAuth({ repositories: 'infra' }))).toEqual([400, 'invalid_scope']);
    const both = { scope: 'contents:read', permissions: 'deployments:write' };
    expect(refusal(await exchangeByOAuth(both))).toEqual([400, 'invalid_request']);
  });

  it.each(['resource', 'identity', 'scope', 'grant_type', 'subject_token', 'subject_token_type'])(
    'is read from one place: a %s in the query that differs is refused',
    async (name) => {
      const answer = await exchangeByOAuth({ scope: 'contents:read' }, { [name]: 'x' });
      expect(answer.status).toBe(400);
      expect(stack.githubRequests()).toBe(0);
    },
  );

  function exchangeByOAuth(form: Readonly<Record<string, string>>, query = {}): Promise<Answer> {
    const usual = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: stack.actionsToken(),
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      resource: `${stack.emulator.url}/acme/app`,
      identity: 'deploy',
    };
    return stack.send({ path: '/sts/exchange', query, form: { ...usual, ...form } });
  }
});

describe('a narrowing', () => {
  it.each([
    ['permissions=', 400],
    ['permissions=__proto__:read', 400],
    ['permissions=constructor:read', 403],
    ['permissions=metadata:write', 403],
    ['permissions=contents:admin', 403],
    ['permissions=contents:read,contents:write', 400],
    ['repositories=', 400],
    ['repositories=infra', 403],
    ['repositories=app,infra', 403],
    ['repositories=octocat/hello-world', 400],
    ['repositories=app&repositories=infra', 400],
  ])('never widens a policy: %s', async (query, status) => {
    const answer = await stack.exchange({ query: `scope=acme/app&identity=deploy&${query}` });
    expect(answer.status).toBe(status);
    expect(answer.json).not.toHaveProperty('token');
  });
});

describe('claims that readers of JSON understand differently', () => {
  it('grant nothing', async () => {
    const sound = '"sub":"build-farm"';
    const payloads: readonly (readonly [string, number])[] = [
      [rawClaims('"__proto__":{"sub":"build-farm"}'), 401],
      [rawClaims('"sub":"build-farm","sub":"x"'), 403],
      [rawClaims('"sub":"build-farm\\u0000"'), 403],
      [rawClaims('"sub":"build-farm\\n"'), 403],
      [rawClaims('"sub":["build-farm"]'), 401],
      [rawClaims(`${sound},"exp":1e400`), 401],
      [rawClaims(`${sound},"exp":-0`), 401],
      [rawClaims(`${sound},"exp":null`), 401],
      [rawClaims(`${sound},"nbf":null`), 401],
      [rawClaims(`${sound},"nbf":1e400`), 401],
      [rawClaims(`${sound},"iat":null`), 401],
      [rawClaims(`${sound},"aud":[["acme-builds"]]`), 401],
      [rawClaims(`${sound},"aud":[]`), 403],
      ['[1]', 400],
      ['null', 400],
      ['"text"', 400],
    ];
    for (const [payload, status] of payloads) {
      const answer = await stack.exchangeFor('acme/app', 'build-farm', rawToken(payload));
      expect([payload, answer.status]).toEqual([payload, status]);
    }
  });

  it('come under a header that is held to the letter', async () => {
    const payload = rawClaims('"sub":"build-farm"');
    expect((await stack.exchangeFor('acme/app', 'build-farm', rawToken(payload))).status).toBe(200);
    const headers: readonly (readonly [Readonly<Record<string, Json>>, number])[] = [
      [{ alg: ['RS256'] }, 400],
      [{ alg: 'rs256' }, 400],
      [{ alg: 'PS256' }, 401],
      [{ crit: [] }, 401],
      [{ crit: ['exp'] }, 401],
      [{ crit: ['b64'], b64: false }, 401],
      [{ kid: '__proto__' }, 401],
      [{ kid: { toString: 'x' } }, 401],
    ];
    for (const [header, status] of headers) {
      const answer = await stack.exchangeFor('acme/app', 'build-farm', rawToken(payload, header));
      expect([header, answer.status]).toEqual([header, status]);
    }
  });
});

describe('an issuer in a notation that parsers smooth', () => {
  it('is refused on the raw text, and nobody is contacted', async () => {
    const issuers = [
      'https://127.1',
      'https://0x7f.1',
      'https://2130706433',
      'https://[::1]',
      'https://169.254.169.254/x',
    ];
    const others = [
      'HTTPS://a.example.com',
      ' https://a.example.com',
      'https://x@a.example.com',
      'https://a.example.com.',
    ];
    const paths = ['/..', '//', '/%2e', '/\n', '?x', '#', '\\@b.example.com', ':0'].map(
      (end) => `https://a.example.com${end}`,
    );
    for (const iss of [...issuers, ...others, ...paths]) {
      const answer = await stack.exchangeFor('acme/app', 'deploy', plantedToken({ iss }));
      expect([iss, ...(refusal(answer) as unknown[])]).toEqual([iss, 400, 'invalid_token']);
    }
    expect([stack.githubRequests(), stack.issuerRequests()]).toEqual([0, 0]);
  });
});

describe('a pattern', () => {
  const withTeam = (team: Json): string => stack.issuer.sign({ sub: 'x', aud: STS_DOMAIN, team });

  it.each<readonly [string, Json]>([
    ['one-line', 'evil\nops'],
    ['one-line', 'ops\n'],
    ['any-but-lines', 'ops\nevil'],
    ['either', 'opsx'],
    ['either', 'xdev'],
    ['either', 'OPS'],
    ['either', [['ops']]],
  ])('of the policy %s matches the whole claim or nothing: %j', async (identity, team) => {
    const answer = await stack.exchangeFor('acme/app', identity, withTeam(team));
    expect(refusal(answer)).toEqual([403, 'permission_denied']);
  });

  it('that leaves the parentheses around it makes the policy invalid', async () => {
    for (const identity of ['open-group', 'quotation']) {
      const answer = await stack.exchangeFor('acme/app', identity, withTeam('ops'));
      expect(refusal(answer)).toEqual([404, 'policy_invalid']);
    }
  });

  it('finds no claim that the token does not have itself', async () => {
    const answer = await stack.exchangeFor('acme/app', 'prototype', withTeam('ops'));
    expect(refusal(answer)).toEqual([403, 'permission_denied']);
  });
});

describe('keys that a policy brings along', () => {
  it('prove a token for that policy, and for no other of the same issuer', async () => {
    expect((await stack.exchangeFor('acme/app', 'inline', plantedToken())).status).toBe(200);
    const answer = await stack.exchangeFor('acme/app', 'not-inline', plantedToken());
    expect(refusal(answer)).toEqual([401, 'token_verification_failed']);
    expect([...(await stack.worker.kvEntries()).keys()].filter((key) => key.includes(impersonated.issuer))).toEqual([]);
  });

  it.each(['inline-actions', 'inline-enterprise'])('can’t stand in for GitHub Actions: %s', async (identity) => {
    const { issuer } = stack.emulator.actionsIssuer;
    const iss = identity === 'inline-actions' ? issuer : `${issuer}/enterprise`;
    const forged = await stack.exchangeFor('acme/app', identity, plantedToken({ iss }));
    expect(refusal(forged)).toEqual([401, 'token_verification_failed']);
    expect(refusal(await stack.exchangeFor('acme/app', identity))).toEqual([404, 'policy_invalid']);
  });

  it('make nobody a member of the owner, whatever the token claims', async () => {
    const answer = await stack.exchangeFor('acme/app', 'inline-not-mine', plantedToken());
    expect(refusal(answer)).toEqual([403, 'permission_denied']);
    expect(answer.json).not.toHaveProperty('explanation');
  });

  it('make no repository the caller’s, whatever the token claims', async () => {
    const answer = await stack.exchangeFor('acme', 'inline-caller', plantedToken());
    expect(refusal(answer)).toEqual([403, 'permission_denied']);
  });
});

describe('a webhook', () => {
  it('without a signature of ours changes nothing', async () => {
    await stack.exchange();
    const before = await stack.worker.kvEntries();
    const body = JSON.stringify({ action: 'deleted', repository: { name: 'app', owner: { login: 'acme' } } });
    const forgeries = [
      {},
      { 'x-hub-signature': `sha1=${'0'.repeat(40)}` },
      { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` },
      { 'x-hub-signature-256': 'sha256=' },
      { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}`, 'x-github-hook-installation-target-id': '__proto__' },
    ];
    for (const headers of forgeries) {
      const all = { 'content-type': 'application/json', 'x-github-event': 'repository', ...headers };
      const answer = await stack.send({ path: '/webhook', method: 'POST', body, headers: all });
      expect(refusal(answer)).toEqual([401, 'invalid_signature']);
    }
    const after = await stack.worker.kvEntries();
    expect([...before].filter(([key, value]) => after.get(key) !== value)).toEqual([]);
  });
});

describe('the log', () => {
  it('has one line of JSON for each entry, whatever a token or a client writes', async () => {
    const hostile = 'x"}\r\n{"level":"info","event":"forged"}\u2028\u0000';
    const token = stack.issuer.sign({ sub: hostile, aud: 'acme-builds' });
    const headers = { 'user-agent': '"}{"event":"forged"}' };
    await stack.exchange({ query: { scope: 'acme/app', identity: 'build-farm' }, token, headers });
    await eventually(() => stack.worker.logged('exchange').some(({ subject }) => subject === hostile));
    expect(stack.worker.logged('forged')).toEqual([]);
    const lines = stack.worker.log.filter((line) => line.includes('forged'));
    for (const line of lines) expect(line).toMatch(/^\{"level":"info","event":"exchange",[^\r\n]*\}$/);
    expect(lines).toHaveLength(1);
  });
});
