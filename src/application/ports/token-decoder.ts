import { isolateToken } from './token.ts';

/** What an unverified token says. Use it to look things up, never to decide. */
export interface UnverifiedToken {
  /** JWS Compact Serialization (RFC 7515 §7.1). */
  readonly compact: string;
  readonly issuer: string;
}

export type DecodedToken =
  | { readonly kind: 'decoded'; readonly token: UnverifiedToken }
  /** Not a JWT, an issuer that is no acceptable URL, an algorithm that is not allowed. */
  | { readonly kind: 'malformed'; readonly reason: string }
  /** Could never be verified: `exp` is missing or past. */
  | { readonly kind: 'expired'; readonly reason: string }
  /** Well formed, but not accepted: of another type than an ID token, or valid for too long. */
  | { readonly kind: 'unfit'; readonly reason: string };

/** Reads a token without trusting it; contacts nobody. */
export interface TokenDecoder {
  decode(compact: string): DecodedToken;
}

export const TOKEN_DECODER = isolateToken<TokenDecoder>('TokenDecoder');
