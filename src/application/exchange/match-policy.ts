import { inject, injectable } from 'tsyringe';
import type { TokenFault } from '../../domain/guardrails.ts';
import { isOrganizationLevel } from '../../domain/policy-location.ts';
import type { Verdict } from '../../domain/trust-policy.ts';
import { CLOCK, type Clock } from '../ports/clock.ts';
import { Refusal } from '../refusal.ts';
import { EXCHANGE_RULES, type ExchangeRules } from './exchange-rules.ts';
import type { Proven } from './prove-caller.ts';

/** Every field of the policy holds for the caller's claims, and so do the organization's guardrails. */
export interface Matched extends Omit<Proven, 'stage'> {
  readonly stage: 'matched';
  readonly verdict: Verdict;
  /** What auditing guardrails would refuse the token for. */
  readonly tokenOutside: readonly TokenFault[];
}

/** Judges a verified token: by the policy, then by the organization's guardrails. */
@injectable()
export class MatchPolicy {
  constructor(
    @inject(EXCHANGE_RULES) private readonly rules: ExchangeRules,
    @inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws Refusal `permission_denied` with everything that does not match, not only the first */
  match(proven: Proven): Matched {
    const verdict = proven.policy.judge(proven.caller.claims, this.rules.serviceAudiences);
    if (!verdict.matched) throw mismatch(verdict);
    const tokenOutside = this.outside(proven);
    const isEnforced = proven.guardrails.kind === 'present' && proven.guardrails.guardrails.mode === 'enforce';
    if (tokenOutside.length > 0 && isEnforced) throw outsideGuardrails(tokenOutside);
    return { ...proven, stage: 'matched', verdict, tokenOutside };
  }

  private outside({ guardrails, request, caller, installation }: Proven): readonly TokenFault[] {
    if (guardrails.kind !== 'present') return [];
    const isOrganizationPolicy = isOrganizationLevel(request.scope, this.rules.orgPolicyRepository);
    return guardrails.guardrails.judgeToken({
      level: isOrganizationPolicy ? 'organization' : 'repository',
      isOfOwnWorkflow: caller.belongsTo(installation.accountId),
      lifetimeSeconds: caller.claims.lifetimeSeconds(this.clock.now() / 1000),
    });
  }
}

function mismatch(verdict: Verdict): Refusal {
  const mismatches = verdict.fields.filter((field) => !field.matched).map(({ field }) => field);
  return new Refusal('permission_denied', 'The token does not match the trust policy.', {
    detail: `mismatch: ${mismatches.join(', ')}`,
    evidence: { kind: 'mismatch', verdict },
  });
}

function outsideGuardrails(faults: readonly TokenFault[]): Refusal {
  return new Refusal('permission_denied', "The token is outside the organization's guardrails.", {
    detail: `outside the guardrails: ${tokenFaultsText(faults)}`,
    evidence: { kind: 'token_outside', faults },
  });
}

/** For the log and the audit event. */
export function tokenFaultsText(faults: readonly TokenFault[]): string {
  return faults.map(({ rule, message }) => `${message} (${rule})`).join(' ');
}
