import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { noteSecret } from '../../support/canary.ts';
import { OidcIssuer } from '../../support/issuer/oidc-issuer.ts';
import type { Json } from '../../support/json.ts';
import { actionsPolicy, STS_DOMAIN } from '../../support/local-stack.ts';
import type { Ask } from '../../support/local-stack.ts';
import { generateSigningKey, signToken } from '../../support/signing-key.ts';
import { Arena } from './arena.ts';
import { INVALID_POLICY, INVALID_TOKEN, UNTRUSTED_ISSUER, UNVERIFIED } from './attack.ts';
import { sendRaw, statusesIn } from './raw-request.ts';

const FOLDER = '.github/chainguard';
const DAY_SECONDS = 86_400;
const FREE = { github: 0, issuers: 0 };

let arena: Arena;
/** Nobody's but one policy's. */
let stranger: OidcIssuer;
const forgersKey = generateSigningKey();

beforeAll(async () => {
  stranger = await OidcIssuer.start();
  arena = await Arena.start({ bindings: ({ issuer }) => ({ KNOWN_ISSUERS: issuer }) });
  const actions = arena.stack.emulator.actionsIssuer.issuer;
  arena.stack.emulator.world.commit('acme/app', {
    [`${FOLDER}/of-stranger.sts.yaml`]: `issuer: ${stranger.issuer}\nsubject: x\npermissions: { contents: read }\n`,
    [`${FOLDER}/line.sts.yaml`]: `${actionsPolicy(actions)}# a comment\u2028audience: other\n`,
    [`${FOLDER}/paragraph.sts.yaml`]: `${actionsPolicy(actions)}# a comment\u2029audience: other\n`,
    [`${FOLDER}/next-line.sts.yaml`]: `${actionsPolicy(actions)}# a comment\u0085audience: other\n`,
    [`${FOLDER}/plain.sts.yaml`]: `${actionsPolicy(actions)}# a comment \u00e4\n`,
  });
  await arena.grants(asked('build-farm', ofIssuer()));
});

afterAll(async () => {
  await stranger.close();
  await arena.close();
});

function asked(identity: string, token: string): Ask {
  return { path: '/sts/exchange', query: { scope: 'acme/app', identity }, token };
}

