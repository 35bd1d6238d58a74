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

  const GITLAB = { issuer: 'https://gitlab.com' };

  it.each(['project_path:a/[a-z]+:environment:prod', '^project_path:a/[a-z]+:environment:prod'])(
    'says the form of a project’s subjects where the ref is missing and cannot be put there: %s',
    (pattern) => {
      expect(doubts(subjectCustomized, { ...GITLAB, ...bySubject(pattern) })).toMatchObject([
        {
          severity: 'notice',
          message: 'subject_pattern matches only where the subject was customised at GitLab.',
          advice: 'Without that it has this form: project_path:GROUP/PROJECT:ref_type:branch:ref:main',
        },
      ]);
    },
  );

  it('leaves alone what names a ref, or other parts of GitHub’s, and what no token has', () => {
    expect(places(subjectCustomized, { ...GITLAB, ...bySubject('project_path:a/[a-z]+:ref:main') })).toEqual([]);
    for (const subject of [
      'repo:a/b:actor:me',
      'repo:a/b:environment:x:project_path:y',
      'repository:a/b',
      'repository:a/b:pull_request:repo:x/y',
      'repo:a/b:ref:main',
    ]) {
      expect(places(subjectCustomized, { subject })).toEqual([]);
    }
  });

  it('leaves usual subjects alone, and those that nobody writes by mistake', () => {
    expect(places(subjectCustomized, { subject: 'repo:acme/app:pull_request' })).toEqual([]);
    expect(places(subjectCustomized, { subject: 'repository_id:1' })).toEqual([]);
    expect(places(subjectCustomized, { subject: 'acme' })).toEqual([]);
    expect(places(subjectCustomized, { issuer: 'https://idp.example.com', subject: 'repo:a/b' })).toEqual([]);
  });
});
