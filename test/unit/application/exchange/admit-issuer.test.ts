import { describe, expect, it } from '@jest/globals';
import { admitIssuer } from '../../../../src/application/exchange/admit-issuer.ts';
import type { Located } from '../../../../src/application/exchange/locate-policy.ts';
import { generateSigningKey, publicJwk } from '../../../support/signing-key.ts';
import { policyOf } from '../../domain/policies.ts';
import { ACTIONS } from '../policies/policy-world.ts';
import { callerOf, HASH, insider, located, outcomeOf, refusalOf, RULES } from './stages.ts';

const GITLAB = 'https://gitlab.example.com';
const FORGED = { compact: 'a-token', issuer: GITLAB };
const FINDING = { rule: 'yaml-syntax', severity: 'error', line: 2, column: 3, message: 'No.' } as const;

const LISTED = { kind: 'allowed', note: 'listed', enforcing: true } as const;
const NOT_LISTED = { kind: 'refused', reason: 'not_listed' } as const;
const INVALID_LIST = { kind: 'invalid' } as const;
const MISS = { kind: 'unread', name: 'ci.sts.yml' } as const;
const ABSENT = { kind: 'absent', nearMisses: [MISS] } as const;
const INVALID = { kind: 'invalid', findings: [FINDING], contentHash: HASH, repositoryId: 1 } as const;

const withKeys = policyOf({ issuer: GITLAB, jwks: [{ ...publicJwk(generateSigningKey()) }] });

function admit(changes: Partial<Located>, isOrganizationPolicy = false): () => unknown {
  return () => admitIssuer(located(changes), isOrganizationPolicy, RULES);
}

describe('an issuer', () => {
  it('is admitted where the allowlist and the policy say so', () => {
    const reached = located({ allowlist: LISTED });
    expect(admitIssuer(reached, false, RULES)).toBe(reached.policy);
  });

  it.each<[what: string, changes: Partial<Located>, kind: string, message: string]>([
    [
      'a broken list before anything else',
      { allowlist: INVALID_LIST, policy: ABSENT },
      'issuer_allowlist_invalid',
      "The organization's list of trusted issuers can't be used.",
    ],
    [
      'a list that does not name it before the policy',
      { allowlist: NOT_LISTED, policy: ABSENT },
      'issuer_not_allowed',
      "The token's issuer is not trusted by this organization.",
    ],
    [
      'an unreadable list, where the operator denies',
      { allowlist: { kind: 'refused', reason: 'unreadable' } },
      'issuer_not_allowed',
      "The token's issuer is not trusted by this organization.",
    ],
    ['a policy that is not there', { policy: ABSENT }, 'policy_not_found', 'There is no such trust policy.'],
    ['a policy that is broken', { policy: INVALID }, 'policy_invalid', 'The trust policy is invalid.'],
    [
      'a policy that does not name it, where nothing is proven',
      { token: FORGED },
      'issuer_not_allowed',
      "The trust policy does not name the token's issuer.",
    ],
  ])('is refused for %s', async (_what, changes, kind, message) => {
    const refusals = [
      await refusalOf(admit(changes)),
      await refusalOf(admit({ ...changes, ...(changes.token ? {} : { caller: insider() }) })),
    ];
    expect(refusals.map((refusal) => [refusal.kind, refusal.message])).toEqual([
      [kind, message],
      [kind, message],
    ]);
  });

  it('that the policy does not name goes on to the matching, once the caller is proven', async () => {
    const caller = callerOf({ iss: GITLAB });
    expect(await outcomeOf(admit({ token: FORGED, caller }))).toBe('passed');
  });

  it('is judged by the policy’s pattern too', async () => {
    const policy = policyOf({ issuer: undefined, issuerPattern: 'https://[a-z]+\\.example\\.com' });
    const found = { kind: 'found', policy, contentHash: HASH, repositoryId: 1 } as const;
    expect(await outcomeOf(admit({ token: FORGED, policy: found }))).toBe('passed');
    expect(await outcomeOf(admit({ policy: found }))).toBe('issuer_not_allowed');
  });
});

