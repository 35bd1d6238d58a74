import { describe, expect, it } from '@jest/globals';
import { MatchPolicy, type Matched } from '../../../../src/application/exchange/match-policy.ts';
import type { Proven } from '../../../../src/application/exchange/prove-caller.ts';
import { Guardrails, type GuardrailFields } from '../../../../src/domain/guardrails.ts';
import { MemoryClock } from '../../../../src/infrastructure/memory/memory-clock.ts';
import { ACME_ID, NOW } from '../policies/policy-world.ts';
import { policyOf } from '../../domain/policies.ts';
import { callerOf, outcomeOf, outsider, proven, refusalOf, RULES } from './stages.ts';

const match = (reached: Proven): Matched => new MatchPolicy(RULES, new MemoryClock(NOW)).match(reached);

describe('matching a policy', () => {
  it('goes on with the verdict where every field holds', () => {
    const reached = proven();
    const { stage, verdict, caller } = match(reached);
    expect([stage, verdict.matched, caller]).toEqual(['matched', true, reached.caller]);
    expect(verdict.fields.map(({ field }) => field)).toEqual(['issuer', 'subject', 'audience']);
  });

  it('accepts each of the names of this service as an audience, and no other', async () => {
    for (const aud of RULES.serviceAudiences) {
      expect(match(proven({ caller: callerOf({ aud }) })).stage).toBe('matched');
    }
    const other = proven({ caller: callerOf({ aud: 'other.example.com' }) });
    expect((await refusalOf(() => match(other))).kind).toBe('permission_denied');
  });

  it('refuses with every field that does not hold, not only the first, and with those that do', async () => {
    const policy = policyOf({
      claimPatterns: new Map([
        ['ref', 'refs/heads/main'],
        ['environment', 'production'],
      ]),
    });
    const caller = callerOf({ sub: 'other', ref: 'refs/heads/main' });
    const { kind, message, details } = await refusalOf(() => match(proven({ policy, caller })));
    expect([kind, details.detail]).toEqual(['permission_denied', 'mismatch: subject, claim_pattern.environment']);
    expect(message).toBe('The token does not match the trust policy.');
    expect(details.evidence).toMatchObject({ kind: 'mismatch', verdict: { matched: false, fields: { length: 5 } } });
  });

  it('judges the claims that were proven, and not what the token says of itself', async () => {
    const reached = proven({
      token: { compact: 'a-token', issuer: 'https://token.actions.githubusercontent.com' },
      caller: callerOf({ iss: 'https://other.example.com' }),
    });
    expect((await refusalOf(() => match(reached))).details.detail).toBe('mismatch: issuer');
  });
});

describe('guardrails on a token that matches', () => {
  const SECONDS = NOW / 1000;

  function guarded(fields: GuardrailFields): Proven['guardrails'] {
    const compiled = Guardrails.compile(fields, { allowLoopbackHttp: false, lintRules: [] });
    if (compiled.kind === 'invalid') throw new Error(compiled.faults[0]?.message);
    return { kind: 'present', guardrails: compiled.guardrails };
  }

  const lifetime = guarded({ maxTokenLifetimeSeconds: '3600' });
  const ownOnly = guarded({ repositoryPolicies: { sameOwnerOnly: true } });

  it.each([
    ['as long as the bound', { iat: SECONDS - 600, exp: SECONDS + 3000 }, 'passed'],
    ['a second longer', { iat: SECONDS - 600, exp: SECONDS + 3001 }, 'permission_denied'],
    ['from now on, where it does not say since when', { exp: SECONDS + 3600 }, 'passed'],
    ['longer from now on', { exp: SECONDS + 3601 }, 'permission_denied'],
    ['for a time that it does not tell', {}, 'permission_denied'],
  ])('bound its life: a token valid %s', async (_what, claims, outcome) => {
    const reached = proven({ caller: callerOf(claims), guardrails: lifetime });
    expect(await outcomeOf(() => match(reached))).toBe(outcome);
  });

  it('take only the organization’s own workflows, by GitHub’s own word, for a policy of a repository', async () => {
    const stranger = callerOf({ repository_owner_id: '7' });
    const inline = callerOf({}, 'inline');
    const elsewhere = proven({ caller: stranger, guardrails: ownOnly });
    expect(await outcomeOf(() => match(proven({ guardrails: ownOnly })))).toBe('passed');
    expect(await outcomeOf(() => match(elsewhere))).toBe('permission_denied');
    expect(await outcomeOf(() => match(proven({ caller: inline, guardrails: ownOnly })))).toBe('permission_denied');
    const asNumber = callerOf({ repository_owner_id: ACME_ID });
    expect(await outcomeOf(() => match(proven({ caller: asNumber, guardrails: ownOnly })))).toBe('permission_denied');
    const request = { ...elsewhere.request, scope: { owner: 'acme' } };
    expect(await outcomeOf(() => match({ ...elsewhere, request }))).toBe('passed');
    const byName = { ...elsewhere.request, scope: { owner: 'acme', repository: '.GitHub' } };
    expect(await outcomeOf(() => match({ ...elsewhere, request: byName }))).toBe('passed');
  });

  it('take no token of another issuer that claims to be such a workflow', async () => {
    const policy = policyOf({ issuer: 'https://idp.example.com' });
    const caller = callerOf({ iss: 'https://idp.example.com' });
    expect(await outcomeOf(() => match(proven({ policy, caller })))).toBe('passed');
    expect(await outcomeOf(() => match(proven({ policy, caller, guardrails: ownOnly })))).toBe('permission_denied');
  });

  it('say what is outside to the log, and in the refusal nothing of it', async () => {
    const refusal = await refusalOf(() => match(proven({ guardrails: lifetime })));
    expect(refusal.message).toBe("The token is outside the organization's guardrails.");
    expect(refusal.details.detail).toContain('(guardrail-token-lifetime)');
    expect(refusal.details.evidence).toMatchObject({
      kind: 'token_outside',
      faults: [{ rule: 'guardrail-token-lifetime' }],
    });
  });

  it('say everything that is outside', async () => {
    const both = guarded({ maxTokenLifetimeSeconds: '3600', repositoryPolicies: { sameOwnerOnly: true } });
    const { details } = await refusalOf(() => match(proven({ guardrails: both, caller: outsider() })));
    expect(details.detail).toMatch(/\(guardrail-same-owner\) .*\(guardrail-token-lifetime\)$/);
  });

  it('only have it recorded where they audit', () => {
    const auditing = guarded({
      mode: 'audit',
      maxTokenLifetimeSeconds: '60',
      repositoryPolicies: { sameOwnerOnly: true },
    });
    const caller = callerOf({ repository_owner_id: '7' });
    expect(match(proven({ caller, guardrails: auditing })).tokenOutside.map(({ rule }) => rule)).toEqual([
      'guardrail-same-owner',
      'guardrail-token-lifetime',
    ]);
    expect(match(proven({ guardrails: ownOnly })).tokenOutside).toEqual([]);
  });

  it('come after the policy: a token that does not match is told that', async () => {
    const reached = proven({ caller: callerOf({ sub: 'other' }), guardrails: lifetime });
    expect((await refusalOf(() => match(reached))).details.detail).toBe('mismatch: subject');
  });
});
