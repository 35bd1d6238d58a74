import { describe, expect, it } from '@jest/globals';
import { EC_CURVES, parseInlineKeys, PRIVATE_MEMBERS } from '../../../src/domain/inline-keys.ts';

/** Base64url of a number with exactly so many bits, all of them set. */
const number = (bits: number): string =>
  Buffer.from(((1n << BigInt(bits)) - 1n).toString(16).padStart(2 * Math.ceil(bits / 8), '0'), 'hex').toString(
    'base64url',
  );
const bytes = (count: number): string => Buffer.alloc(count, 7).toString('base64url');
const rsa = { kty: 'RSA', n: number(2048), e: 'AQAB' };
const okp = { kty: 'OKP', crv: 'Ed25519', x: bytes(32) };
const rules = (...keys: readonly unknown[]): readonly string[] => {
  const result = parseInlineKeys({ keys });
  return result.kind === 'valid' ? [] : result.faults.map(({ rule, path }) => `${rule} ${path.join('.')}`);
};

describe('inline keys', () => {
  it.each([
    ['RSA', rsa],
    ['P-256', { kty: 'EC', crv: 'P-256', x: bytes(32), y: bytes(32) }],
    ['P-384', { kty: 'EC', crv: 'P-384', x: bytes(48), y: bytes(48) }],
    ['P-521', { kty: 'EC', crv: 'P-521', x: bytes(66), y: bytes(66) }],
    ['Ed25519', okp],
  ])('may be %s keys', (_, key) => expect(rules(key)).toEqual([]));

  it('are handed on with the members that are used, and no other', () => {
    const result = parseInlineKeys(
      new Map([
        [
          'keys',
          [
            new Map(
              Object.entries({ ...okp, kid: 'a', use: 'sig', x5u: 'https://evil', ext: true, key_ops: ['verify'] }),
            ),
          ],
        ],
      ]),
    );
    expect(result).toStrictEqual({ kind: 'valid', keys: [{ ...okp, kid: 'a', use: 'sig', key_ops: ['verify'] }] });
  });

  it.each(['text', 7, null, [okp], {}, { keys: okp }, { keys: null }])('are no key set in %j', (value) => {
    const result = parseInlineKeys(value);
    expect(result.kind === 'invalid' && result.faults.map(({ rule }) => rule)).toEqual(['jwks-form']);
  });

  it('are one to ten', () => {
    expect(rules()).toEqual(['jwks-count jwks.keys']);
    expect(rules(...Array.from({ length: 10 }, () => okp))).toEqual([]);
    expect(rules(...Array.from({ length: 11 }, () => okp))).toEqual(['jwks-count jwks.keys']);
  });

  it.each(PRIVATE_MEMBERS)('hold no private member %s, whatever it is', (name) => {
    expect(rules({ ...rsa, [name]: 'AA' })).toEqual([`jwk-private jwks.keys.0.${name}`]);
    expect(rules({ ...okp, [name]: null })).toEqual([`jwk-private jwks.keys.0.${name}`]);
  });

  it('are asymmetric keys of the kinds that tokens are signed with', () => {
    expect(
      rules(
        { kty: 'oct' },
        { kty: 'EC', crv: 'P-192', x: 'AA', y: 'AA' },
        { kty: 'EC', crv: 'constructor' },
        { kty: 'OKP', crv: 'Ed448', x: 'AA' },
        {},
      ),
    ).toEqual([
      'jwk-type jwks.keys.0.kty',
      'jwk-type jwks.keys.1.crv',
      'jwk-type jwks.keys.2.crv',
      'jwk-type jwks.keys.3.crv',
      'jwk-type jwks.keys.4.kty',
    ]);
  });

  it.each([
    [2047, false],
    [2048, true],
    [4096, true],
    [1024, false],
  ])('may have an RSA modulus of %i bits: %s', (bits, accepted) => {
    expect(rules({ ...rsa, n: number(bits) })).toEqual(accepted ? [] : ['jwk-weak jwks.keys.0.n']);
    const padded = Buffer.concat([Buffer.alloc(300), Buffer.from(number(bits), 'base64url')]).toString('base64url');
    expect(rules({ ...rsa, n: padded })).toEqual(accepted ? [] : ['jwk-weak jwks.keys.0.n']);
  });

  it('may have a modulus of which only the first bit is set', () => {
    const n = Buffer.from([0x80, ...Array.from({ length: 255 }, () => 0)]).toString('base64url');
    expect(rules({ ...rsa, n })).toEqual([]);
  });

  it.each(['AA', 'AQ', 'AAAAAQ', 'AAAA'])('have no RSA exponent %s, with which anyone could sign', (e) =>
    expect(rules({ ...rsa, e })).toEqual(['jwk-weak jwks.keys.0.e']),
  );

  it('may have the RSA exponent 3', () => expect(rules({ ...rsa, e: 'Aw' })).toEqual([]));

  it('have members of the right form', () => {
    expect(
      rules(
        { ...rsa, n: 'a+b/' },
        { ...rsa, e: '' },
        { ...okp, x: bytes(31) },
        { ...okp, x: `${bytes(32)}=` },
        { kty: 'EC', crv: 'P-256', x: bytes(32) },
        { ...okp, kid: 7 },
        { ...okp, key_ops: 'verify' },
        'x',
      ),
    ).toEqual([
      'jwk-member jwks.keys.0.n',
      'jwk-member jwks.keys.1.e',
      'jwk-member jwks.keys.2.x',
      'jwk-member jwks.keys.3.x',
      'jwk-member jwks.keys.4.y',
      'jwk-member jwks.keys.5.kid',
      'jwk-member jwks.keys.6.key_ops',
      'jwk-member jwks.keys.7',
    ]);
    expect(
      rules(
        { ...rsa, n: `+${number(2048)}` },
        { ...rsa, e: 'AQABA' },
        { ...okp, key_ops: ['verify', 7] },
        { ...okp, key_ops: { 0: 'verify' } },
      ),
    ).toEqual([
      'jwk-member jwks.keys.0.n',
      'jwk-member jwks.keys.1.e',
      'jwk-member jwks.keys.2.key_ops',
      'jwk-member jwks.keys.3.key_ops',
    ]);
  });

  it.each<[unknown, path: readonly (string | number)[], message: string]>([
    ['x', [], 'jwks must be a JWK Set: an object whose member "keys" is a list (RFC 7517 §5).'],
    [{ keys: [] }, ['keys'], 'jwks must hold 1 to 10 keys, and holds 0.'],
    [{ keys: [7] }, ['keys', 0], 'A key of jwks must be an object.'],
    [{ keys: [okp, { ...okp, kid: 7 }] }, ['keys', 1, 'kid'], 'kid of a key must be a text.'],
    [{ keys: [{ ...okp, key_ops: 7 }] }, ['keys', 0, 'key_ops'], 'key_ops of a key must be a list of texts.'],
    [{ keys: [{ kty: 'oct' }] }, ['keys', 0, 'kty'], 'kty of a key must be RSA, EC or OKP.'],
    [{ keys: [{ ...rsa, n: '' }] }, ['keys', 0, 'n'], 'n of an RSA key must be base64url text.'],
    [{ keys: [{ ...rsa, e: '' }] }, ['keys', 0, 'e'], 'e of an RSA key must be base64url text.'],
    [
      { keys: [{ ...rsa, n: number(1024) }] },
      ['keys', 0, 'n'],
      'An RSA key must have at least 2048 bits, and this one has 1024.',
    ],
    [{ keys: [{ ...rsa, n: 'AA' }] }, ['keys', 0, 'n'], 'An RSA key must have at least 2048 bits, and this one has 0.'],
    [{ keys: [{ ...rsa, e: 'AQ' }] }, ['keys', 0, 'e'], 'The exponent e of an RSA key must be 3 or more.'],
    [{ keys: [{ kty: 'EC' }] }, ['keys', 0, 'crv'], 'crv of an EC key must be P-256, P-384, P-521.'],
    [
      { keys: [{ kty: 'EC', crv: 'P-521', x: bytes(66) }] },
      ['keys', 0, 'y'],
      'y of this key must be 66 bytes as base64url text.',
    ],
    [{ keys: [{ kty: 'OKP', crv: 'X25519' }] }, ['keys', 0, 'crv'], 'crv of an OKP key must be Ed25519.'],
    [{ keys: [{ ...okp, x: 'AA' }] }, ['keys', 0, 'x'], 'x of this key must be 32 bytes as base64url text.'],
  ])('say of %j at %j that %s', (value, path, message) => {
    const result = parseInlineKeys(value);
    expect(result.kind === 'invalid' && result.faults).toEqual([
      { rule: expect.any(String), path: ['jwks', ...path], message },
    ]);
  });

  it('say of a private key that it is lost, and nothing more of the key', () => {
    const result = parseInlineKeys({ keys: [{ ...rsa, d: 'secret', kid: 7 }] });
    expect(result).toEqual({
      kind: 'invalid',
      faults: [
        {
          rule: 'jwk-private',
          path: ['jwks', 'keys', 0, 'd'],
          message: 'This key holds the private member "d", so it is compromised: others can read this file.',
          advice: 'Replace the key, and write only its public part.',
        },
      ],
    });
  });
});

describe('the curves of an EC key', () => {
  it('are those that tokens are signed with', () => expect(EC_CURVES).toEqual(['P-256', 'P-384', 'P-521']));
});
