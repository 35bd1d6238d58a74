import { describe, expect, it } from '@jest/globals';
import { claimContradictsSubject } from '../../../../src/domain/lint/claim-contradicts-subject.ts';
import { bySubject, claim, doubts, places } from './linting.ts';

describe('the rule claim-contradicts-subject', () => {
  const both = (subject: string, name: string, text: string) => ({ subject, claimPatterns: claim(name, text) });

  it.each([
    ['repo:a/b:ref:refs/heads/main', 'ref', 'refs/heads/dev'],
    ['repo:a/b:environment:prod', 'environment', 'staging'],
    ['repo:a@1/b@2:pull_request', 'event_name', 'push'],
    ['repo:a/b:pull_request', 'repository', 'a/c'],
    ['repo:a/b:pull_request', 'repository_owner', 'c'],
  ])('finds for %s a claim %s: %s', (subject, name, text) => {
    expect(places(claimContradictsSubject, both(subject, name, text))).toEqual([`warning claim_pattern.${name}`]);
  });

  it.each([
    ['repo:a/b:ref:refs/heads/main', 'ref', 'refs/heads/.+'],
    ['repo:a/b:environment:a%3Ab', 'environment', 'a:b'],
    ['repo:a/b:environment:prod', 'ref', 'refs/heads/dev'],
    ['repo:a/b:pull_request', 'event_name', 'pull_request_target'],
    ['repo:a/b:pull_request', 'event_name', '('],
    ['repo:a/b:(ref:refs/heads/main|pull_request)', 'ref', 'refs/heads/dev'],
  ])('leaves for %s a claim %s: %s', (subject, name, text) => {
    expect(places(claimContradictsSubject, both(subject, name, text))).toEqual([]);
  });

  it('says which of several claims it is, what the subject’s tokens have there, and what to write', () => {
    const claimPatterns = new Map([
      ['event_name', 'push'],
      ['ref', 'dev'],
    ]);
    expect(doubts(claimContradictsSubject, { subject: 'repo:a/b:ref:refs/heads/v1.0', claimPatterns })).toEqual([
      {
        rule: 'claim-contradicts-subject',
        severity: 'warning',
        path: ['claim_pattern', 'ref'],
        message:
          'claim_pattern for "ref" never matches together with the subject, whose tokens have "refs/heads/v1.0" there.',
        advice: "Change the subject, or write: ref: 'refs/heads/v1\\.0'",
      },
    ]);
  });

  it('looks at one exact subject of GitHub Actions alone', () => {
    const ref = { claimPatterns: claim('ref', 'refs/heads/dev') };
    const main = 'repo:a/b:ref:refs/heads/main';
    expect(places(claimContradictsSubject, { ...ref, ...bySubject(main) })).toEqual([]);
    expect(places(claimContradictsSubject, { ...ref, subject: undefined, subjects: [main, `${main}2`] })).toEqual([]);
    expect(places(claimContradictsSubject, { ...ref, subject: main, issuer: 'https://gitlab.com' })).toEqual([]);
  });
});
