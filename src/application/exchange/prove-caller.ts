import { inject, injectable } from 'tsyringe';
import { Caller, type ProvenBy } from '../../domain/caller.ts';
import type { Finding } from '../../domain/finding.ts';
import { isOrganizationLevel } from '../../domain/policy-location.ts';
import type { TrustPolicy } from '../../domain/trust-policy.ts';
import type { UnverifiedToken } from '../ports/token-decoder.ts';
import { TOKEN_VERIFIER, type KeyKeeping, type TokenVerifier, type Verification } from '../ports/token-verifier.ts';
import type { Unavailable } from '../ports/unavailable.ts';
import { Refusal } from '../refusal.ts';
import { RequestBudget } from '../budget/request-budget.ts';
import { admitIssuer } from './admit-issuer.ts';
import { verificationFailed, type Decoded } from './decode-token.ts';
import { EXCHANGE_RULES, type ExchangeRules } from './exchange-rules.ts';
import type { Located } from './locate-policy.ts';

/** The token is verified with the keys that count for the policy. */
export interface Proven extends Omit<Located, 'stage' | 'policy' | 'caller'> {
  readonly stage: 'proven';
  readonly policy: TrustPolicy;
  /** The repository that holds it. */
  readonly repositoryId: number;
  /** SHA-256 of the file, in hex. */
  readonly policyHash: string;
  /** What auditing guardrails would refuse the policy for. */
  readonly policyOutside: readonly Finding[];
  readonly caller: Caller;
}

/** Verifies tokens, as early as it is safe to send their issuer a request. */
@injectable()
export class ProveCaller {
  constructor(
    @inject(EXCHANGE_RULES) private readonly rules: ExchangeRules,
    @inject(TOKEN_VERIFIER) private readonly verifier: TokenVerifier,
    @inject(RequestBudget) private readonly budget: RequestBudget,
  ) {}

  /**
   * Before anything is asked of GitHub, so that a forged token of a known issuer costs nothing. The caller stays unproven
   * if the issuer is not known, or if its cached keys do not verify the token: a policy may bring keys of its own.
   *
   * @throws Refusal where a known issuer's token fails
   */
  async early(decoded: Decoded): Promise<Decoded> {
    const { token } = decoded;
    if (this.isKnown(token.issuer)) return { ...decoded, caller: await this.byIssuer(token, 'shared') };
    const verification = await this.verifier.verifyWithCachedKeys(token);
    if (verification.kind === 'verified') return { ...decoded, caller: this.proven(verification, 'issuer') };
    // The issuer may have withdrawn these keys since, so they prove nothing. But a forged token does not verify with them:
    // such a caller may use the larger budget.
    if (await this.verifier.verifiesWithOldKeys(token)) this.budget.presumeOutsider();
    return decoded;
  }

  /** @throws Refusal where the issuer or the policy is not admitted, or the token fails */
  async prove(located: Located): Promise<Proven> {
    const { request, token } = located;
    const { orgPolicyRepository } = this.rules;
    const {
      policy,
      contentHash,
      repositoryId,
      outside = [],
    } = admitIssuer(located, isOrganizationLevel(request.scope, orgPolicyRepository), this.rules);
    const caller = await this.proveFor(token, policy, located.caller);
    return {
      ...located,
      stage: 'proven',
      policy,
      repositoryId,
      policyHash: contentHash,
      policyOutside: outside,
      caller,
    };
  }

  private async proveFor(token: UnverifiedToken, policy: TrustPolicy, early: Caller | undefined): Promise<Caller> {
    const { inlineKeys } = policy;
    if (inlineKeys !== undefined && policy.namesIssuer(token.issuer)) {
      return this.proven(await this.verifier.verifyWithInlineKeys(token, inlineKeys), 'inline');
    }
    return early ?? this.byIssuer(token, policy.namesIssuerExactly ? 'shared' : 'isolate');
  }

  /** Contacts the issuer if need be: only for one that is known or that the policy names. */
  private async byIssuer(token: UnverifiedToken, keeping: KeyKeeping): Promise<Caller> {
    return this.proven(await this.verifier.verify(token, keeping), 'issuer');
  }

  private proven(verification: Verification | Unavailable, by: ProvenBy): Caller {
    switch (verification.kind) {
      case 'verified': {
        const { claims } = verification;
        this.budget.proveOutsider();
        return new Caller(claims, by, this.rules.isActionsIssuer(claims.issuer));
      }
      case 'rejected':
        throw verificationFailed(
          verification.reason,
          verification.fault === 'signature' ? { kind: 'bad_signature' } : undefined,
        );
      case 'unavailable':
        throw Refusal.unavailable(verification, 'The issuer');
    }
  }

  private isKnown(issuer: string): boolean {
    const { allowedIssuers, knownIssuers, isActionsIssuer } = this.rules;
    return isActionsIssuer(issuer) || knownIssuers.has(issuer) || allowedIssuers?.has(issuer) === true;
  }
}
