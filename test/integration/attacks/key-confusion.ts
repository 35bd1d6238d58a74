import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import type { Claims, SigningKey } from '../../support/signing-key.ts';
import { encodePart, generateSigningKey, publicJwk, signToken } from '../../support/signing-key.ts';
import { INVALID_TOKEN, UNVERIFIED } from './attack.ts';
import type { Attack } from './attack.ts';
import { bytes, encodeText } from './forge.ts';

/** An issuer that publishes these keys, and a token that they are to verify. */
export interface KeyAttack extends Attack {
  /** Of the key set; anything else stands for the whole document. */
  readonly keys: readonly unknown[] | { readonly document: unknown };
  readonly token: (claims: Claims) => string;
}

type Members = Readonly<Record<string, unknown>>;

const USE = 'RFC 7517 §4.2';
const OPERATIONS = 'RFC 7517 §4.3';
const TYPES = 'RFC 7518 §6';
const STRENGTH = 'RFC 8725 §3.5';
const SET = 'RFC 7517 §5';

export const rsa = generateSigningKey();
const weak = generateSigningKey({ modulusLength: 1024 });
const curve = generateSigningKey({ alg: 'ES256' });
const curve384 = generateSigningKey({ alg: 'ES384' });
const edwards = generateSigningKey({ alg: 'EdDSA' });
const bitcoin = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
const goldilocks = generateKeyPairSync('ed448');
const agreement = generateKeyPairSync('x25519');

