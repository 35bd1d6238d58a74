import { Caller, type ProvenBy } from '../../../../src/domain/caller.ts';
import { Claims, type RawClaims } from '../../../../src/domain/claims.ts';
import { PermissionSet } from '../../../../src/domain/permission-set.ts';
import type { ExchangeRequest, Asked } from '../../../../src/application/exchange/exchange-request.ts';
import type { ExchangeRules } from '../../../../src/application/exchange/exchange-rules.ts';
import type { Decoded } from '../../../../src/application/exchange/decode-token.ts';
import type { Granted } from '../../../../src/application/exchange/grant-token.ts';
import type { Located } from '../../../../src/application/exchange/locate-policy.ts';
import type { Matched } from '../../../../src/application/exchange/match-policy.ts';
import type { Proven } from '../../../../src/application/exchange/prove-caller.ts';
import { Refusal, type RefusalKind } from '../../../../src/application/refusal.ts';
import { MAIN, policyOf } from '../../domain/policies.ts';
import { ACME_ID, ACTIONS, INSTALLATION } from '../policies/policy-world.ts';

export const AUDIENCE = 'sts.example.com';
export const HASH = 'a'.repeat(64);

export const RULES: ExchangeRules = {
  serviceAudiences: [AUDIENCE, `https://${AUDIENCE}`],
  allowedIssuers: undefined,
  knownIssuers: new Set(),
  isActionsIssuer: (issuer) => issuer === ACTIONS,
  allowlistUnreadable: 'allow',
  explainTo: 'owner',
  explainIssuers: new Set(),
  orgPolicyRepository: '.github',
  githubWebUrl: 'https://github.com',
};

export function claimsOf(changes: RawClaims = {}): Claims {
  return new Claims({
    iss: ACTIONS,
    sub: MAIN,
    aud: AUDIENCE,
    repository: 'acme/infra',
    repository_id: '2',
    repository_owner: 'acme',
    repository_owner_id: String(ACME_ID),
    ...changes,
  });
}

/** A workflow of acme/infra, unless claimed otherwise. */
export function callerOf(changes: RawClaims = {}, provenBy: ProvenBy = 'issuer'): Caller {
  const claims = claimsOf(changes);
  return new Caller(claims, provenBy, claims.issuer === ACTIONS);
}

export const insider = (): Caller => callerOf();
export const outsider = (): Caller => callerOf({ repository_owner: 'other', repository_owner_id: '7' });

export function asked(changes: Partial<ExchangeRequest> = {}): Asked {
  const scope = { owner: 'acme', repository: 'app' };
  const request = { requestId: 'a-request', token: 'a-token', scope, identity: 'ci', narrowing: {}, ...changes };
  return { stage: 'asked', request };
}

export function decoded(changes: Partial<Decoded> = {}): Decoded {
  const token = { compact: 'a-token', issuer: ACTIONS };
  return { ...asked(), stage: 'decoded', token, caller: undefined, ...changes };
}

export function located(changes: Partial<Located> = {}): Located {
  return {
    ...decoded(),
    stage: 'located',
    installation: INSTALLATION,
    policy: { kind: 'found', policy: policyOf(), contentHash: HASH, repositoryId: 1 },
    allowlist: { kind: 'allowed', note: 'absent', enforcing: false },
    guardrails: { kind: 'absent' },
    ...changes,
  };
}

export function proven(changes: Partial<Proven> = {}): Proven {
  return {
    ...located(),
    stage: 'proven',
    policy: policyOf(),
    repositoryId: 1,
    policyHash: HASH,
    policyOutside: [],
    caller: insider(),
    ...changes,
  };
}

export function matched(changes: Partial<Omit<Matched, 'stage' | 'verdict' | 'tokenOutside'>> = {}): Matched {
  const reached = proven(changes);
  const verdict = reached.policy.judge(reached.caller.claims, RULES.serviceAudiences);
  return { ...reached, stage: 'matched', verdict, tokenOutside: [] };
}

export function granted(changes: Partial<Granted> = {}): Granted {
  const permissions = PermissionSet.of(['contents', 'read']);
  const grant = { permissions, repositories: { kind: 'id', id: 1, name: 'app' } } as const;
  const minted = {
    kind: 'minted',
    secret: 'ghs_secret',
    expiresAt: '2026-11-02T09:00:00Z',
    access: {
      permissions: permissions.withoutImplicitMetadata(),
      repositories: [{ id: 1, name: 'app' }],
      coversAllRepositories: false,
    },
  } as const;
  return { ...matched(), stage: 'granted', grant, minted: { minted, installation: INSTALLATION }, ...changes };
}

/** @returns the refusal that the work ends in */
export async function refusalOf(work: () => unknown): Promise<Refusal> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

export async function outcomeOf(work: () => unknown): Promise<RefusalKind | 'passed'> {
  try {
    await work();
    return 'passed';
  } catch (error) {
    if (error instanceof Refusal) return error.kind;
    throw error;
  }
}
