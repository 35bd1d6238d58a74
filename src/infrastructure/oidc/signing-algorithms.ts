/**
 * JWS algorithms that a token may be signed with (RFC 7518 §3.1, RFC 8037, RFC 9864); never `none`, never a shared
 * secret.
 */
export const SIGNING_ALGORITHMS: readonly string[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** Accepted difference between the issuer's clock and ours. */
export const CLOCK_TOLERANCE_SECONDS = 30;
