import { Claims } from '../../domain/claims.ts';
import type { PublicJwk } from '../../domain/inline-keys.ts';
import type { Clock } from '../../application/ports/clock.ts';
import type { UnverifiedToken } from '../../application/ports/token-decoder.ts';
import type { TokenVerifier, Verification } from '../../application/ports/token-verifier.ts';
import type { Unavailable } from '../../application/ports/unavailable.ts';
import type { MemoryTokens } from './memory-tokens.ts';

const CLOCK_TOLERANCE_SECONDS = 30;

/** Knows keys by their names alone; an inline key by its `kid`. */
export class MemoryTokenVerifier implements TokenVerifier {
  /** Issuers that were asked for their keys, once each time. */
  readonly contacted: string[] = [];
  /** Issuers that give no answer. */
  readonly down = new Map<string, Unavailable>();
  private readonly cached = new Set<string>();

  constructor(
    private readonly tokens: MemoryTokens,
    private readonly clock: Clock,
  ) {}

  verify(token: UnverifiedToken): Promise<Verification | Unavailable> {
    if (!this.cached.has(token.issuer)) {
      this.contacted.push(token.issuer);
      const failure = this.down.get(token.issuer);
      if (failure !== undefined) return Promise.resolve(failure);
      this.cached.add(token.issuer);
    }
    return Promise.resolve(this.judged(token, [ownKey(token.issuer)]));
  }

  verifyWithCachedKeys(token: UnverifiedToken): Promise<Verification | { readonly kind: 'no_keys' }> {
    const known = this.cached.has(token.issuer);
    return Promise.resolve(known ? this.judged(token, [ownKey(token.issuer)]) : { kind: 'no_keys' });
  }

  verifyWithInlineKeys(token: UnverifiedToken, keys: readonly PublicJwk[]): Promise<Verification> {
    return Promise.resolve(
      this.judged(
        token,
        keys.map(({ kid }) => kid),
      ),
    );
  }

  private judged({ compact, issuer }: UnverifiedToken, keys: readonly unknown[]): Verification {
    const token = this.tokens.read(compact);
    if (token?.claims.iss !== issuer || !keys.includes(token.signedBy)) return rejected('no key of the issuer fits');
    const { exp, nbf, iat, sub } = token.claims;
    const latest = this.clock.now() / 1000 + CLOCK_TOLERANCE_SECONDS;
    const earliest = latest - 2 * CLOCK_TOLERANCE_SECONDS;
    if (typeof exp !== 'number' || exp <= earliest) return rejected('exp');
    if ([nbf, iat].some((time) => time !== undefined && (typeof time !== 'number' || time > latest))) {
      return rejected('nbf or iat');
    }
    return typeof sub === 'string' ? { kind: 'verified', claims: new Claims(token.claims) } : rejected('sub');
  }
}

function ownKey(issuer: string): string {
  return `key of ${issuer}`;
}

function rejected(reason: string): Verification {
  return { kind: 'rejected', reason };
}
