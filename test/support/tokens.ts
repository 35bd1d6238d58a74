import { createHmac } from 'node:crypto';
import { encodePart, generateSigningKey, publicJwk, signToken } from './signing-key.ts';
import type { Claims, SigningKey } from './signing-key.ts';

/** A token as its issuer would sign it, to be spoilt. */
export interface SoundToken {
  readonly key: SigningKey;
  readonly claims: Claims;
}

export interface HostileToken {
  /** Completes "refuses a token …". */
  readonly title: string;
  readonly token: string;
}

/** RFC 7515 appendix A.5: an unsecured JWS. */
export function unsecured({ claims }: SoundToken, alg = 'none'): string {
  return `${encodePart({ alg, typ: 'JWT' })}.${encodePart(claims)}.`;
}

export function withoutSignature(sound: SoundToken): string {
  return signToken(sound.key, sound.claims).replace(/\.[^.]*$/, '.');
}

/** The confusion of RFC 8725 §2.1: the public key, which everybody has, as the secret of an HMAC. */
export function hmacWithPublicKey({ key, claims }: SoundToken): string {
  const named = key.kid === undefined ? {} : { kid: key.kid };
  const input = `${encodePart({ alg: 'HS256', typ: 'JWT', ...named })}.${encodePart(claims)}`;
  const secret = key.publicKey.export({ type: 'spki', format: 'pem' });
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

/** Another key that claims to be the issuer's. */
export function signedByStranger({ key, claims }: SoundToken): string {
  return signToken(generateSigningKey({ alg: key.alg, kid: key.kid ?? null }), claims);
}

export function withUnknownKid({ key, claims }: SoundToken): string {
  return signToken(key, claims, { kid: 'a-key-that-nobody-published' });
}

/** RFC 7515 §4.1.3: a header that brings its own key, and one that points at it. */
export function withEmbeddedKey({ claims }: SoundToken): string {
  const stranger = generateSigningKey();
  return signToken(stranger, claims, { jwk: publicJwk(stranger) as Record<string, string>, kid: undefined });
}

export function withKeyUrl({ claims }: SoundToken, url: string): string {
  return signToken(generateSigningKey(), claims, { jku: url, x5u: url });
}

/** RFC 7515 §4.1.11: an extension that must be understood. */
export function withCriticalExtension({ key, claims }: SoundToken): string {
  return signToken(key, claims, { crit: ['b64'], b64: false });
}

export function tampered(sound: SoundToken, change: Claims): string {
  const [header = '', , signature = ''] = signToken(sound.key, sound.claims).split('.');
  return `${header}.${encodePart({ ...sound.claims, ...change })}.${signature}`;
}

export function changed({ key, claims }: SoundToken, change: Claims): string {
  return signToken(key, { ...claims, ...change });
}

/** Sound in everything but its size. */
export function huge(sound: SoundToken, bytes: number): string {
  return changed(sound, { padding: 'x'.repeat(bytes) });
}

/** Every forgery that no service may accept; `now` is in seconds. */
export function hostileTokens(sound: SoundToken, now: number): HostileToken[] {
  return [...forgedTokens(sound), ...untimelyTokens(sound, now), ...oddlyTypedTokens(sound)];
}

function forgedTokens(sound: SoundToken): HostileToken[] {
  return [
    { title: 'whose algorithm is none', token: unsecured(sound) },
    { title: 'whose algorithm is None, in another case', token: unsecured(sound, 'None') },
    { title: 'whose signature was taken off', token: withoutSignature(sound) },
    { title: 'that is an HMAC under the public key', token: hmacWithPublicKey(sound) },
    { title: 'that a stranger signed under the same key id', token: signedByStranger(sound) },
    { title: 'that brings its own key', token: withEmbeddedKey(sound) },
    { title: 'whose critical extension nobody knows', token: withCriticalExtension(sound) },
    { title: 'whose subject was changed after signing', token: tampered(sound, { sub: 'somebody else' }) },
  ];
}

function untimelyTokens(sound: SoundToken, now: number): HostileToken[] {
  return [
    { title: 'that has expired', token: changed(sound, { iat: now - 7200, nbf: undefined, exp: now - 3600 }) },
    { title: 'without an expiry', token: changed(sound, { exp: undefined }) },
    { title: 'whose expiry is text', token: changed(sound, { exp: String(now + 300) }) },
    { title: 'that is not valid yet', token: changed(sound, { nbf: now + 3600, exp: now + 7200 }) },
    { title: 'that was issued in the future', token: changed(sound, { iat: now + 3600, exp: now + 7200 }) },
    { title: 'whose time of issue is text', token: changed(sound, { iat: String(now) }) },
  ];
}

function oddlyTypedTokens(sound: SoundToken): HostileToken[] {
  return [
    { title: 'without a subject', token: changed(sound, { sub: undefined }) },
    { title: 'whose subject is empty', token: changed(sound, { sub: '' }) },
    { title: 'whose subject is a list', token: changed(sound, { sub: [sound.claims.sub ?? ''] }) },
    { title: 'whose subject is a number', token: changed(sound, { sub: 42 }) },
    { title: 'whose issuer is a list', token: changed(sound, { iss: [sound.claims.iss ?? ''] }) },
    { title: 'without an issuer', token: changed(sound, { iss: undefined }) },
    { title: 'without an audience', token: changed(sound, { aud: undefined }) },
    { title: 'whose audience is an object', token: changed(sound, { aud: { value: 'x' } }) },
    { title: 'whose audiences are not all text', token: changed(sound, { aud: [1, true] }) },
  ];
}
