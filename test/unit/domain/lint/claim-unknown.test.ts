import { describe, expect, it } from '@jest/globals';
import { claimUnknown, isClaimOf } from '../../../../src/domain/lint/claim-unknown.ts';
import { GOOGLE as GOOGLE_PROVIDER } from '../../../../src/domain/providers/google.ts';
import { claim, doubts, ofGoogle, places } from './linting.ts';

describe('the rule claim-unknown', () => {
  const of = (name: string, text = 'xy') => ({ claimPatterns: claim(name, text) });

  it.each([
    ['repo', 'repository: xy'],
    ['Event-Name', 'event_name: xy'],
    ['repositry', 'repository: xy'],
    ['branch', 'ref: xy'],
  ])('finds %s, and says the nearest name', (name, line) => {
    const [doubt] = doubts(claimUnknown, of(name));
    expect([doubt?.severity, doubt?.path, doubt?.advice]).toEqual([
      'warning',
      ['claim_pattern', name],
      `Write: ${line}`,
    ]);
    expect(doubt?.repair).toEqual({ path: ['claim_pattern', name], key: line.split(':')[0] });
  });

  it('repairs no claim of another provider, nor one that the subject says', () => {
    const [other] = doubts(claimUnknown, of('project_id'));
    expect([other?.advice, other?.repair]).toEqual([expect.stringMatching(/GitLab has it.*repository_id/), undefined]);
    const [sub] = doubts(claimUnknown, of('subject'));
    expect([sub?.advice, sub?.repair]).toEqual([expect.stringContaining('subject says it'), undefined]);
  });

  it('names some where none is near', () => {
    expect(doubts(claimUnknown, of('colour'))[0]?.advice).toContain('runner_environment');
  });

  it('leaves known claims alone, properties, objects, and unknown ones where a tenant can add some', () => {
    for (const name of ['ref', 'sub', 'repo_property_team']) expect(places(claimUnknown, of(name))).toEqual([]);
    expect(places(claimUnknown, ofGoogle(of('google')))).toEqual([]);
    expect(places(claimUnknown, { issuer: 'https://idp.example.com', ...of('colour') })).toEqual([]);
    const entra = 'https://login.microsoftonline.com/9a3f1c1e-5d0c-4b7a-8d7e-2f6f1d3c4b5a/v2.0';
    expect(places(claimUnknown, { issuer: entra, ...of('extension_team') })).toEqual([]);
    expect(places(claimUnknown, { issuer: entra, ...of('tenant_id') })).toHaveLength(1);
  });

  it('counts what tokens can have', () => {
    expect([
      isClaimOf(GOOGLE_PROVIDER, 'email'),
      isClaimOf(GOOGLE_PROVIDER, 'google'),
      isClaimOf(GOOGLE_PROVIDER, 'x'),
    ]).toEqual([true, true, false]);
  });
});
