import { createHmac, constants, sign } from 'node:crypto';
import { encodePart, generateSigningKey, publicJwk, signToken } from '../../support/signing-key.ts';
import { INVALID_TOKEN, UNVERIFIED } from './attack.ts';
import { bytes, encodeText, signedText, unsignedUnder, withHeader, zeros } from './forge.ts';
import type { Forge } from './forge.ts';
import type { TokenAttack } from './token-encoding.ts';

const ALGORITHM = 'RFC 8725 §3.1';
const CONFUSION = 'RFC 8725 §2.1';
const KEY_HEADERS = 'RFC 8725 §3.10';
const CRITICAL = 'RFC 7515 §4.1.11';

/** Anybody's; the forger's here. */
const stranger = generateSigningKey();
const strangersCurve = generateSigningKey({ alg: 'ES256' });

type Secret = (forge: Forge) => string | Buffer;

/** The public key in a form that a careless library could take for the secret of an HMAC. */
const PUBLIC_SECRETS: readonly (readonly [form: string, secret: Secret])[] = [
  ['as a PEM', ({ key }) => key.publicKey.export({ type: 'spki', format: 'pem' })],
  [
    'as a PEM without its last line break',
    ({ key }) => String(key.publicKey.export({ type: 'spki', format: 'pem' })).trim(),
  ],
  ['as DER', ({ key }) => key.publicKey.export({ type: 'spki', format: 'der' })],
  ['as a PKCS#1 PEM', ({ key }) => key.publicKey.export({ type: 'pkcs1', format: 'pem' })],
  ['by its modulus', ({ key }) => Buffer.from(publicJwk(key).n ?? '', 'base64url')],
  ['as its JWK', ({ key }) => JSON.stringify(publicJwk(key))],
];

function hmac(forge: Forge, alg: 'HS256' | 'HS384' | 'HS512', secret: string | Buffer): string {
  const input = `${encodePart({ alg, typ: 'JWT', kid: forge.key.kid })}.${encodePart(forge.claims)}`;
  return `${input}.${createHmac(`sha${alg.slice(2)}`, secret)
    .update(input)
    .digest('base64url')}`;
}

/** Signed by the issuer's key, in another way than the header says. */
function mislabelled(forge: Forge, alg: string, padding: number, digest = 'sha256'): string {
  const input = `${encodePart({ alg, typ: 'JWT', kid: forge.key.kid })}.${encodePart(forge.claims)}`;
  const key = { key: forge.key.privateKey, padding, saltLength: 32 };
  return `${input}.${sign(digest, bytes(input), key).toString('base64url')}`;
}

/** A stranger's signature under a header that points to, or brings along, the stranger's key. */
function misled(header: (forge: Forge) => Readonly<Record<string, unknown>>): (forge: Forge) => string {
  return (forge) => {
    const input = `${encodePart({ alg: 'RS256', typ: 'JWT', kid: forge.key.kid, ...header(forge) })}.${encodePart(forge.claims)}`;
    return `${input}.${sign('sha256', bytes(input), stranger.privateKey).toString('base64url')}`;
  };
}

/** Unless a row says otherwise, the token can be read and not be verified. */
type HeaderAttack = Omit<TokenAttack, 'expected'> & Partial<Pick<TokenAttack, 'expected'>>;

