import { describe, expect, it } from '@jest/globals';
import { subjectCustomized } from '../../../../src/domain/lint/subject-customized.ts';
import { bySubject, doubts, places } from './linting.ts';

describe('the rule subject-customized', () => {
  it('advises on a form that only a customised subject has', () => {
    expect(doubts(subjectCustomized, { subject: 'repo:acme/app' })).toEqual([
      {
        rule: 'subject-customized',
        severity: 'notice',
        path: ['subject'],
        message: 'subject matches only where the subject was customised at GitHub Actions.',
        advice: 'Without that, for one. Write: subject: repo:acme/app:ref:refs/heads/main',
      },
    ]);
    expect(places(subjectCustomized, bySubject('repo:acme/[a-z]+'))).toEqual(['notice subject_pattern']);
    const gitlab = { issuer: 'https://gitlab.com', subject: 'project_path:a/b:ref:main' };
    expect(places(subjectCustomized, gitlab)).toEqual(['notice subject']);
  });

  it('leaves usual subjects alone, and those that nobody writes by mistake', () => {
    expect(places(subjectCustomized, { subject: 'repo:acme/app:pull_request' })).toEqual([]);
    expect(places(subjectCustomized, { subject: 'repository_id:1' })).toEqual([]);
    expect(places(subjectCustomized, { subject: 'acme' })).toEqual([]);
    expect(places(subjectCustomized, { issuer: 'https://idp.example.com', subject: 'repo:a/b' })).toEqual([]);
  });
});
