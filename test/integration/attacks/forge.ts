import { sign } from 'node:crypto';
import { encodePart, signToken } from '../../support/signing-key.ts';
import type { Claims, SigningKey } from '../../support/signing-key.ts';

/** What a forger has in the best case: the issuer's own key, and claims that are granted. */
export interface Forge {
  readonly key: SigningKey;
  readonly claims: Claims;
  /** The `iss` of the claims. */
  readonly issuer: string;
  /** In seconds. */
  readonly now: number;
  /** An address of the forger's, which must never be asked for anything. */
  readonly lair: string;
}

export function sound({ key, claims }: Forge): string {
  return signToken(key, claims);
}

export function withClaims({ key, claims }: Forge, change: Claims): string {
  return signToken(key, { ...claims, ...change });
}

export function withHeader({ key, claims }: Forge, header: Claims): string {
  return signToken(key, claims, header);
}

/** Signed by the issuer's RS256 key, but with a header and a payload that no JSON writer makes. */
export function signedText(forge: Forge, payload: string | Buffer, header?: string | Buffer): string {
  const first = header ?? JSON.stringify({ alg: 'RS256', typ: 'JWT', kid: forge.key.kid });
  return signedInput(forge, `${encodeText(first)}.${encodeText(payload)}`);
}

export function signedInput({ key }: Forge, input: string): string {
  return `${input}.${sign('sha256', bytes(input), key.privateKey).toString('base64url')}`;
}

/** Node's `Buffer.from`, typed: the Workers' types make it `any`. */
export function bytes(text: string, encoding: BufferEncoding = 'utf8'): Buffer {
  return Buffer.from(text, encoding);
}

export function zeros(length: number): Buffer {
  return Buffer.alloc(length);
}

export function encodeText(text: string | Buffer): string {
  return Buffer.from(text).toString('base64url');
}

/** The claims as JSON text, the given members last, so that they win where a name comes twice. */
export function claimsText({ claims }: Forge, members: string): string {
  return `${JSON.stringify(claims).slice(0, -1)},${members}}`;
}

export interface Parts {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
}

export function partsOf(token: string): Parts {
  const [header = '', payload = '', signature = ''] = token.split('.');
  return { header, payload, signature };
}

/** The claims under another header, with a signature that anybody can make. */
export function unsignedUnder({ claims }: Forge, header: unknown, signature = 'c2lnbmF0dXJl'): string {
  return `${encodePart(header)}.${encodePart(claims)}.${signature}`;
}
