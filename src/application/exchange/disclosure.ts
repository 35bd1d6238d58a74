import { inject, injectable } from 'tsyringe';
import { installationPage, missingText } from '../../domain/accepted-permissions.ts';
import type { Caller } from '../../domain/caller.ts';
import { quoted } from '../../domain/fault.ts';
import type { Finding } from '../../domain/finding.ts';
import type { NearMiss } from '../../domain/policy-folder.ts';
import { POLICY_SUFFIX, policyRepository } from '../../domain/policy-location.ts';
import { BRANCH_POLICY_INDEX, type BranchPolicyIndex } from '../ports/branch-policy-index.ts';
import { Refusal, type Evidence, type Explanation, type RefusalKind } from '../refusal.ts';
import { explainMismatch, explainNotes } from './explanation.ts';
import { EXCHANGE_RULES, type ExchangeRules } from './exchange-rules.ts';
import type { Reached } from './stages.ts';

/** Failures of GitHub, of an issuer or of this service. They do not tell which accounts or policies exist. */
const TOLD_TO_ANYONE: ReadonlySet<RefusalKind> = new Set<RefusalKind>([
  'rate_limited',
  'misconfigured',
  'internal_error',
  'upstream_error',
  'unavailable',
  'upstream_timeout',
]);

/** Who is told what of a refusal. The whole of it goes to the log and the audit event, whoever asked. */
@injectable()
export class Disclosure {
  constructor(
    @inject(EXCHANGE_RULES) private readonly rules: ExchangeRules,
    @inject(BRANCH_POLICY_INDEX) private readonly branchPolicies: BranchPolicyIndex,
  ) {}

  /** The refusal as this caller may see it: with its explanation, without it, or the generic one. */
  async toCaller(refusal: Refusal, reached: Reached): Promise<Refusal> {
    const caller = reached.stage === 'asked' ? undefined : reached.caller;
    if (caller === undefined) return isToldToAnyone(refusal, reached) ? refusal : genericRefusal(refusal);
    const { evidence } = refusal.details;
    if (evidence === undefined || evidence.kind === 'bad_signature' || !this.isEntitled(caller, reached))
      return refusal;
    return refusal.explained(await this.explanation(evidence, caller, reached));
  }

  private isEntitled(caller: Caller, reached: Reached): boolean {
    const { explainTo } = this.rules;
    if (explainTo !== 'owner') return explainTo === 'everybody';
    return this.isInsider(caller, reached) || isProvenByItsPolicy(caller, reached);
  }

  /**
   * A caller whose verified token shows that it belongs to the account that the App is installed on, or that it is the
   * operator's own. Insiders of explanation only: what a caller may cost or is granted does not ask for it.
   */
  private isInsider(caller: Caller, reached: Reached): boolean {
    if (!('installation' in reached)) return false;
    return caller.belongsTo(reached.installation.accountId) || caller.isIssuedBy(this.rules.explainIssuers);
  }

  private async explanation(
    evidence: Exclude<Evidence, { kind: 'bad_signature' }>,
    caller: Caller,
    reached: Reached,
  ): Promise<Explanation> {
    const { request } = reached;
    switch (evidence.kind) {
      case 'mismatch': {
        const { serviceAudiences, isActionsIssuer } = this.rules;
        const context = { serviceAudience: serviceAudiences[0] ?? '', isActionsIssuer };
        return explainMismatch(request, evidence.verdict, caller.claims, context);
      }
      case 'policy_absent': {
        const repository = policyRepository(request.scope, this.rules.orgPolicyRepository);
        const misses = evidence.nearMisses.map((miss) => nearMissNote(repository, miss));
        return explainNotes(request, [...misses, ...(await this.seenElsewhere(caller, reached))]);
      }
      case 'policy_invalid': {
        const faults = evidence.findings.map(findingNote);
        return explainNotes(request, faults);
      }
      case 'token_outside':
        return explainNotes(
          request,
          evidence.faults.map(({ message, rule }) => `${message} (${rule})`),
        );
      case 'mint_refused':
        return explainNotes(request, [`GitHub: ${evidence.reason}`, ...this.notInstalled(evidence)]);
    }
  }

  private notInstalled({ missing, installation }: Evidence & { kind: 'mint_refused' }): readonly string[] {
    if (missing.length === 0 || installation.accepted === undefined) return [];
    const page = installationPage(this.rules.githubWebUrl, installation, installation.accepted.account);
    const names = missing.map(missingText).join(', ');
    return [
      `permission-not-installed: the App's installation lacks ${names}, when GitHub was last asked. The App must ask for it, and an owner of the account accepts it at ${page}.`,
    ];
  }

  /** Looked up for insiders alone. The time of other callers' answers must not depend on it. */
  private async seenElsewhere(caller: Caller, reached: Reached): Promise<readonly string[]> {
    if (!('installation' in reached) || !this.isInsider(caller, reached)) return [];
    const { accountId, owner } = reached.installation;
    const { scope, identity } = reached.request;
    const repository = policyRepository(scope, this.rules.orgPolicyRepository);
    const branch = await this.branchPolicies.find({ accountId, owner, repository }, identity);
    return branch === undefined ? [] : [`A push brought it to ${quoted(branch)}; only the default branch is read.`];
  }
}

function findingNote({ line, column, message, rule }: Finding): string {
  return `line ${line}, column ${column}: ${message} (${rule})`;
}

function nearMissNote(repository: string, miss: NearMiss): string {
  if (miss.kind === 'unread') return `${repository} holds ${miss.name}, which is not read.`;
  return `Did you mean the identity ${quoted(miss.identity)}? ${repository} holds ${miss.identity}${POLICY_SUFFIX}.`;
}

/**
 * A token that verified with the keys that the policy itself brings: whoever wrote the policy trusts its holder. It is told
 * of that policy alone, for only a policy at hand can have proven it.
 */
function isProvenByItsPolicy({ provenBy }: Caller, reached: Reached): boolean {
  const hasPolicy = reached.stage === 'proven' || reached.stage === 'matched' || reached.stage === 'granted';
  return provenBy === 'inline' && hasPolicy && reached.policy.inlineKeys !== undefined;
}

/**
 * What an unproven caller may be told. Before anything was looked up: what is wrong with its token. Afterwards a bad
 * signature gets the generic refusal too: else the caller learns that a policy names this issuer.
 */
function isToldToAnyone({ kind, details }: Refusal, { stage }: Reached): boolean {
  if (TOLD_TO_ANYONE.has(kind)) return true;
  if (stage === 'asked' || stage === 'decoded') return kind === 'invalid_token' || kind === 'token_verification_failed';
  return kind === 'token_verification_failed' && details.evidence?.kind !== 'bad_signature';
}

/**
 * What an unproven caller is told: one and the same sentence for every refusal, so that a stranger learns neither which
 * organizations have the App nor which repositories and policies exist.
 */
function genericRefusal(refusal: Refusal): Refusal {
  const sentence =
    "The token's issuer is not trusted for this scope and identity, there is no such trust policy, or the token's signature does not fit.";
  return new Refusal('issuer_not_allowed', sentence, {
    detail: `${refusal.kind}: ${refusal.details.detail ?? refusal.message}`,
  });
}
