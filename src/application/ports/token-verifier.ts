import type { Claims } from '../../domain/claims.ts';
import type { PublicJwk } from '../../domain/inline-keys.ts';
import type { UnverifiedToken } from './token-decoder.ts';
import type { Unavailable } from './unavailable.ts';
import { requestToken } from './token.ts';

export type Verification = { readonly kind: 'verified'; readonly claims: Claims } | RejectedToken;

export interface RejectedToken {
  readonly kind: 'rejected';
  readonly reason: string;
  /**
   * `signature`: no key of the issuer made it, so that anybody may have sent it. `claims`: the issuer signed it, and its
   * times or types of claims are wrong. `issuer`: the issuer answered with something unusable.
   */
  readonly fault: 'signature' | 'claims' | 'issuer';
}

/**
 * Where fetched keys are kept: where every isolate finds them, or in this one alone, for an issuer that was named by a
 * pattern only. Of those there may be any number.
 */
export type KeyKeeping = 'shared' | 'isolate';

/**
 * Verifies a token: signature, `iss`, `exp`, `nbf`, `iat`, with 30 s of tolerance (RFC 7519 §4.1, RFC 8725).
 * Keys may be cached for an hour and, while the issuer is down, for a day.
 */
export interface TokenVerifier {
  /**
   * With the issuer's own keys, fetched where they are not cached. CONTACTS THE ISSUER: call it only for one that is trusted.
   *
   * @param keeping `shared` unless given
   */
  verify(token: UnverifiedToken, keeping?: KeyKeeping): Promise<Verification | Unavailable>;
  /** With keys that are at hand and fresh; contacts nobody. */
  verifyWithCachedKeys(token: UnverifiedToken): Promise<Verification | { readonly kind: 'no_keys' }>;
  /** Whether keys at hand, a day old at the most, verify it; contacts nobody. What it says is good for a budget, never for a grant. */
  verifiesWithOldKeys(token: UnverifiedToken): Promise<boolean>;
  /** With a policy's inline keys. The cache is not used for them. */
  verifyWithInlineKeys(token: UnverifiedToken, keys: readonly PublicJwk[]): Promise<Verification>;
}

export const TOKEN_VERIFIER = requestToken<TokenVerifier>('TokenVerifier');