function ofIssuer(claims: Readonly<Record<string, Json | undefined>> = {}, header = {}): string {
  return arena.stack.issuer.sign({ sub: 'build-farm', aud: 'acme-builds', ...claims }, { header });
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

describe('a token of another kind (RFC 8725 §3.11)', () => {
  it.each(['JWT', 'jwt', 'Jwt', undefined])('is none where typ is %s', async (typ) => {
    await arena.grants(asked('build-farm', ofIssuer({}, { typ })));
  });

  it.each(['at+jwt', 'AT+JWT', 'application/at+jwt', 'logout+jwt', 'Logout+JWT', 'secevent+jwt', 'dpop+jwt', 'JOSE'])(
    'is no ID token: typ is %s',
    async (typ) => {
      await arena.refuses(asked('build-farm', ofIssuer({}, { typ })), UNVERIFIED, { github: 0 });
    },
  );
});

describe('a token that lives too long (spec, MAX_TOKEN_LIFETIME_SECONDS)', () => {
  it('is one of more than a day', async () => {
    await arena.grants(asked('build-farm', ofIssuer({ iat: now() - 60, exp: now() - 60 + DAY_SECONDS })));
    await arena.grants(asked('build-farm', ofIssuer({ iat: undefined, exp: now() + DAY_SECONDS - 60 })));
  });

  it.each<readonly [title: string, claims: () => Readonly<Record<string, Json | undefined>>]>([
    ['for a second more than a day', () => ({ iat: now() - 60, exp: now() - 60 + DAY_SECONDS + 1 })],
    ['for a year', () => ({ iat: now(), exp: now() + 365 * DAY_SECONDS })],
    ['for more than a day, and was issued long ago', () => ({ iat: now() - 30 * DAY_SECONDS, exp: now() + 300 })],
    ['since before there was time', () => ({ iat: -1, exp: now() + 300 })],
    ['for a year, as nothing says since when', () => ({ iat: undefined, exp: now() + 365 * DAY_SECONDS })],
    ['until a time in milliseconds', () => ({ exp: (now() + 300) * 1000 })],
  ])('is refused: it lives %s', async (_, claims) => {
    await arena.refuses(asked('build-farm', ofIssuer(claims())), UNVERIFIED, { github: 0 });
  });
});

describe('an issuer with a segment that is a dot (RFC 3986 §5.2.4)', () => {
  it.each([
    'https://a.example.com/./x',
    'https://a.example.com/x/./y',
    'https://a.example.com/.',
    'https://a.example.com/x/.',
  ])('is refused unread, and nobody is contacted: %s', async (iss) => {
    const token = signToken(forgersKey, arena.stack.issuer.claims({ sub: 'x', aud: STS_DOMAIN, iss }));
    await arena.refuses(asked('build-farm', token), INVALID_TOKEN, FREE);
  });

  it('is refused in the name of GitHub’s Actions', async () => {
    const iss = arena.stack.emulator.actionsIssuer.issuer.replace('/_services', '/./_services');
    const token = signToken(forgersKey, arena.stack.issuer.claims({ sub: 'x', aud: STS_DOMAIN, iss }));
    await arena.refuses(asked('build-farm', token), INVALID_TOKEN, FREE);
  });
});

describe('a policy with a character that some take for the end of a line (YAML 1.1 §4.2)', () => {
  it('is whole without one', async () => {
    await arena.grants(asked('plain', arena.stack.actionsToken()));
  });

  it.each(['line', 'paragraph', 'next-line'])('is no policy: %s', async (identity) => {
    const answer = await arena.stack.send(asked(identity, arena.stack.actionsToken()));
    if (answer.status === 200) arena.handOut(String(answer.json.token));
    expect([answer.status, answer.json.error]).toEqual(INVALID_POLICY);
  });
});

describe('a forged token of an issuer that nobody knows (spec, one answer until the proof)', () => {
  it('is refused alike whether a policy names that issuer or not', async () => {
    const claims = { ...arena.stack.issuer.claims({ sub: 'x', aud: STS_DOMAIN }), iss: stranger.issuer };
    const forged = signToken(forgersKey, claims);
    const unnamed = await arena.refuses(asked('missing', forged), UNTRUSTED_ISSUER);
    const named = await arena.refuses(asked('of-stranger', forged), UNTRUSTED_ISSUER);
    const bare = (text: string): string => text.replace(/"request_id":"[^"]*"/, '');
    expect(bare(named.text)).toBe(bare(unnamed.text));
  });

  it('is told from a sound one', async () => {
    await arena.grants(asked('of-stranger', stranger.sign({ sub: 'x', aud: STS_DOMAIN })));
  });
});

describe('a body that is longer than it says (RFC 9112 §6.3)', () => {
  it('is counted by its bytes', async () => {
    const token = arena.stack.actionsToken();
    noteSecret(token);
    const form = `scope=acme/app&identity=deploy&x=${'x'.repeat(64 * 1024)}`;
    const lines = [
      'POST /sts/exchange HTTP/1.1',
      'Host: a',
      `Authorization: Bearer ${token}`,
      'Content-Type: application/x-www-form-urlencoded',
      'Content-Length: 10',
      'Transfer-Encoding: chunked',
    ];
    const chunk = `${form.length.toString(16)}\r\n${form}\r\n0\r\n\r\n`;
    const received = await sendRaw(arena.stack.worker.url, `${lines.join('\r\n')}\r\n\r\n${chunk}`);
    const granted = /ghs_[A-Za-z0-9]+/.exec(received)?.[0];
    if (granted !== undefined) arena.handOut(granted);
    expect(statusesIn(received)).not.toContain(200);
  });
});

describe('made-up tokens from one address (spec, revocation)', () => {
  it('do not keep another address from revoking a real one', async () => {
    const { json } = await arena.grants(asked('deploy', arena.stack.actionsToken()));
    const revoke = (token: string, address: string) =>
      arena.stack.send({ path: '/sts/revoke', method: 'POST', token, headers: { 'cf-connecting-ip': address } });
    const statuses = new Set<number>();
    for (let index = 0; index < 40; index++) statuses.add((await revoke(`ghs_made_up_${index}`, '192.0.2.1')).status);
    expect(statuses).toEqual(new Set([401, 429]));
    expect((await revoke(String(json.token), '192.0.2.2')).status).toBe(204);
  });
});
