import { describe, expect, it } from '@jest/globals';
import { subjectByName } from '../../../../src/domain/lint/subject-by-name.ts';
import { bySubject, claim, doubts, GOOGLE, places, WITH_IDS } from './linting.ts';

describe('the rule subject-by-name', () => {
  const BY_NAME = { subject: 'repo:octo-org/app:ref:refs/heads/main' };

  it('advises ids in place of names, in an exact subject and in a pattern', () => {
    expect(doubts(subjectByName, BY_NAME)).toEqual([
      {
        rule: 'subject-by-name',
        severity: 'notice',
        path: ['subject'],
        message:
          'subject names the repository by names alone, which another account can take over once they are given up.',
        advice:
          'With immutable subjects switched on at GitHub, write repo:OWNER@OWNER_ID/NAME@REPOSITORY_ID instead of repo:OWNER/NAME.',
      },
    ]);
    expect(places(subjectByName, bySubject('repo:octo-org/[a-z]+:environment:x'))).toEqual(['notice subject_pattern']);
  });

  it.each(['repo:a/b:.+', '(?:repo):a/b:pull_request', 'repo:(?:a@1/b@2|a/b:pull_request)'])(
    'counts no id beyond the names, and none without a context: %s',
    (pattern) => expect(places(subjectByName, bySubject(pattern))).toEqual(['notice subject_pattern']),
  );

  it('leaves subjects without a context alone, which only a customised one has', () => {
    expect(places(subjectByName, bySubject('repo:a/[a-z]+'))).toEqual([]);
    expect(places(subjectByName, { subject: 'x-repo:a/b:pull_request' })).toEqual([]);
  });

  it('leaves ids, patterns that admit ids, other forms and other issuers alone', () => {
    expect(places(subjectByName, { subject: `${WITH_IDS}:ref:refs/heads/main` })).toEqual([]);
    expect(places(subjectByName, bySubject('repo:octo-org(@1)?/app(@2)?:environment:x'))).toEqual([]);
    expect(places(subjectByName, bySubject('repository_owner_id:1:environment:x'))).toEqual([]);
    expect(places(subjectByName, { subject: 'repo:a/b:x', issuer: GOOGLE })).toEqual([]);
  });

  it('is silent where a claim says it already, and not where it says nothing', () => {
    for (const claimPatterns of [
      claim('repository_id', '1'),
      claim('repository_owner_id', '1|2'),
      claim('job_workflow_ref', 'a/b/.+'),
    ]) {
      expect(places(subjectByName, { ...BY_NAME, claimPatterns })).toEqual([]);
    }
    expect(places(subjectByName, { ...BY_NAME, claimPatterns: claim('repository_id', '.+') })).toHaveLength(1);
    expect(places(subjectByName, { ...BY_NAME, claimPatterns: claim('ref', 'a') })).toHaveLength(1);
  });
});
