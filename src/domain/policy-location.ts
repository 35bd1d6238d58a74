import { sameName, type Scope } from './scope.ts';

/** The folder that holds every policy of a repository, on its default branch. */
export const POLICY_FOLDER = '.github/chainguard';
export const POLICY_SUFFIX = '.sts.yaml';
/** The organization's issuer allowlist, in the policy repository only. */
export const ALLOWLIST_FILE = 'trusted-token-issuers.yaml';
/** The organization's guardrails, in the policy repository only. */
export const GUARDRAILS_FILE = 'guardrails.yaml';

/** A policy file larger than this is invalid and is not parsed. */
export const MAX_POLICY_BYTES = 64 * 1024;

export function policyPath(identity: string): string {
  return `${POLICY_FOLDER}/${identity}${POLICY_SUFFIX}`;
}

/** The repository whose folder holds the policies of a scope. */
export function policyRepository(scope: Scope, orgPolicyRepository: string): string {
  return scope.repository ?? orgPolicyRepository;
}

/** Every policy in the organization's policy repository is an organization-level one. */
export function isOrganizationLevel(scope: Scope, orgPolicyRepository: string): boolean {
  return sameName(policyRepository(scope, orgPolicyRepository), orgPolicyRepository);
}
