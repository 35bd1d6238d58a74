import { describe, expect, it } from '@jest/globals';
import { parseInlineKeys, PRIVATE_MEMBERS } from '../../../src/domain/inline-keys.ts';

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
    expect(result).toEqual({ kind: 'valid', keys: [{ ...okp, kid: 'a', use: 'sig', key_ops: ['verify'] }] });
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

  it.each(['AA', 'AQ', 'AAAAAQ'])('have no RSA exponent %s, with which anyone could sign', (e) =>
    expect(rules({ ...rsa, e })).toEqual(['jwk-weak jwks.keys.0.e']),
  );

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
  });
});
