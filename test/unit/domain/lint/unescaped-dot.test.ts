import { describe, expect, it } from '@jest/globals';
import { unescapedDot } from '../../../../src/domain/lint/unescaped-dot.ts';
import { bySubject, claim, doubts, ofGoogle, places } from './linting.ts';

describe('the rule unescaped-dot', () => {
  const byIssuer = (issuerPattern: string) => ({ issuer: undefined, issuerPattern });
  const ofClaim = (name: string, text: string) => ({ claimPatterns: claim(name, text) });

  it.each([
    [byIssuer('https://idp.example\\.com'), 'issuer_pattern'],
    [ofGoogle(ofClaim('a', 'https://a.b/c')), 'claim_pattern.a'],
    [bySubject('repo:acme/my.app:pull_request'), 'subject_pattern'],
    [ofClaim('repository', 'acme/my.app'), 'claim_pattern.repository'],
    [
      ofClaim('job_workflow_ref', 'acme/.github/\\.github/workflows/x\\.yml@refs/heads/main'),
      'claim_pattern.job_workflow_ref',
    ],
    [bySubject('repo:acme/my.app'), 'subject_pattern'],
    [bySubject('repo:.github/app:pull_request'), 'subject_pattern'],
    [bySubject('^(?:repo:acme/my.app:pull_request)'), 'subject_pattern'],
    [bySubject('repo:acme/my.app:ref:refs/tags/v1.2'), 'subject_pattern'],
    [bySubject('repo:acme/my.app:environment:https://idp\\.example'), 'subject_pattern'],
    [bySubject('project_path:acme/my.app:ref_type:branch:ref:main'), 'subject_pattern'],
    [byIssuer('idp.example\\.com'), 'issuer_pattern'],
    [ofClaim('repository_owner', 'my.org'), 'claim_pattern.repository_owner'],
    [ofClaim('project_path', 'acme/my.app'), 'claim_pattern.project_path'],
    [ofClaim('workflow_ref', 'acme/my.app/\\.github/workflows/x\\.yml@.+'), 'claim_pattern.workflow_ref'],
  ])('warns where somebody else could register the name', (policy, place) => {
    expect(places(unescapedDot, policy)).toEqual([`warning ${place}`]);
  });

  it('notes other dots, and escapes all of them', () => {
    const policy = ofClaim('job_workflow_ref', 'acme/app/.github/workflows/x.yml@refs/heads/main');
    const value = 'acme/app/\\.github/workflows/x\\.yml@refs/heads/main';
    expect(doubts(unescapedDot, policy)).toEqual([
      {
        rule: 'unescaped-dot',
        severity: 'notice',
        path: ['claim_pattern', 'job_workflow_ref'],
        message: 'claim_pattern for "job_workflow_ref" has a dot that matches any character.',
        advice: `Write: job_workflow_ref: '${value}'`,
        repair: { path: ['claim_pattern', 'job_workflow_ref'], value },
      },
    ]);
    expect(places(unescapedDot, bySubject('repo:acme/app:ref:refs/tags/v[0-9]+.[0-9]+'))).toEqual([
      'notice subject_pattern',
    ]);
  });

  it.each([
    [ofClaim('a', 'v1.2 https://idp\\.example\\.com')],
    [ofClaim('a', 'idp.example')],
    [ofClaim('a', 'x.y/z')],
    [ofClaim('a', 'repo:acme/my.app')],
    [ofClaim('ref', 'refs/tags/v1.2')],
    [bySubject('acme/my.app:pull_request')],
    [bySubject('project.x:repo:acme/app:y')],
  ])('only notes it where nobody could: %j', (policy) => {
    expect(doubts(unescapedDot, policy).map(({ severity }) => severity)).toEqual(['notice']);
  });

  it('says who could register another name, and the line or item to write', () => {
    expect(doubts(unescapedDot, byIssuer('https://idp.example\\.com'))).toEqual([
      {
        rule: 'unescaped-dot',
        severity: 'warning',
        path: ['issuer_pattern'],
        message:
          'issuer_pattern has a dot in a name that somebody else could register without it: it matches any character.',
        advice: "Write: issuer_pattern: 'https://idp\\.example\\.com'",
        repair: { path: ['issuer_pattern'], value: 'https://idp\\.example\\.com' },
      },
    ]);
    const listed = { subject: undefined, subjectPatterns: ['repo:acme/my.app:pull_request'] };
    expect(doubts(unescapedDot, listed)[0]?.advice).toBe("Write: - 'repo:acme/my\\.app:pull_request'");
  });

  it('leaves escaped dots and dots for any character alone', () => {
    expect(places(unescapedDot, byIssuer('https://idp\\.example\\.com'))).toEqual([]);
    expect(places(unescapedDot, bySubject('repo:acme/app:.+'))).toEqual([]);
  });
});
