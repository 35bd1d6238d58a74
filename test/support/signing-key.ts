import { constants, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import type { JsonWebKey, KeyObject, SignKeyObjectInput } from 'node:crypto';
import { noteSecret } from './canary.ts';
import type { Json } from './json.ts';
import { rsaPair } from './rsa-keys.ts';
import type { RsaPair } from './rsa-keys.ts';

export type Algorithm =
  'RS256' | 'RS384' | 'RS512' | 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA' | 'Ed25519';

export type Claims = Readonly<Record<string, Json | undefined>>;

export interface SigningKey {
  readonly alg: Algorithm;
  /** `undefined`: neither the token nor the published key names it. */
  readonly kid: string | undefined;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export interface SigningKeyOptions {
  readonly alg?: Algorithm;
  /** `null`: without one. */
  readonly kid?: string | null;
  /** Under 2,048 the key is too weak to be accepted. */
  readonly modulusLength?: number;
}

const CURVES: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };

export function generateSigningKey(options: SigningKeyOptions = {}): SigningKey {
  const alg = options.alg ?? 'RS256';
  const kid = options.kid === null ? undefined : (options.kid ?? randomUUID());
  return { alg, kid, ...generatePair(alg, options.modulusLength) };
}

function generatePair(alg: Algorithm, modulusLength: number | undefined): RsaPair {
  const namedCurve = CURVES[alg];
  if (namedCurve !== undefined) return generateKeyPairSync('ec', { namedCurve });
  return alg.startsWith('Ed') ? generateKeyPairSync('ed25519') : rsaPair(modulusLength);
}

export function publicJwk(key: SigningKey): JsonWebKey {
  const named = key.kid === undefined ? {} : { kid: key.kid };
  return { ...key.publicKey.export({ format: 'jwk' }), ...named, use: 'sig', alg: key.alg };
}

/** A compact JWS (RFC 7515 §3.1). `header` is put over the key's own; claims that are `undefined` are left out. */
export function signToken(key: SigningKey, claims: Claims, header: Claims = {}): string {
  const named = key.kid === undefined ? {} : { kid: key.kid };
  return signTexts(key, JSON.stringify({ alg: key.alg, typ: 'JWT', ...named, ...header }), JSON.stringify(claims));
}

/** The same of any texts: JSON that no value gives (a member twice, a number out of range), or none at all. */
export function signTexts(key: SigningKey, header: string, payload: string): string {
  const input = `${Buffer.from(header).toString('base64url')}.${Buffer.from(payload).toString('base64url')}`;
  const token = `${input}.${signature(key, input).toString('base64url')}`;
  noteSecret(token);
  return token;
}

export function encodePart(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Not left to a library, which would refuse the weak keys that the tests need. */
function signature(key: SigningKey, input: string): Buffer {
  const data = Buffer.from(input);
  if (key.alg.startsWith('Ed')) return sign(null, data, key.privateKey);
  return sign(`sha${key.alg.slice(2)}`, data, signingOptions(key));
}

function signingOptions({ alg, privateKey }: SigningKey): KeyObject | SignKeyObjectInput {
  if (alg.startsWith('ES')) return { key: privateKey, dsaEncoding: 'ieee-p1363' };
  if (!alg.startsWith('PS')) return privateKey;
  const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
  return { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
}
