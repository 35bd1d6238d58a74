import { inject, injectable } from 'tsyringe';
import type { Claims } from '../domain/claims.ts';
import type { PublicJwk } from '../domain/inline-keys.ts';
import { EXCHANGE_RULES, type ExchangeRules } from './exchange-rules.ts';
import { TOKEN_DECODER, type TokenDecoder, type UnverifiedToken } from './ports/token-decoder.ts';
import { TOKEN_VERIFIER, type KeyKeeping, type TokenVerifier, type Verification } from './ports/token-verifier.ts';
import type { Unavailable } from './ports/unavailable.ts';
import { Refusal } from './refusal.ts';

/** A caller whose token is verified. */
export interface ProvenCaller {
  readonly claims: Claims;
  /** Verified with the issuer's own keys, not with ones that a policy brought along. */
  readonly byIssuerKeys: boolean;
}

/** Reads and proves tokens, as early as an issuer may be trusted with a request. */
@injectable()
export class ProveCaller {
  constructor(
    @inject(EXCHANGE_RULES) private readonly rules: ExchangeRules,
    @inject(TOKEN_DECODER) private readonly decoder: TokenDecoder,
    @inject(TOKEN_VERIFIER) private readonly verifier: TokenVerifier,
  ) {}

  /** @throws Refusal where the token could never be accepted, whatever a policy says */
  read(compact: string): UnverifiedToken {
    const decoded = this.decoder.decode(compact);
    if (decoded.kind === 'malformed') {
      throw new Refusal('invalid_token', `The bearer token can't be used: ${decoded.reason}.`);
    }
    if (decoded.kind !== 'decoded') throw verificationFailed(decoded.reason);
    const { allowedIssuers } = this.rules;
    if (allowedIssuers !== undefined && !allowedIssuers.has(decoded.token.issuer)) {
      throw new Refusal('issuer_not_allowed', "The token's issuer is not among those that this service accepts.");
    }
    return decoded.token;
  }

  /**
   * Before anything is asked of GitHub: a forged token of a known issuer costs nothing.
   *
   * @returns nothing where the issuer is not known, or merely has cached keys that do not fit (a policy may carry its own)
   */
  async early(token: UnverifiedToken): Promise<ProvenCaller | undefined> {
    if (this.isKnown(token.issuer)) return this.byIssuer(token, 'shared');
    const verification = await this.verifier.verifyWithCachedKeys(token);
    return verification.kind === 'verified' ? { claims: verification.claims, byIssuerKeys: true } : undefined;
  }

  /**
   * Whether keys at hand verify the token that the issuer may have withdrawn by now. It proves nobody: it only tells an
   * honest caller from a flood of forged tokens.
   */
  presumably(token: UnverifiedToken): Promise<boolean> {
    return this.verifier.verifiesWithOldKeys(token);
  }

  /** Contacts the issuer if need be: only for one that is known or that the policy names. */
  async byIssuer(token: UnverifiedToken, keeping: KeyKeeping): Promise<ProvenCaller> {
    return { claims: claimsOf(await this.verifier.verify(token, keeping)), byIssuerKeys: true };
  }

  async byInlineKeys(token: UnverifiedToken, keys: readonly PublicJwk[]): Promise<ProvenCaller> {
    return { claims: claimsOf(await this.verifier.verifyWithInlineKeys(token, keys)), byIssuerKeys: false };
  }

  private isKnown(issuer: string): boolean {
    const { allowedIssuers, knownIssuers, isActionsIssuer } = this.rules;
    return isActionsIssuer(issuer) || knownIssuers.has(issuer) || allowedIssuers?.has(issuer) === true;
  }
}

function claimsOf(verification: Verification | Unavailable): Claims {
  switch (verification.kind) {
    case 'verified':
      return verification.claims;
    case 'rejected':
      throw verificationFailed(verification.reason);
    case 'unavailable':
      throw Refusal.unavailable(verification, 'The issuer');
  }
}

function verificationFailed(detail: string): Refusal {
  return new Refusal(
    'token_verification_failed',
    "The token's signature, times, issuer or keys could not be verified.",
    { detail },
  );
}
