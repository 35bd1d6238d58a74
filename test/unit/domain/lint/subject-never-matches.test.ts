import { describe, expect, it } from '@jest/globals';
import { mendedSubject, subjectNeverMatches, writeInstead } from '../../../../src/domain/lint/subject-never-matches.ts';
import { BUILDKITE } from '../../../../src/domain/providers/buildkite.ts';
import { LintedPolicy } from '../../../../src/domain/lint/linted-policy.ts';
import { fieldsOf } from '../policies.ts';
import { bySubject, doubts, GOOGLE, inRepository, places } from './linting.ts';

describe('the rule subject-never-matches', () => {
  it('finds a form that no token has, and says the line to write', () => {
    expect(doubts(subjectNeverMatches, { subject: 'repo:acme/app:ref:main' })).toEqual([
      {
        rule: 'subject-never-matches',
        severity: 'warning',
        path: ['subject'],
        message: 'subject never matches: no subject of GitHub Actions has the form of "repo:acme/app:ref:main".',
        advice: 'Write: subject: repo:acme/app:ref:refs/heads/main',
        repair: { path: ['subject'], value: 'repo:acme/app:ref:refs/heads/main' },
      },
    ]);
  });

  it('judges patterns on their automaton', () => {
    expect(places(subjectNeverMatches, bySubject('repo:acme/app:ref:(main|dev)'))).toEqual(['warning subject_pattern']);
    expect(places(subjectNeverMatches, bySubject('repo:acme/app:(ref:main|pull_request)'))).toEqual([]);
    expect(places(subjectNeverMatches, bySubject('repo:acme/.*'))).toEqual([]);
    expect(places(subjectNeverMatches, bySubject('('))).toEqual([]);
  });

  it('names each item of a list at its place', () => {
    const listed = { subject: undefined, subjects: ['repo:a/b:pull_request', 'a/b:main'] };
    const [doubt, ...others] = doubts(subjectNeverMatches, listed);
    expect([doubt?.path, doubt?.advice, others]).toEqual([
      ['subjects', 1],
      'Write: - repo:a/b:ref:refs/heads/main',
      [],
    ]);
  });

  it('says whose subject it is, and repairs nothing then', () => {
    const [doubt] = doubts(subjectNeverMatches, { subject: 'project_path:a/b:ref_type:branch:ref:main' });
    expect([doubt?.advice, doubt?.repair]).toEqual([expect.stringContaining('GitLab has such subjects'), undefined]);
  });

  it('advises where nothing can be put in its place', () => {
    const [doubt] = doubts(subjectNeverMatches, { issuer: GOOGLE, subject: 'a@b.iam.gserviceaccount.com' });
    expect(doubt?.advice).toContain('uniqueId');
  });

  it('leaves unknown issuers alone, customised subjects, and what other rules name better', () => {
    expect(places(subjectNeverMatches, { issuer: 'https://idp.example.com', subject: 'x' })).toEqual([]);
    expect(places(subjectNeverMatches, { subject: 'repository_id:1' })).toEqual([]);
    expect(places(subjectNeverMatches, { subject: 'repo:${{ x }}:y' })).toEqual([]);
    expect(places(subjectNeverMatches, { subject: '^repo:a/b$' })).toEqual([]);
    expect(places(subjectNeverMatches, bySubject('repo:a/*'))).toEqual([]);
  });

  it('knows clusters by the form of their subjects', () => {
    const cluster = { issuer: 'https://oidc.acme.dev', subject: 'system:serviceaccount:prod/app' };
    expect(doubts(subjectNeverMatches, cluster)[0]?.repair?.value).toBe('system:serviceaccount:prod:app');
  });
});

describe('a mended subject', () => {
  const condition = { of: 'subject', name: 'subject', path: ['subject'] } as const;
  const policy = new LintedPolicy(fieldsOf(), inRepository);

  it('becomes a pattern where it has to, and never an item of a list', () => {
    const text = 'organization:a:pipeline:b';
    const value = 'organization:a:pipeline:b:ref:refs/heads/main:commit:[0-9a-f]+:step:[^:]*';
    expect(mendedSubject(policy, { ...condition, by: 'value', text }, BUILDKITE)).toEqual({
      path: ['subject'],
      key: 'subject_pattern',
      value,
    });
    const item = { ...condition, by: 'value', text, path: ['subjects', 0] } as const;
    expect(mendedSubject(policy, item, BUILDKITE)).toBeUndefined();
  });

  it('is told as a line', () => {
    expect(writeInstead({ path: ['subject'], key: 'subject_pattern', value: 'a+' })).toBe(
      "Write: subject_pattern: 'a+'",
    );
    expect(writeInstead({ path: ['subjects', 0], value: 'a' })).toBe("Write: - 'a'");
  });
});