describe('guardrails that can’t be used', () => {
  it('refuse everybody, after the allowlist and before the policy', async () => {
    const guardrails = { kind: 'invalid' } as const;
    expect(await outcomeOf(admit({ guardrails }))).toBe('guardrails_invalid');
    expect(await outcomeOf(admit({ guardrails }, true))).toBe('guardrails_invalid');
    expect(await outcomeOf(admit({ guardrails, policy: ABSENT }))).toBe('guardrails_invalid');
    expect(await outcomeOf(admit({ guardrails, allowlist: NOT_LISTED }))).toBe('issuer_not_allowed');
  });

  it('refuse nobody where no App can read them, unless the operator denies that', async () => {
    const guardrails = { kind: 'unreadable' } as const;
    expect(await outcomeOf(admit({ guardrails }))).toBe('passed');
    const denying = { ...RULES, allowlistUnreadable: 'deny' } as const;
    const refusal = await refusalOf(() => admitIssuer(located({ guardrails }), true, denying));
    expect([refusal.kind, refusal.message, refusal.details.detail]).toEqual([
      'guardrails_invalid',
      "The organization's guardrails can't be used.",
      'guardrails: unreadable',
    ]);
    expect(await outcomeOf(() => admitIssuer(located(), true, denying))).toBe('passed');
  });

  it('are told apart from a policy that is outside them', async () => {
    const policy = { ...INVALID, isOutside: true } as const;
    const { kind, message, details } = await refusalOf(admit({ policy }));
    expect([kind, message, details.detail]).toEqual([
      'policy_invalid',
      'The trust policy is invalid.',
      'outside the guardrails: 2:3 No. (yaml-syntax)',
    ]);
  });
});

describe('what is kept of a refusal', () => {
  it('is why the list refused', async () => {
    expect((await refusalOf(admit({ allowlist: NOT_LISTED }))).details.detail).toBe('issuer allowlist: not_listed');
  });

  it('is which files have almost the policy’s name', async () => {
    expect((await refusalOf(admit({ policy: ABSENT }))).details.evidence).toEqual({
      kind: 'policy_absent',
      nearMisses: [MISS],
    });
  });

  it('is every fault of the policy, with its place', async () => {
    const findings = [FINDING, { ...FINDING, line: 4 }];
    const { details } = await refusalOf(admit({ policy: { ...INVALID, findings } }));
    expect(details).toEqual({
      detail: '2:3 No. (yaml-syntax) 4:3 No. (yaml-syntax)',
      evidence: { kind: 'policy_invalid', findings },
    });
  });
});

describe('a policy’s own keys', () => {
  const policy = { kind: 'found', policy: withKeys, contentHash: HASH, repositoryId: 1 } as const;
  const auditing = { kind: 'allowed', note: 'listed', enforcing: false } as const;

  it.each<[what: string, changes: Partial<Located>, isOrganizationPolicy: boolean, outcome: string]>([
    ['without a list', {}, false, 'passed'],
    ['under an auditing list', { allowlist: auditing }, false, 'passed'],
    ['under an enforcing list, outside the policy repository', { allowlist: LISTED }, false, 'policy_invalid'],
    ['under an enforcing list, in the policy repository', { allowlist: LISTED }, true, 'passed'],
  ])('%s', async (_what, changes, isOrganizationPolicy, outcome) => {
    expect(await outcomeOf(admit({ ...changes, token: FORGED, policy }, isOrganizationPolicy))).toBe(outcome);
  });

  it('that are not admitted are told as an invalid policy, and to the log why', async () => {
    const { message, details } = await refusalOf(admit({ allowlist: LISTED, token: FORGED, policy }));
    expect([message, details.detail]).toEqual([
      'The trust policy is invalid.',
      'inline keys under an enforcing issuer allowlist, outside the policy repository',
    ]);
  });

  it('do not matter to a token of another issuer, which then does not match', async () => {
    const changes = { allowlist: LISTED, policy, caller: insider(), token: { compact: 'a-token', issuer: ACTIONS } };
    expect(await outcomeOf(admit(changes))).toBe('passed');
  });
});
