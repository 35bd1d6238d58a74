import { describe, expect, it } from '@jest/globals';
import { patternOpen } from '../../../../src/domain/lint/pattern-open.ts';
import { bySubject, claim, doubts, ofGoogle, places } from './linting.ts';

describe('the rule pattern-open', () => {
  const repository = { claimPatterns: claim('repository', 'acme/app') };

  it.each(['repo:acme/app.*', 'repo:acme/.+', '.*:pull_request', '^(repo:acme/.*)$', 'project_path:acme/.*'])(
    'warns of others in %s, unless a claim names the source',
    (pattern) => {
      expect(places(patternOpen, bySubject(pattern))).toEqual(['warning subject_pattern']);
      expect(places(patternOpen, { ...bySubject(pattern), ...repository })).toEqual(['notice subject_pattern']);
    },
  );

  it('says where it is open, and what keeps to one part', () => {
    expect(doubts(patternOpen, bySubject('repo:acme/.+'))).toEqual([
      {
        rule: 'pattern-open',
        severity: 'warning',
        path: ['subject_pattern'],
        message: 'subject_pattern begins or ends with .* or .+ and so admits anything there.',
        advice: 'Name what may stand there: [^/:]+ keeps to one part.',
      },
    ]);
  });

  it('warns of other issuers and audiences', () => {
    expect(places(patternOpen, { issuer: undefined, issuerPattern: 'https://a\\.b/.*' })).toEqual([
      'warning issuer_pattern',
    ]);
    expect(places(patternOpen, { audiencePattern: 'https://.*' })).toEqual(['warning audience_pattern']);
  });

  it('notes what else is open', () => {
    expect(places(patternOpen, bySubject('repo:acme/app:ref:refs/heads/.*'))).toEqual(['notice subject_pattern']);
    expect(places(patternOpen, bySubject('sub-repo:acme/.*'))).toEqual(['notice subject_pattern']);
    expect(places(patternOpen, ofGoogle({ claimPatterns: claim('a', 'b.*') }))).toEqual(['notice claim_pattern.a']);
    expect(places(patternOpen, { appPattern: 'b.*' })).toEqual(['notice app_pattern']);
  });

  it('leaves what keeps to one part alone, and what matches everything to its own rule', () => {
    expect(places(patternOpen, ofGoogle({ claimPatterns: claim('a', 'b[^/]*') }))).toEqual([]);
    expect(places(patternOpen, ofGoogle({ claimPatterns: claim('a', '.*') }))).toEqual([]);
  });
});
