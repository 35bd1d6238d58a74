import type { RawClaims } from '../../domain/claims.ts';

/** A token: its claims, and the name of the key that signed it. */
export interface MemoryToken {
  readonly claims: RawClaims;
  readonly signedBy: string;
}

/** Every token that was made here, by the text that stands for it. */
export class MemoryTokens {
  private readonly tokens = new Map<string, MemoryToken>();

  /** @param signedBy the issuer's own key unless given */
  make(claims: RawClaims, signedBy = typeof claims.iss === 'string' ? `key of ${claims.iss}` : ''): string {
    const compact = `token-${this.tokens.size + 1}`;
    this.tokens.set(compact, { claims, signedBy });
    return compact;
  }

  read(compact: string): MemoryToken | undefined {
    return this.tokens.get(compact);
  }
}
