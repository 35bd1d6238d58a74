import { describe, expect, it } from '@jest/globals';
import type { DecodedToken } from '../../../../src/application/ports/token-decoder.ts';
import { JoseTokenDecoder } from '../../../../src/infrastructure/oidc/jose-token-decoder.ts';
import { generateSigningKey, signToken, type Claims } from '../../../support/signing-key.ts';

const NOW = 1_800_000_000;
const DAY = 86_400;
const key = generateSigningKey({ alg: 'ES256' });
const decoder = new JoseTokenDecoder(
  { allowLoopbackHttp: false, maxTokenLifetimeSeconds: DAY },
  { now: () => NOW * 1000 },
);

function decoded(claims: Claims = {}, header: Claims = {}): DecodedToken {
  const all = { iss: 'https://issuer.example.com', sub: 'a', aud: 'b', iat: NOW, exp: NOW + 300, ...claims };
  return decoder.decode(signToken(key, all, header));
}

describe('the algorithm of a token', () => {
  it.each(['none', 'None', 'HS256', 'HS384', 'HS512', 'RS1', 'ES256K', 'RSA-OAEP', 'dir', '', 'rs256'])(
    'is refused where it is %j: no signature, a shared secret, or none that is known',
    (alg) => expect(decoded({}, { alg })).toEqual({ kind: 'malformed', reason: 'its algorithm is not allowed' }),
  );

  it.each(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'])(
    'may be %s',
    (alg) => expect(decoded({}, { alg }).kind).toBe('decoded'),
  );
});

describe('the type of a token', () => {
  it.each([
    'at+jwt',
    'logout+jwt',
    'secevent+jwt',
    'dpop+jwt',
    'application/at+jwt',
    'AT+JWT',
    'Application/DPoP+jwt',
    'at+jwt; charset=utf-8',
    'JOSE',
    '',
  ])('is refused where it is %s, no ID token', (typ) => expect(decoded({}, { typ }).kind).toBe('unfit'));

  it.each([[7], [['at+jwt']], [null], [{}]])('is refused where it is no text: %j', (typ) =>
    expect(decoded({}, { typ }).kind).toBe('unfit'),
  );

  it.each([undefined, 'JWT', 'jwt', 'application/jwt', 'wit+jwt'])('may be %s', (typ) =>
    expect(decoded({}, { typ }).kind).toBe('decoded'),
  );
});

describe('the lifetime of a token', () => {
  it('is at most what the operator set, from its issue on', () => {
    expect(decoded({ iat: NOW, exp: NOW + DAY }).kind).toBe('decoded');
    expect(decoded({ iat: NOW, exp: NOW + DAY + 1 }).kind).toBe('unfit');
    expect(decoded({ iat: NOW - DAY, exp: NOW + 1 }).kind).toBe('unfit');
  });

  it('is counted from now where the token does not say when it was issued, clocks apart allowed for', () => {
    expect(decoded({ iat: undefined, exp: NOW + DAY + 30 }).kind).toBe('decoded');
    expect(decoded({ iat: undefined, exp: NOW + DAY + 31 }).kind).toBe('unfit');
    expect(decoded({ iat: String(NOW - DAY), exp: NOW + DAY + 31 }).kind).not.toBe('decoded');
  });

  it('is not short where a time is infinite', () => {
    const [header = '', , signature = ''] = signToken(key, {}).split('.');
    const raw = (text: string): string => `${header}.${Buffer.from(text).toString('base64url')}.${signature}`;
    const start = '{"iss":"https://issuer.example.com","sub":"a","aud":"b"';
    expect(decoder.decode(raw(`${start},"iat":1e999,"exp":1e999}`)).kind).toBe('unfit');
    expect(decoder.decode(raw(`${start},"exp":1e999}`)).kind).toBe('unfit');
    expect(decoder.decode(raw(`${start},"iat":-1e999,"exp":${NOW + 300}}`)).kind).toBe('unfit');
  });

  it('is told in the reason, which names no claim’s value', () => {
    expect(decoded({ exp: NOW + 7 * DAY })).toEqual({
      kind: 'unfit',
      reason: 'it is valid for longer than 86400 seconds',
    });
  });
});