export function jwk(key: SigningKey, change: Members = {}): JsonWebKey {
  const members = { ...publicJwk(key), ...change };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

export function by(key: SigningKey, header: Claims = {}): (claims: Claims) => string {
  return (claims) => signToken(key, claims, header);
}

/** Signed by whatever Node can sign with, under any header. */
function signedBy(header: Members, make: (input: Buffer) => Buffer): (claims: Claims) => string {
  return (claims) => {
    const input = `${encodePart({ typ: 'JWT', ...header })}.${encodePart(claims)}`;
    return `${input}.${make(bytes(input)).toString('base64url')}`;
  };
}

function exported(key: KeyObject, members: Members): Members {
  return { ...key.export({ format: 'jwk' }), ...members };
}

/** With a public exponent of 1 the signature is the padded hash itself, which anybody can write (RFC 8017 §9.2). */
function paddedHash(input: Buffer): Buffer {
  const info = Buffer.from('3031300d060960864801650304020105000420', 'hex');
  const digest = createHash('sha256').update(input).digest();
  const padding = Buffer.alloc(256 - 3 - info.length - digest.length, 0xff);
  return Buffer.concat([Buffer.from([0, 1]), padding, Buffer.from([0]), info, digest]);
}

/** Keys that an RS256 token without a key id could mean, but for the last the wrong ones. */
function crowd(wrong: number): readonly JsonWebKey[] {
  const other = jwk(generateSigningKey(), { kid: undefined });
  return [...Array.from({ length: wrong }, () => other), jwk(rsa, { kid: undefined })];
}

function single(source: string, title: string, key: unknown, token = by(rsa)): KeyAttack {
  return { source, title, keys: [key], token, expected: UNVERIFIED };
}

function document(title: string, value: unknown): KeyAttack {
  return { source: SET, title, keys: { document: value }, token: by(rsa), expected: UNVERIFIED };
}

export const KEY_CONFUSION: readonly KeyAttack[] = [
  single(USE, 'a key that is for encryption', jwk(rsa, { use: 'enc' })),
  single(USE, 'a key whose use is unknown', jwk(rsa, { use: 'SIG' })),
  single(OPERATIONS, 'a key that only encrypts', jwk(rsa, { use: undefined, key_ops: ['encrypt'] })),
  single(OPERATIONS, 'a key that only signs', jwk(rsa, { use: undefined, key_ops: ['sign'] })),
  single(OPERATIONS, 'a key that does nothing', jwk(rsa, { use: undefined, key_ops: [] })),
  single('RFC 8725 §3.1', 'a key that is for another algorithm', jwk(rsa, { alg: 'RS512' })),
  single('RFC 8725 §3.1', 'a key that is for encryption by its algorithm', jwk(rsa, { alg: 'RSA-OAEP' })),
  single('RFC 8725 §3.1', 'a PSS key for a PKCS#1 token', jwk(rsa, { alg: 'PS256' })),
  single(STRENGTH, 'an RSA key of 1,024 bits', jwk(weak), by(weak)),
  single(STRENGTH, 'an RSA key of 1,024 bits for PSS', jwk(weak, { alg: 'PS256' }), by({ ...weak, alg: 'PS256' })),
  single(
    'RFC 8017 §3.1',
    'an RSA key whose exponent is 1, under which anyone can sign',
    jwk(rsa, { e: 'AQ' }),
    signedBy({ alg: 'RS256', kid: rsa.kid }, paddedHash),
  ),
  single('RFC 8017 §3.1', 'an RSA key whose exponent is 0', jwk(rsa, { e: 'AA' })),
  single('RFC 8017 §3.1', 'an RSA key whose exponent is even', jwk(rsa, { e: 'Ag' })),
  single('RFC 8017 §3.1', 'an RSA key whose modulus is 1', jwk(rsa, { n: 'AQ' })),
  single('RFC 8017 §3.1', 'an RSA key whose modulus is nothing but zeros', jwk(rsa, { n: 'A'.repeat(342) })),
  single(TYPES, 'an RSA key without its modulus', jwk(rsa, { n: undefined })),
  single(TYPES, 'an RSA key whose modulus is no base64url', jwk(rsa, { n: '!!!' })),
  single(TYPES, 'an RSA key whose modulus is a number', jwk(rsa, { n: 7 })),
  single(TYPES, 'a key whose type is written in small letters', jwk(rsa, { kty: 'rsa' })),
  single(TYPES, 'a key without a type', jwk(rsa, { kty: undefined })),
  single(TYPES, 'an RSA key that calls itself symmetric', jwk(rsa, { kty: 'oct' })),
  single('RFC 7517 §4.7', 'a certificate instead of a key', { kty: 'RSA', kid: rsa.kid, x5c: ['MIIB'] }),
  single('RFC 7517 §4.6', 'a pointer to a certificate', { kty: 'RSA', kid: rsa.kid, x5u: 'https://a.example.com' }),
  single('RFC 7517 §9.2', 'a private key, which everybody can read', {
    ...rsa.privateKey.export({ format: 'jwk' }),
    kid: rsa.kid,
    alg: 'RS256',
  }),
  single(
    'RFC 7517 §9.2',
    'a private key of a curve, which everybody can read',
    { ...curve.privateKey.export({ format: 'jwk' }), kid: curve.kid, alg: 'ES256' },
    by(curve),
  ),
  {
    source: 'RFC 8725 §2.1',
    title: 'a symmetric key that the issuer publishes',
    keys: [{ kty: 'oct', kid: 'shared', k: encodeText('secret of everybody!'), alg: 'HS256' }],
    token: signedBy({ alg: 'HS256', kid: 'shared' }, () => Buffer.alloc(32)),
    expected: INVALID_TOKEN,
  },
  single(TYPES, 'a symmetric key under the id of the key that signed', { kty: 'oct', kid: rsa.kid, k: 'AAAA' }),
  single(
    'RFC 7518 §3.4',
    'a key of P-384 for an ES256 token',
    jwk(curve384, { alg: undefined, kid: curve.kid }),
    by(curve),
  ),
  single('RFC 7518 §3.4', 'a key of P-256 that says it is of P-384', jwk(curve, { crv: 'P-384' }), by(curve)),
  single('RFC 7518 §6.2.1', 'a point that is not on its curve', jwk(curve, { y: publicJwk(curve).x }), by(curve)),
  single('RFC 7518 §6.2.1', 'the point at zero', jwk(curve, { x: 'A'.repeat(43), y: 'A'.repeat(43) }), by(curve)),
  single('RFC 7518 §6.2.1', 'a point without its second coordinate', jwk(curve, { y: undefined }), by(curve)),
  single(
    'CVE-2022-21449',
    'an ES256 signature of zeros',
    jwk(curve),
    signedBy({ alg: 'ES256', kid: curve.kid }, () => Buffer.alloc(64)),
  ),
  single(
    'CVE-2022-21449',
    'an ES256 signature of the curve’s order, twice',
    jwk(curve),
    signedBy({ alg: 'ES256', kid: curve.kid }, () =>
      Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'.repeat(2), 'hex'),
    ),
  ),
  single(
    'RFC 7518 §3.4',
    'an ES256 signature in DER',
    jwk(curve),
    signedBy({ alg: 'ES256', kid: curve.kid }, (input) => sign('sha256', input, curve.privateKey)),
  ),
  single(
    'RFC 7518 §3.4',
    'an ES256 signature over SHA-384',
    jwk(curve),
    signedBy({ alg: 'ES256', kid: curve.kid }, (input) =>
      sign('sha384', input, { key: curve.privateKey, dsaEncoding: 'ieee-p1363' }),
    ),
  ),
  single(
    'RFC 8812 §3.2',
    'a key of the curve secp256k1',
    exported(bitcoin.publicKey, { kid: 'k1', alg: 'ES256' }),
    signedBy({ alg: 'ES256', kid: 'k1' }, (input) =>
      sign('sha256', input, { key: bitcoin.privateKey, dsaEncoding: 'ieee-p1363' }),
    ),
  ),
  single(
    'RFC 8037 §3.1',
    'a key of Ed448 under EdDSA',
    exported(goldilocks.publicKey, { kid: 'k2', alg: 'EdDSA' }),
    signedBy({ alg: 'EdDSA', kid: 'k2' }, (input) => sign(null, input, goldilocks.privateKey)),
  ),
  single(
    'RFC 8037 §3.2',
    'a key of X25519, which agrees and does not sign',
    exported(agreement.publicKey, { kid: edwards.kid, alg: 'EdDSA' }),
    by(edwards),
  ),
  single(
    'RFC 8032 §5.1',
    'an Ed25519 key of zeros',
    { kty: 'OKP', crv: 'Ed25519', kid: edwards.kid, x: 'A'.repeat(43) },
    by(edwards),
  ),
  single('RFC 7517 §4.5', 'a key of another id than the token’s', jwk(rsa, { kid: 'other' })),
  single('RFC 7517 §4.5', 'a key whose id differs in case', jwk(rsa, { kid: String(rsa.kid).toUpperCase() })),
  single('RFC 7517 §4.5', 'a key whose id is a list', jwk(rsa, { kid: [rsa.kid] })),
  {
    source: 'RFC 7517 §4.5',
    title: 'a key of somebody else beside the right one, under its own id',
    keys: [jwk(rsa), jwk(curve)],
    token: by(curve, { kid: rsa.kid }),
    expected: UNVERIFIED,
  },
  {
    source: 'GHSA-75r6-6jg8-pfcq',
    title: 'a token without a key id that only the hundredth of many keys would fit',
    keys: crowd(99),
    token: by(rsa, { kid: undefined }),
    expected: UNVERIFIED,
  },
  document('a key set that is a list', [jwk(rsa)]),
  document('a key set that is null', null),
  document('a key set that is text', JSON.stringify({ keys: [jwk(rsa)] })),
  document('a key set without keys', {}),
  document('a key set whose keys are an object', { keys: { 0: jwk(rsa), length: 1 } }),
  document('a key set whose keys are text', { keys: JSON.stringify([jwk(rsa)]) }),
  document('a key set that has its keys from a nested one', { jwks: { keys: [jwk(rsa)] } }),
  document('a key set with null among its keys', { keys: [null, jwk(rsa)] }),
  document('a key set with a list among its keys', { keys: [[jwk(rsa)]] }),
  document('a key set with text among its keys', { keys: ['x', jwk(rsa)] }),
  document('a key set without any key', { keys: [] }),
  document('PEM certificates by key id, as some servers publish', {
    [String(rsa.kid)]: createPublicKey(rsa.publicKey.export({ type: 'spki', format: 'pem' })).export({
      type: 'spki',
      format: 'pem',
    }),
  }),
];
