import { describe, expect, it } from '@jest/globals';
import { shownTokenFaults } from '../../../src/domain/guarded-token.ts';
import { Guardrails, type GuardrailFields } from '../../../src/domain/guardrails.ts';
import type { PolicyLevel } from '../../../src/domain/permission-set.ts';
import { ACTIONS_ISSUER, claimsOf, policyOf } from './policies.ts';

function faults(
  fields: GuardrailFields,
  claims: object,
  ownerId?: number,
  level: PolicyLevel = 'repository',
  policy = policyOf(),
) {
  const result = Guardrails.compile(fields, { allowLoopbackHttp: false, lintRules: [] });
  if (result.kind === 'invalid') throw new Error(result.faults[0]?.message);
  const isActionsIssuer = (issuer: string): boolean => issuer === ACTIONS_ISSUER;
  const shown = {
    policy,
    claims: claimsOf({ ...claims }),
    level,
    isActionsIssuer,
    ownerId,
    nowSeconds: 1000,
  };
  return shownTokenFaults(result.guardrails, shown).map(({ rule }) => rule);
}

const OWN = { repositoryPolicies: { sameOwnerOnly: true } };

describe('what guardrails would have against a token that is shown', () => {
  it('is whose workflow it is, by the number of the organization', () => {
    expect(faults(OWN, { repository_owner_id: '7' }, 7)).toEqual([]);
    expect(faults(OWN, { repository_owner_id: '7' }, 8)).toEqual(['guardrail-same-owner']);
    expect(faults(OWN, { iss: 'https://idp.example.com', repository_owner_id: '7' }, 7)).toEqual([
      'guardrail-same-owner',
    ]);
    expect(faults(OWN, { repository_owner_id: '7' }, 8, 'organization')).toEqual([]);
  });

  it('takes any workflow of the server for its own where the number is not given, and no other token', () => {
    expect(faults(OWN, { repository_owner_id: '7' })).toEqual([]);
    expect(faults(OWN, { iss: 'https://idp.example.com' })).toEqual(['guardrail-same-owner']);
  });

  it('takes no workflow for anybody’s own that the policy’s own keys prove', () => {
    const jwks = [{ kty: 'OKP', crv: 'Ed25519', x: Buffer.alloc(32, 7).toString('base64url') }] as const;
    const inline = policyOf({ issuer: 'https://idp.example.com', jwks });
    for (const ownerId of [undefined, 7]) {
      expect(faults(OWN, { repository_owner_id: '7' }, ownerId, 'repository', inline)).toEqual([
        'guardrail-same-owner',
      ]);
    }
  });

  it('is how long it lives', () => {
    const short = { maxTokenLifetimeSeconds: '600' };
    expect(faults(short, { iat: 1000, exp: 1600 })).toEqual([]);
    expect(faults(short, { iat: 1000, exp: 1601 })).toEqual(['guardrail-token-lifetime']);
  });
});
