import { decodeJwt, decodeProtectedHeader } from 'jose';
import { issuerUrlFault, type IssuerUrlRules } from '../../domain/issuer-url.ts';
import type { Clock } from '../../application/ports/clock.ts';
import type { DecodedToken, TokenDecoder } from '../../application/ports/token-decoder.ts';
import { CLOCK_TOLERANCE_SECONDS, SIGNING_ALGORITHMS } from './signing-algorithms.ts';

export interface TokenRules extends IssuerUrlRules {
  /** The longest time from a token's issue to its expiry. */
  readonly maxTokenLifetimeSeconds: number;
}

/** In characters of the compact form, which is ASCII. */
const MAX_TOKEN_LENGTH = 16 * 1024;
const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
/**
 * Types of signed tokens that are no ID token and must not pass for one (RFC 8725 §3.11): access tokens (RFC 9068
 * §2.1), logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.4), security events (RFC 8417 §2.3) and proofs of
 * possession (RFC 9449 §4.2). Issuers of ID tokens write `JWT`, nothing, or a type of their own that ends in `jwt`.
 */
const OTHER_TOKEN_TYPES: ReadonlySet<string> = new Set(['at+jwt', 'logout+jwt', 'secevent+jwt', 'dpop+jwt']);

interface TokenParts {
  readonly algorithm: unknown;
  readonly type: unknown;
  readonly issuer: unknown;
  readonly issuedAt: unknown;
  readonly expiresAt: unknown;
}

export class JoseTokenDecoder implements TokenDecoder {
  constructor(
    private readonly rules: TokenRules,
    private readonly clock: Clock,
  ) {}

  decode(compact: string): DecodedToken {
    if (compact.length > MAX_TOKEN_LENGTH) return malformed('it is longer than 16 KiB');
    const parts = COMPACT_JWS.test(compact) ? read(compact) : undefined;
    if (parts === undefined) return malformed('it is not a signed JWT');
    const { algorithm, issuer } = parts;
    if (typeof algorithm !== 'string' || !SIGNING_ALGORITHMS.includes(algorithm))
      return malformed('its algorithm is not allowed');
    if (typeof issuer !== 'string' || issuerUrlFault(issuer, this.rules) !== undefined) {
      return malformed('its issuer is not an acceptable URL');
    }
    return this.refused(parts) ?? { kind: 'decoded', token: { compact, issuer } };
  }

  /** Why the token can't be accepted whatever its signature. The issuer is then not asked for its keys. */
  private refused({ type, issuedAt, expiresAt }: TokenParts): DecodedToken | undefined {
    if (!isIdTokenType(type)) return { kind: 'unfit', reason: 'its typ is not that of an ID token' };
    if (typeof expiresAt !== 'number') return { kind: 'expired', reason: 'exp is missing' };
    const nowSeconds = this.clock.now() / 1000;
    if (expiresAt <= nowSeconds - CLOCK_TOLERANCE_SECONDS) return { kind: 'expired', reason: 'expired' };
    // Without `iat` the lifetime is counted from now, by our own clock.
    const longest = this.rules.maxTokenLifetimeSeconds + (typeof issuedAt === 'number' ? 0 : CLOCK_TOLERANCE_SECONDS);
    const lifetime = expiresAt - (typeof issuedAt === 'number' ? issuedAt : nowSeconds);
    // Written as "not at most", so that NaN, the difference of two infinite times, is refused too.
    if (lifetime <= longest) return undefined;
    return { kind: 'unfit', reason: `it is valid for longer than ${this.rules.maxTokenLifetimeSeconds} seconds` };
  }
}

/** Media types ignore case, and `application/` may be left out (RFC 7515 §4.1.9). */
function isIdTokenType(type: unknown): boolean {
  if (type === undefined) return true;
  if (typeof type !== 'string') return false;
  const [parameterless = ''] = type.toLowerCase().split(';');
  const name = parameterless.trim().replace(/^application\//, '');
  return name.endsWith('jwt') && !OTHER_TOKEN_TYPES.has(name);
}

function read(compact: string): TokenParts | undefined {
  try {
    const { alg, typ } = decodeProtectedHeader(compact) as Readonly<Record<string, unknown>>;
    const { iss, iat, exp } = decodeJwt(compact) as Readonly<Record<string, unknown>>;
    return { algorithm: alg, type: typ, issuer: iss, issuedAt: iat, expiresAt: exp };
  } catch {
    return undefined;
  }
}

function malformed(reason: string): DecodedToken {
  return { kind: 'malformed', reason };
}
