import { describe, expect, it } from '@jest/globals';
import { matchPolicy } from '../../../../src/application/exchange/match-policy.ts';
import { policyOf } from '../../domain/policies.ts';
import { callerOf, proven, refusalOf, RULES } from './stages.ts';

describe('matching a policy', () => {
  it('goes on with the verdict where every field holds', () => {
    const reached = proven();
    const { stage, verdict, caller } = matchPolicy(reached, RULES.serviceAudiences);
    expect([stage, verdict.matched, caller]).toEqual(['matched', true, reached.caller]);
    expect(verdict.fields.map(({ field }) => field)).toEqual(['issuer', 'subject', 'audience']);
  });

  it('accepts each of the names of this service as an audience, and no other', async () => {
    for (const aud of RULES.serviceAudiences) {
      expect(matchPolicy(proven({ caller: callerOf({ aud }) }), RULES.serviceAudiences).stage).toBe('matched');
    }
    const other = proven({ caller: callerOf({ aud: 'other.example.com' }) });
    expect((await refusalOf(() => matchPolicy(other, RULES.serviceAudiences))).kind).toBe('permission_denied');
  });

  it('refuses with every field that does not hold, not only the first, and with those that do', async () => {
    const policy = policyOf({
      claimPatterns: new Map([
        ['ref', 'refs/heads/main'],
        ['environment', 'production'],
      ]),
    });
    const caller = callerOf({ sub: 'other', ref: 'refs/heads/main' });
    const { kind, message, details } = await refusalOf(() =>
      matchPolicy(proven({ policy, caller }), RULES.serviceAudiences),
    );
    expect([kind, details.detail]).toEqual(['permission_denied', 'mismatch: subject, claim_pattern.environment']);
    expect(message).not.toContain('environment');
    expect(details.evidence).toMatchObject({ kind: 'mismatch', verdict: { matched: false, fields: { length: 5 } } });
  });

  it('judges the claims that were proven, and not what the token says of itself', async () => {
    const reached = proven({
      token: { compact: 'a-token', issuer: 'https://token.actions.githubusercontent.com' },
      caller: callerOf({ iss: 'https://other.example.com' }),
    });
    expect((await refusalOf(() => matchPolicy(reached, RULES.serviceAudiences))).details.detail).toBe(
      'mismatch: issuer',
    );
  });
});