const ATTACKS: readonly HeaderAttack[] = [
  ...['none', 'NONE', 'nOnE', ' none', 'none ', '', 'null'].map((alg): HeaderAttack => ({
    source: 'RFC 8725 §3.2',
    title: `a token whose algorithm is ${JSON.stringify(alg)} and whose signature is noise`,
    token: (forge) => unsignedUnder(forge, { alg, kid: forge.key.kid }),
    expected: INVALID_TOKEN,
  })),
  ...[null, true, 0, ['RS256'], { alg: 'RS256' }, undefined].map((alg): HeaderAttack => ({
    source: 'RFC 7515 §4.1.1',
    title: `a soundly signed token whose algorithm is ${alg === undefined ? 'missing' : JSON.stringify(alg)}`,
    token: (forge) => withHeader(forge, { alg }),
    expected: INVALID_TOKEN,
  })),
  ...[
    'rs256',
    'Rs256',
    'RS256 ',
    'RS256\u0000',
    'RS1',
    'RS',
    'RSA256',
    'SHA256withRSA',
    '__proto__',
    'constructor',
  ].map((alg): HeaderAttack => ({
    source: ALGORITHM,
    title: `a soundly signed token whose algorithm is called ${JSON.stringify(alg)}`,
    token: (forge) => withHeader(forge, { alg }),
    expected: INVALID_TOKEN,
  })),
  ...[
    'ES256K',
    'RSA-OAEP',
    'RSA1_5',
    'dir',
    'A128KW',
    'ECDH-ES',
    'PBES2-HS256+A128KW',
    'HS256',
    'Ed448',
    'ML-DSA-44',
  ].map((alg): HeaderAttack => ({
    source: 'RFC 7518 §3.1',
    title: `a token under ${alg}, which signs no ID token here`,
    token: (forge) => unsignedUnder(forge, { alg, kid: forge.key.kid, p2c: 2_000_000_000 }),
    expected: INVALID_TOKEN,
  })),
  {
    source: 'RFC 7515 §4',
    title: 'a header that names two algorithms, none last',
    token: (forge) => signedText(forge, JSON.stringify(forge.claims), '{"alg":"RS256","alg":"none"}'),
    expected: INVALID_TOKEN,
  },
  {
    source: 'RFC 7515 §4',
    title: 'a header that has its algorithm from __proto__ alone',
    token: (forge) => signedText(forge, JSON.stringify(forge.claims), '{"__proto__":{"alg":"RS256"}}'),
    expected: INVALID_TOKEN,
  },
  ...(['HS256', 'HS384', 'HS512'] as const).flatMap((alg) =>
    PUBLIC_SECRETS.slice(0, alg === 'HS256' ? undefined : 1).map(([form, secret]): HeaderAttack => ({
      source: CONFUSION,
      title: `an ${alg} under the issuer’s public key ${form}`,
      token: (forge) => hmac(forge, alg, secret(forge)),
      expected: INVALID_TOKEN,
    })),
  ),
  {
    source: CONFUSION,
    title: 'an HMAC under an empty secret',
    token: (forge) => hmac(forge, 'HS256', ''),
    expected: INVALID_TOKEN,
  },
  {
    source: ALGORITHM,
    title: 'a PKCS#1 v1.5 signature that is called PSS',
    token: (forge) => mislabelled(forge, 'PS256', constants.RSA_PKCS1_PADDING),
    expected: UNVERIFIED,
  },
  {
    source: ALGORITHM,
    title: 'a PSS signature that is called PKCS#1 v1.5',
    token: (forge) => mislabelled(forge, 'RS256', constants.RSA_PKCS1_PSS_PADDING),
    expected: UNVERIFIED,
  },
  {
    source: ALGORITHM,
    title: 'a signature over SHA-1 that is called RS256',
    token: (forge) => mislabelled(forge, 'RS256', constants.RSA_PKCS1_PADDING, 'sha1'),
    expected: UNVERIFIED,
  },
  {
    source: ALGORITHM,
    title: 'a signature over SHA-512 that is called RS256',
    token: (forge) => mislabelled(forge, 'RS256', constants.RSA_PKCS1_PADDING, 'sha512'),
    expected: UNVERIFIED,
  },
  ...['ES256', 'EdDSA', 'Ed25519', 'PS512', 'RS512'].map((alg): HeaderAttack => ({
    source: ALGORITHM,
    title: `a sound RS256 signature that is called ${alg}`,
    token: (forge) => withHeader(forge, { alg }),
    expected: UNVERIFIED,
  })),
  {
    source: ALGORITHM,
    title: 'an elliptic curve’s signature by a stranger under the id of an RSA key',
    token: (forge) => signToken(strangersCurve, forge.claims, { kid: forge.key.kid }),
    expected: UNVERIFIED,
  },
  {
    source: 'CVE-2022-21449',
    title: 'an ES256 signature of zeros under the id of the issuer’s key',
    token: (forge) => unsignedUnder(forge, { alg: 'ES256', kid: forge.key.kid }, encodeText(zeros(64))),
    expected: UNVERIFIED,
  },
  { source: KEY_HEADERS, title: 'a stranger’s key in jwk', token: misled(() => ({ jwk: publicJwk(stranger) })) },
  {
    source: KEY_HEADERS,
    title: 'a stranger’s key in jwk, which even has the issuer’s key id',
    token: misled(({ key }) => ({ jwk: { ...publicJwk(stranger), kid: key.kid } })),
  },
  {
    source: KEY_HEADERS,
    title: 'a stranger’s key in jwk and no key id',
    token: misled(() => ({ jwk: publicJwk(stranger), kid: undefined })),
  },
  { source: KEY_HEADERS, title: 'a stranger’s key set at jku', token: misled(({ lair }) => ({ jku: `${lair}/jwks` })) },
  {
    source: KEY_HEADERS,
    title: 'a stranger’s key set at a jku that begins like the issuer',
    token: misled(({ issuer, lair }) => ({ jku: `${issuer}@${lair.replace('http://', '')}/jwks` })),
  },
  {
    source: KEY_HEADERS,
    title: 'a stranger’s certificates at x5u',
    token: misled(({ lair }) => ({ x5u: `${lair}/certificates` })),
  },
  {
    source: KEY_HEADERS,
    title: 'a stranger’s certificate in x5c',
    token: misled(() => ({ x5c: [stranger.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')] })),
  },
  {
    source: KEY_HEADERS,
    title: 'the thumbprint of a stranger’s certificate in x5t',
    token: misled(() => ({ x5t: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA', 'x5t#S256': 'A'.repeat(43) })),
  },
  {
    source: 'RFC 8725 §3.10',
    title: 'a URL as key id that leads to a stranger’s keys',
    token: misled(({ lair }) => ({ kid: `${lair}/jwks` })),
  },
  ...[
    '../../../../dev/null',
    '/dev/null',
    "' UNION SELECT 'key' --",
    '',
    '*',
    '\u0000',
    '__proto__',
    'constructor',
    'k'.repeat(4000),
    null,
    0,
    ['a'],
    { toString: 'x' },
  ].map((kid): HeaderAttack => ({
    source: KEY_HEADERS,
    title: `a stranger’s signature under the key id ${JSON.stringify(kid).slice(0, 40)}`,
    token: misled(() => ({ kid })),
  })),
  ...[[], ['exp'], ['b64'], ['alg'], ['kid', 'kid'], ['urn:example:unknown'], [''], [1], 'b64', null, {}].map(
    (crit): HeaderAttack => ({
      source: CRITICAL,
      title: `a soundly signed token with crit ${JSON.stringify(crit)}`,
      token: (forge) => withHeader(forge, { crit, b64: false, 'urn:example:unknown': true }),
    }),
  ),
  {
    source: 'RFC 7797 §6',
    title: 'a payload that is not encoded and says so',
    token: (forge) => {
      const header = encodeText('{"alg":"RS256","b64":false,"crit":["b64"]}');
      return `${header}.${JSON.stringify(forge.claims).replaceAll(/[",:{}]/g, '')}.AAAA`;
    },
    expected: INVALID_TOKEN,
  },
  {
    source: 'RFC 8725 §3.6',
    title: 'a compressed payload',
    token: (forge) => signedText(forge, bytes('789cab562a2e', 'hex'), '{"alg":"RS256","zip":"DEF"}'),
    expected: INVALID_TOKEN,
  },
];

export const TOKEN_HEADER: readonly TokenAttack[] = ATTACKS.map((row) => ({ expected: UNVERIFIED, ...row }));
