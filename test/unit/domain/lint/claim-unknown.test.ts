import { describe, expect, it } from '@jest/globals';
import { claimUnknown, isClaimOf } from '../../../../src/domain/lint/claim-unknown.ts';
import { GOOGLE as GOOGLE_PROVIDER } from '../../../../src/domain/providers/google.ts';
import { claim, doubts, ofGoogle, places } from './linting.ts';

describe('the rule claim-unknown', () => {
  const of = (name: string, text = 'xy') => ({ claimPatterns: claim(name, text) });
  const CIRCLECI = 'https://oidc.circleci.com/org/9a3f1c1e-5d0c-4b7a-8d7e-2f6f1d3c4b5a';

  it.each([
    ['repo', 'repository: xy'],
    ['Event-Name', 'event_name: xy'],
    ['repositry', 'repository: xy'],
    ['branch', 'ref: xy'],
    ['Job-Workflow', 'job_workflow_ref: xy'],
    ['   ref', 'ref: xy'],
  ])('finds %s, and says the nearest name', (name, line) => {
    const [doubt] = doubts(claimUnknown, of(name));
    expect([doubt?.rule, doubt?.severity, doubt?.path, doubt?.advice]).toEqual([
      'claim-unknown',
      'warning',
      ['claim_pattern', name],
      `Write: ${line}`,
    ]);
    expect(doubt?.repair).toEqual({ path: ['claim_pattern', name], key: line.split(':')[0] });
  });

  it('repairs no claim of another provider, nor one that the subject says', () => {
    const [other] = doubts(claimUnknown, of('project_id'));
    expect(other).toEqual({
      rule: 'claim-unknown',
      severity: 'warning',
      path: ['claim_pattern', 'project_id'],
      message: 'Tokens of GitHub Actions have no claim "project_id", so the policy never matches.',
      advice: 'GitLab has it. Here repository_id says the like: write it with the value that stands there.',
    });
    const [sub] = doubts(claimUnknown, of('subject'));
    expect(sub).toMatchObject({
      rule: 'claim-unknown',
      advice: 'Take the line away: the subject says it already.',
    });
    expect(sub?.repair).toBeUndefined();
  });

  it('names some where none is near', () => {
    expect(doubts(claimUnknown, of('colour'))).toMatchObject([
      {
        rule: 'claim-unknown',
        advice: expect.stringMatching(/^Name one that they have: (?:[a-z_]+, ){7}runner_environment\.$/),
      },
    ]);
  });

  it('says that a claim stands within an object, which no pattern reaches', () => {
    const policy = { issuer: 'https://kubernetes.default.svc', ...of('kubernetes.io/namespace') };
    expect(doubts(claimUnknown, policy)).toEqual([
      {
        rule: 'claim-unknown',
        severity: 'warning',
        path: ['claim_pattern', 'kubernetes.io/namespace'],
        message:
          'Tokens of Kubernetes have no claim "kubernetes.io/namespace": it stands within the object "kubernetes.io", which no pattern reaches.',
        advice: 'Take the line away, and say it with the subject.',
      },
    ]);
    for (const name of ['namespace', 'in-kubernetes.io']) {
      expect(doubts(claimUnknown, { ...policy, ...of(name) })[0]?.message).toContain('so the policy never matches');
    }
  });

  it.each([
    ['oidc.circleci.com/project_id', 'oidc.circleci.com/project-id'],
    ['OIDC.CIRCLECI.COM/JOB-ID', 'oidc.circleci.com/job-id'],
    ['oidc.circleci.com/workflow_id', 'oidc.circleci.com/workflow-id'],
  ])('knows %s by its letters, whichever dashes it has', (name, meant) => {
    expect(doubts(claimUnknown, { issuer: CIRCLECI, ...of(name) })[0]?.repair?.key).toBe(meant);
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
