import { Claims, type RawClaims } from '../../../src/domain/claims.ts';
import {
  TrustPolicy,
  type CompiledPolicy,
  type PolicyContext,
  type PolicyFields,
} from '../../../src/domain/trust-policy.ts';

export const ACTIONS_ISSUER = 'https://token.actions.githubusercontent.com';
export const MAIN = 'repo:octo-org/app:ref:refs/heads/main';

export const repositoryLevel: PolicyContext = {
  level: 'repository',
  allowLoopbackHttp: false,
  isActionsIssuer: (issuer) => issuer === ACTIONS_ISSUER,
  operatorListsIssuers: false,
};
export const organizationLevel: PolicyContext = { ...repositoryLevel, level: 'organization' };

/** Fields of a valid policy, some of them replaced; `undefined` takes one away. */
export function fieldsOf(
  changes: { readonly [K in keyof PolicyFields]?: PolicyFields[K] | undefined } = {},
): PolicyFields {
  const fields = {
    issuer: ACTIONS_ISSUER,
    subject: MAIN,
    claimPatterns: new Map<string, string>(),
    permissions: new Map([['contents', 'read']]),
    callerRepositoryOnly: false,
    ...changes,
  };
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as unknown as PolicyFields;
}

export function compile(changes: Parameters<typeof fieldsOf>[0] = {}, context = repositoryLevel): CompiledPolicy {
  return TrustPolicy.compile(fieldsOf(changes), context);
}

export function policyOf(changes: Parameters<typeof fieldsOf>[0] = {}, context = repositoryLevel): TrustPolicy {
  const compiled = compile(changes, context);
  if (compiled.kind === 'invalid') throw new Error(compiled.faults.map(({ message }) => message).join(' '));
  return compiled.policy;
}

export function claimsOf(changes: RawClaims = {}): Claims {
  return new Claims({ iss: ACTIONS_ISSUER, sub: MAIN, aud: 'sts.example.com', ...changes });
}
