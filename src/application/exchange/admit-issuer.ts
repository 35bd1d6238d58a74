import type { Finding } from '../../domain/finding.ts';
import { inlineKeysAdmitted } from '../../domain/issuer-allowlist.ts';
import type { PolicyInRepository } from '../policies/find-policies.ts';
import { Refusal } from '../refusal.ts';
import type { ExchangeRules } from './exchange-rules.ts';
import type { Located } from './locate-policy.ts';

/**
 * The policy, once the organization's allowlist and the policy itself admit the token's issuer. An issuer that is neither
 * known nor named by the policy is refused here, and so never contacted (CVE-2025-52477).
 *
 * @throws Refusal in the documented order: allowlist, guardrails, no policy, invalid policy, issuer not named, inline keys not admitted
 */
export function admitIssuer(
  located: Located,
  isOrganizationPolicy: boolean,
  rules: Pick<ExchangeRules, 'allowlistUnreadable'>,
): PolicyInRepository {
  requireListed(located);
  requireGuardrails(located, rules);
  const found = requirePolicy(located);
  const { policy } = found;
  const namesIssuer = policy.namesIssuer(located.token.issuer);
  if (located.caller === undefined && !namesIssuer) {
    throw new Refusal('issuer_not_allowed', "The trust policy does not name the token's issuer.");
  }
  const bringsKeys = policy.inlineKeys !== undefined && namesIssuer;
  if (bringsKeys && !inlineKeysAdmitted(located.allowlist, isOrganizationPolicy)) {
    throw new Refusal('policy_invalid', 'The trust policy is invalid.', {
      detail: 'inline keys under an enforcing issuer allowlist, outside the policy repository',
    });
  }
  return found;
}

function requireListed({ allowlist }: Located): void {
  if (allowlist.kind === 'invalid') {
    throw new Refusal('issuer_allowlist_invalid', "The organization's list of trusted issuers can't be used.");
  }
  if (allowlist.kind === 'refused') {
    throw new Refusal('issuer_not_allowed', "The token's issuer is not trusted by this organization.", {
      detail: `issuer allowlist: ${allowlist.reason}`,
    });
  }
}

/** Guardrails that can't be told restrain nobody, so nobody gets anything. */
function requireGuardrails(
  { guardrails }: Located,
  { allowlistUnreadable }: Pick<ExchangeRules, 'allowlistUnreadable'>,
): void {
  const isDenied = guardrails.kind === 'unreadable' && allowlistUnreadable === 'deny';
  if (guardrails.kind !== 'invalid' && !isDenied) return;
  throw new Refusal('guardrails_invalid', "The organization's guardrails can't be used.", {
    detail: `guardrails: ${guardrails.kind}`,
  });
}

function requirePolicy({ policy }: Located): PolicyInRepository {
  switch (policy.kind) {
    case 'found':
      return policy;
    case 'absent':
      throw new Refusal('policy_not_found', 'There is no such trust policy.', {
        evidence: { kind: 'policy_absent', nearMisses: policy.nearMisses },
      });
    case 'invalid':
      throw new Refusal('policy_invalid', 'The trust policy is invalid.', {
        detail: `${policy.isOutside === true ? 'outside the guardrails: ' : ''}${findingsText(policy.findings)}`,
        evidence: { kind: 'policy_invalid', findings: policy.findings },
      });
  }
}

/** For the log and the audit event. */
export function findingsText(findings: readonly Finding[]): string {
  return findings.map(({ line, column, message, rule }) => `${line}:${column} ${message} (${rule})`).join(' ');
}
