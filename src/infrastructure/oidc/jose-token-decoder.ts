import { decodeJwt, decodeProtectedHeader } from 'jose';
import { issuerUrlFault, type IssuerUrlRules } from '../../domain/issuer-url.ts';
import type { Clock } from '../../application/ports/clock.ts';
import type { DecodedToken, TokenDecoder } from '../../application/ports/token-decoder.ts';
import { CLOCK_TOLERANCE_SECONDS, SIGNING_ALGORITHMS } from './signing-algorithms.ts';

/** In characters of the compact form, which is ASCII. */
const MAX_TOKEN_LENGTH = 16 * 1024;
const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

export class JoseTokenDecoder implements TokenDecoder {
  constructor(
    private readonly rules: IssuerUrlRules,
    private readonly clock: Clock,
  ) {}

  decode(compact: string): DecodedToken {
    if (compact.length > MAX_TOKEN_LENGTH) return malformed('it is longer than 16 KiB');
    const parts = COMPACT_JWS.test(compact) ? read(compact) : undefined;
    if (parts === undefined) return malformed('it is not a signed JWT');
    const { algorithm, issuer, expiresAt } = parts;
    if (typeof algorithm !== 'string' || !SIGNING_ALGORITHMS.includes(algorithm))
      return malformed('its algorithm is not allowed');
    if (typeof issuer !== 'string' || issuerUrlFault(issuer, this.rules) !== undefined) {
      return malformed('its issuer is not an acceptable URL');
    }
    if (typeof expiresAt !== 'number') return { kind: 'expired', reason: 'exp is missing' };
    const nowSeconds = this.clock.now() / 1000;
    if (expiresAt <= nowSeconds - CLOCK_TOLERANCE_SECONDS) return { kind: 'expired', reason: 'expired' };
    return { kind: 'decoded', token: { compact, issuer } };
  }
}

function read(compact: string): { algorithm: unknown; issuer: unknown; expiresAt: unknown } | undefined {
  try {
    const header = decodeProtectedHeader(compact);
    const payload = decodeJwt(compact);
    return { algorithm: header.alg, issuer: payload.iss, expiresAt: payload.exp };
  } catch {
    return undefined;
  }
}

function malformed(reason: string): DecodedToken {
  return { kind: 'malformed', reason };
}
