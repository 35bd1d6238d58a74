import type { InjectionToken } from 'tsyringe';
import type { Claims } from '../../domain/claims.ts';
import type { PublicJwk } from '../../domain/inline-keys.ts';
import type { UnverifiedToken } from './token-decoder.ts';
import type { Unavailable } from './unavailable.ts';

export type Verification =
  | { readonly kind: 'verified'; readonly claims: Claims }
  /** Signature, times, issuer or keys fail, or the issuer answered with something unusable. */
  | { readonly kind: 'rejected'; readonly reason: string };

/**
 * Proves a token: signature, `iss`, `exp`, `nbf`, `iat`, with 30 s of tolerance (RFC 7519 §4.1, RFC 8725).
 * Keys may be cached for an hour and, while the issuer is down, for a day.
 */
export interface TokenVerifier {
  /** With the issuer's own keys, fetched where they are not cached. CONTACTS THE ISSUER: call it only for one that is trusted. */
  verify(token: UnverifiedToken): Promise<Verification | Unavailable>;
  /** With keys that are at hand and fresh; contacts nobody. */
  verifyWithCachedKeys(token: UnverifiedToken): Promise<Verification | { readonly kind: 'no_keys' }>;
  /** With a policy's inline keys, which neither read nor enter the cache. */
  verifyWithInlineKeys(token: UnverifiedToken, keys: readonly PublicJwk[]): Promise<Verification>;
}

export const TOKEN_VERIFIER: InjectionToken<TokenVerifier> = Symbol('TokenVerifier');
