import { inject, injectable } from 'tsyringe';
import type { Installation } from '../../domain/apps.ts';
import type { GuardrailsReading } from '../../domain/guardrails.ts';
import { decideAllowlist, type AllowlistDecision } from '../../domain/issuer-allowlist.ts';
import { FindPolicies, type FoundPolicies, type JudgedPolicy } from '../policies/find-policies.ts';
import { Refusal, type RefusalKind } from '../refusal.ts';
import { RequestBudget } from '../budget/request-budget.ts';
import type { Decoded } from './decode-token.ts';
import type { ExchangeRequest } from './exchange-request.ts';
import { EXCHANGE_RULES, type ExchangeRules } from './exchange-rules.ts';

/** The installation and the policies are found. What was found is not judged yet. */
export interface Located extends Omit<Decoded, 'stage'> {
  readonly stage: 'located';
  readonly installation: Installation;
  readonly policy: JudgedPolicy;
  /** What the organization's allowlist says of the token's issuer. */
  readonly allowlist: AllowlistDecision;
  /** The organization's guardrails. The policy is judged by them already, the token is not. */
  readonly guardrails: GuardrailsReading;
}

/** Finds the installation and the policies that an exchange is about, and charges the lookups to the right budget. */
@injectable()
export class LocatePolicy {
  constructor(
    @inject(EXCHANGE_RULES) private readonly rules: ExchangeRules,
    @inject(FindPolicies) private readonly policies: FindPolicies,
    @inject(RequestBudget) private readonly budget: RequestBudget,
  ) {}

  /** @throws Refusal `installation_not_found`, or GitHub's failures */
  async locate(decoded: Decoded): Promise<Located> {
    const { request, token, caller } = decoded;
    // The account's id is not known before the lookup.
    if (caller?.namesOwner(request.scope.owner)) this.budget.proveInsider();
    const { installation, read } = await this.find(request);
    if (caller?.belongsTo(installation.accountId)) this.budget.proveInsider();
    if (read.policy.kind !== 'absent') this.budget.refund();
    const options = { unreadable: this.rules.allowlistUnreadable };
    const allowlist = decideAllowlist(read.allowlist, token.issuer, options);
    const { policy, guardrails } = read;
    return { ...decoded, stage: 'located', installation, policy, allowlist, guardrails };
  }

  /** GitHub's failures are no absences, so they are refunded. Our own limit is not: else refused attempts were free. */
  private async find({ scope, identity }: ExchangeRequest): Promise<FoundPolicies> {
    try {
      return await this.policies.find(scope, identity);
    } catch (error) {
      if (error instanceof Refusal && isFailureOfGitHub(error)) this.budget.refund();
      throw error;
    }
  }
}

/** What GitHub answers for reasons of its own. */
const GITHUB_FAILURES: ReadonlySet<RefusalKind> = new Set<RefusalKind>([
  'rate_limited',
  'misconfigured',
  'unavailable',
  'upstream_error',
  'upstream_timeout',
]);

function isFailureOfGitHub({ kind, details }: Refusal): boolean {
  return GITHUB_FAILURES.has(kind) && details.isOwnLimit !== true;
}
