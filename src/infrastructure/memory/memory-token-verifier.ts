import { Claims } from '../../domain/claims.ts';
import type { PublicJwk } from '../../domain/inline-keys.ts';
import type { Clock } from '../../application/ports/clock.ts';
import type { UnverifiedToken } from '../../application/ports/token-decoder.ts';
import type { KeyKeeping, TokenVerifier, Verification } from '../../application/ports/token-verifier.ts';
import type { Unavailable } from '../../application/ports/unavailable.ts';
import type { MemoryTokens } from './memory-tokens.ts';

const CLOCK_TOLERANCE_SECONDS = 30;

/** Knows keys only by name, and an inline key by its `kid`. */
export class MemoryTokenVerifier implements TokenVerifier {
  /** Issuers that were asked for their keys, once each time. */
  readonly contacted: string[] = [];
  /** Issuers that give no answer. */
  readonly down = new Map<string, Unavailable>();
  /** Issuers whose keys are kept in the isolate alone. */
  readonly keptHere = new Set<string>();
  /** Issuers whose keys are at hand, but too old to prove anything. */
  readonly old = new Set<string>();
  private readonly cached = new Set<string>();

  constructor(
    private readonly tokens: MemoryTokens,
    private readonly clock: Clock,
  ) {}

  verify(token: UnverifiedToken, keeping: KeyKeeping = 'shared'): Promise<Verification | Unavailable> {
    if (!this.cached.has(token.issuer) || this.old.has(token.issuer)) {
      this.contacted.push(token.issuer);
      const failure = this.down.get(token.issuer);
      if (failure !== undefined) return Promise.resolve(failure);
      this.cached.add(token.issuer);
      this.old.delete(token.issuer);
      if (keeping === 'isolate') this.keptHere.add(token.issuer);
    }
    return Promise.resolve(this.judged(token, [ownKey(token.issuer)]));
  }

  verifyWithCachedKeys(token: UnverifiedToken): Promise<Verification | { readonly kind: 'no_keys' }> {
    const known = this.cached.has(token.issuer) && !this.old.has(token.issuer);
    return Promise.resolve(known ? this.judged(token, [ownKey(token.issuer)]) : { kind: 'no_keys' });
  }

  verifiesWithOldKeys(token: UnverifiedToken): Promise<boolean> {
    const known = this.cached.has(token.issuer);
    return Promise.resolve(known && this.judged(token, [ownKey(token.issuer)]).kind === 'verified');
  }

  verifyWithInlineKeys(token: UnverifiedToken, keys: readonly PublicJwk[]): Promise<Verification> {
    return Promise.resolve(
      this.judged(
        token,
        keys.map(({ kid }) => kid),
      ),
    );
  }

  /** Forgets all keys, as after a day or in a new isolate. */
  forget(): void {
    this.cached.clear();
  }

  private judged({ compact, issuer }: UnverifiedToken, keys: readonly unknown[]): Verification {
    const token = this.tokens.read(compact);
    if (token?.claims.iss !== issuer || !keys.includes(token.signedBy))
      return rejected('no key of the issuer fits', 'signature');
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

function rejected(reason: string, fault: 'signature' | 'claims' = 'claims'): Verification {
  return { kind: 'rejected', reason, fault };
}
