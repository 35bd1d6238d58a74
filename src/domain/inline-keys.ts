import { quoted, type DocumentPath, type Fault } from './fault.ts';

export const MAX_INLINE_KEYS = 10;
export const MIN_RSA_MODULUS_BITS = 2048;

/** A public key (RFC 7517 §4): asymmetric, without private members, and strong enough. */
export type PublicJwk = Readonly<Record<string, unknown>>;

export type InlineKeysResult =
  | { readonly kind: 'valid'; readonly keys: readonly PublicJwk[] }
  | { readonly kind: 'invalid'; readonly faults: readonly Fault[] };

/** RFC 7518 §6.2.2, §6.3.2 and §6.4.1; a `k` is a symmetric key. */
export const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth'] as const;
/** Length of a coordinate in bytes (RFC 7518 §6.2.1.2). */
const EC_COORDINATE_BYTES: ReadonlyMap<string, number> = new Map([
  ['P-256', 32],
  ['P-384', 48],
  ['P-521', 66],
]);
export const EC_CURVES: readonly string[] = [...EC_COORDINATE_BYTES.keys()];
/** RFC 8037 §2. */
const ED25519_KEY_BYTES = 32;
const BASE64URL = /^[A-Za-z0-9_-]+$/;
const BASE64URL_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** What a key is handed on with; the rest (certificates, URLs) is never used. */
const TEXT_MEMBERS = ['kty', 'n', 'e', 'crv', 'x', 'y', 'kid', 'alg', 'use'] as const;

type Members = ReadonlyMap<string, unknown>;

/** Checks the `jwks` of a policy: an object with `keys`, as JSON or YAML gave it. */
export function parseInlineKeys(value: unknown): InlineKeysResult {
  const keys = members(value)?.get('keys');
  if (!Array.isArray(keys)) {
    return invalid([
      fault('jwks-form', [], 'jwks must be a JWK Set: an object whose member "keys" is a list (RFC 7517 §5).'),
    ]);
  }
  if (keys.length < 1 || keys.length > MAX_INLINE_KEYS) {
    return invalid([
      fault('jwks-count', ['keys'], `jwks must hold 1 to ${MAX_INLINE_KEYS} keys, and holds ${keys.length}.`),
    ]);
  }
  const faults = keys.flatMap((key, index) => keyFaults(members(key), ['keys', index]));
  return faults.length > 0 ? invalid(faults) : { kind: 'valid', keys: keys.map((key) => publicPart(members(key))) };
}

function invalid(faults: readonly Fault[]): InlineKeysResult {
  return { kind: 'invalid', faults };
}

function members(value: unknown): Members | undefined {
  if (value instanceof Map) return value as Members;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return new Map<string, unknown>(Object.entries(value));
}

function keyFaults(key: Members | undefined, path: DocumentPath): readonly Fault[] {
  if (key === undefined) return [fault('jwk-member', path, 'A key of jwks must be an object.')];
  const secret = PRIVATE_MEMBERS.find((name) => key.has(name));
  if (secret !== undefined) {
    const message = `This key holds the private member ${quoted(secret)}, so it is compromised: others can read this file.`;
    return [
      {
        ...fault('jwk-private', [...path, secret], message),
        advice: 'Replace the key, and write only its public part.',
      },
    ];
  }
  return [...memberFaults(key, path), ...typeFaults(key, path)];
}

function memberFaults(key: Members, path: DocumentPath): readonly Fault[] {
  const wrong = TEXT_MEMBERS.filter((name) => key.has(name) && typeof key.get(name) !== 'string');
  const faults = wrong.map((name) => fault('jwk-member', [...path, name], `${name} of a key must be a text.`));
  const operations = key.get('key_ops');
  if (operations === undefined || (Array.isArray(operations) && operations.every((one) => typeof one === 'string')))
    return faults;
  return [...faults, fault('jwk-member', [...path, 'key_ops'], 'key_ops of a key must be a list of texts.')];
}

function typeFaults(key: Members, path: DocumentPath): readonly Fault[] {
  switch (key.get('kty')) {
    case 'RSA':
      return rsaFaults(key, path);
    case 'EC':
      return ecFaults(key, path);
    case 'OKP':
      return edwardsFaults(key, path);
    default:
      return [fault('jwk-type', [...path, 'kty'], 'kty of a key must be RSA, EC or OKP.')];
  }
}

function rsaFaults(key: Members, path: DocumentPath): readonly Fault[] {
  const modulus = bytesMember(key, 'n');
  const exponent = bytesMember(key, 'e');
  if (modulus === undefined) return [fault('jwk-member', [...path, 'n'], 'n of an RSA key must be base64url text.')];
  if (exponent === undefined) return [fault('jwk-member', [...path, 'e'], 'e of an RSA key must be base64url text.')];
  const bits = bitLength(modulus);
  if (bits < MIN_RSA_MODULUS_BITS) {
    return [
      fault(
        'jwk-weak',
        [...path, 'n'],
        `An RSA key must have at least ${MIN_RSA_MODULUS_BITS} bits, and this one has ${bits}.`,
      ),
    ];
  }
  // With an exponent of 1 anyone can sign (RFC 8017 §3.1: odd, from 3).
  if (bitLength(exponent) < 2)
    return [fault('jwk-weak', [...path, 'e'], 'The exponent e of an RSA key must be 3 or more.')];
  return [];
}

function ecFaults(key: Members, path: DocumentPath): readonly Fault[] {
  const bytes = EC_COORDINATE_BYTES.get(String(key.get('crv')));
  if (bytes === undefined)
    return [fault('jwk-type', [...path, 'crv'], `crv of an EC key must be ${EC_CURVES.join(', ')}.`)];
  return (['x', 'y'] as const).flatMap((name) => coordinateFaults(key, name, bytes, path));
}

function edwardsFaults(key: Members, path: DocumentPath): readonly Fault[] {
  if (key.get('crv') !== 'Ed25519') return [fault('jwk-type', [...path, 'crv'], 'crv of an OKP key must be Ed25519.')];
  return coordinateFaults(key, 'x', ED25519_KEY_BYTES, path);
}

function coordinateFaults(key: Members, name: 'x' | 'y', bytes: number, path: DocumentPath): readonly Fault[] {
  const text = bytesMember(key, name);
  if (text !== undefined && byteCount(text) === bytes) return [];
  return [fault('jwk-member', [...path, name], `${name} of this key must be ${bytes} bytes as base64url text.`)];
}

/** @returns the member's base64url text (RFC 7515 §2: without padding) */
function bytesMember(key: Members, name: string): string | undefined {
  const text = key.get(name);
  return typeof text === 'string' && BASE64URL.test(text) && text.length % 4 !== 1 ? text : undefined;
}

function byteCount(base64url: string): number {
  return Math.floor((base64url.length * 6) / 8);
}

/** Of the big-endian number, leading zeros not counted. */
function bitLength(base64url: string): number {
  const significant = base64url.replace(/^A+/, '');
  // Of a zero nothing is significant, and more bits are taken away than there are.
  const zeros =
    6 * (base64url.length - significant.length) + Math.clz32(BASE64URL_DIGITS.indexOf(significant.charAt(0))) - 26;
  return Math.max(0, 8 * byteCount(base64url) - zeros);
}

function publicPart(key: Members | undefined): PublicJwk {
  const names = [...TEXT_MEMBERS, 'key_ops'].filter((name) => key?.has(name));
  return Object.fromEntries(names.map((name) => [name, key?.get(name)]));
}

function fault(rule: string, path: DocumentPath, message: string): Fault {
  return { rule, path: ['jwks', ...path], message };
}
