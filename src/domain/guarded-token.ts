import { Caller } from './caller.ts';
import type { Claims } from './claims.ts';
import type { Guardrails, TokenFault } from './guardrails.ts';
import type { PolicyLevel } from './permission-set.ts';
import type { TrustPolicy } from './trust-policy.ts';

/** A token that is judged apart from the service: nobody has verified it. */
export interface ShownToken {
  readonly policy: TrustPolicy;
  readonly claims: Claims;
  readonly level: PolicyLevel;
  readonly isActionsIssuer: (issuer: string) => boolean;
  /** GitHub's number of the organization. Without it, whose workflow it is can't be told: any is taken for its own. */
  readonly ownerId: number | undefined;
  readonly nowSeconds: number;
}

/** What guardrails would have against a token, once its signature and times are right. For explanations, never a decision. */
export function shownTokenFaults(guardrails: Guardrails, shown: ShownToken): readonly TokenFault[] {
  const { policy, claims, level, isActionsIssuer, ownerId, nowSeconds } = shown;
  const provenBy = policy.inlineKeys === undefined ? 'issuer' : 'inline';
  const caller = new Caller(claims, provenBy, isActionsIssuer(claims.issuer));
  return guardrails.judgeToken({
    level,
    isOfOwnWorkflow: ownerId === undefined ? caller.speaksForGitHub : caller.belongsTo(ownerId),
    lifetimeSeconds: claims.lifetimeSeconds(nowSeconds),
  });
}
