import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { STS_DOMAIN } from '../../support/local-stack.ts';
import type { Ask } from '../../support/local-stack.ts';
import type { Claims } from '../../support/signing-key.ts';
import { Arena } from './arena.ts';
import { DISCOVERY } from './discovery.ts';
import { HostileIssuers } from './hostile-issuer.ts';
import type { Script } from './hostile-issuer.ts';
import { by, jwk, KEY_CONFUSION, rsa } from './key-confusion.ts';
import type { KeyAttack } from './key-confusion.ts';

const FOLDER = '.github/chainguard';

/** Honest issuers, each with a key set that could be taken for an attack. */
const HONEST: readonly (readonly [title: string, keys: readonly unknown[], token: KeyAttack['token']])[] = [
  ['with one key', [jwk(rsa)], by(rsa)],
  ['whose key names neither use nor algorithm', [jwk(rsa, { use: undefined, alg: undefined })], by(rsa)],
  ['whose key verifies', [jwk(rsa, { use: undefined, key_ops: ['verify'] })], by(rsa)],
  ['with a key of a type that nobody knows', [{ kty: 'AKP', kid: 'x', alg: 'ML-DSA-44' }, jwk(rsa)], by(rsa)],
  ['with sixteen keys and a token without an id', manyKeys(15), by(rsa, { kid: undefined })],
];

let arena: Arena;
let issuers: HostileIssuers;

function manyKeys(others: number): readonly unknown[] {
  return [
    ...Array.from({ length: others }, () => ({ ...jwk(rsa), n: `${'A'.repeat(10)}${String(jwk(rsa).n).slice(10)}` })),
    jwk(rsa),
  ].map((key) => ({ ...key, kid: undefined }));
}

function publishing(keys: KeyAttack['keys']): Script {
  const json: unknown = 'document' in keys ? keys.document : { keys };
  return { jwks: () => ({ json }) };
}

beforeAll(async () => {
  const scripts = [
    ...HONEST.map(([, keys]) => publishing(keys)),
    ...KEY_CONFUSION.map(({ keys }) => publishing(keys)),
    ...DISCOVERY.map(({ script }) => ({ ...publishing([jwk(rsa)]), ...script })),
  ];
  issuers = await HostileIssuers.start(scripts);
  arena = await Arena.start({ bindings: () => ({ KNOWN_ISSUERS: issuers.issuers.join(',') }) });
  const { origin } = new URL(issuers.issuer(0));
  // Whatever an issuer under this address says of its keys, this policy would let it in.
  arena.stack.emulator.world.commit('acme/app', {
    [`${FOLDER}/any.sts.yaml`]: `issuer_pattern: '${origin.replaceAll('.', '\\.')}/[0-9]+'\nsubject: anybody\npermissions: { contents: read }\n`,
  });
});

afterAll(async () => {
  const { trapped } = issuers;
  await issuers.close();
  await arena.close();
  expect(trapped).toEqual([]);
});

function ask(index: number, token: KeyAttack['token']): Ask {
  const now = Math.floor(Date.now() / 1000);
  const claims: Claims = { iss: issuers.issuer(index), sub: 'anybody', aud: STS_DOMAIN, iat: now, exp: now + 300 };
  return { path: '/sts/exchange', query: { scope: 'acme/app', identity: 'any' }, token: token(claims) };
}

describe('an honest issuer', () => {
  it.each(HONEST.map(([title, , token], index) => ({ title, token, index })))('$title is believed', async (row) => {
    await arena.grants(ask(row.index, row.token));
  });
});

describe('the keys of an issuer', () => {
  const rows = KEY_CONFUSION.map((row, index) => ({ ...row, index: HONEST.length + index }));
  it.each(rows)('verify nothing where there is $title ($source)', async ({ index, token, expected }) => {
    await arena.refuses(ask(index, token), expected, { github: 0 });
    // Two documents, and the keys once more where none of them fits.
    expect(issuers.asked(index).length).toBeLessThanOrEqual(4);
  });
});

describe('the documents of an issuer', () => {
  const first = HONEST.length + KEY_CONFUSION.length;
  const rows = DISCOVERY.map((row, index) => ({ ...row, index: first + index }));
  it.each(rows)('are refused: $title ($source)', async ({ index, expected, reachesKeys }) => {
    const trapped = issuers.trapped.length;
    await arena.refuses(ask(index, by(rsa)), expected, { github: 0 });
    const asked = issuers.asked(index);
    expect(asked[0]).toBe('.well-known/openid-configuration');
    expect(asked.includes('jwks')).toBe(reachesKeys);
    expect(asked.length).toBeLessThanOrEqual(2);
    expect(issuers.trapped).toHaveLength(trapped);
  });

  it('leave nothing in KV but the keys of those that were believed', async () => {
    const kept = [...(await arena.stack.worker.kvEntries()).keys()].filter((key) => key.startsWith('keys|'));
    expect(kept.filter((key) => rows.some(({ index }) => key.endsWith(issuers.issuer(index))))).toEqual([]);
  });
});
