import { describe, expect, it } from '@jest/globals';
import { mendedSubject, subjectNeverMatches, writeInstead } from '../../../../src/domain/lint/subject-never-matches.ts';
import { BUILDKITE } from '../../../../src/domain/providers/buildkite.ts';
import { LintedPolicy } from '../../../../src/domain/lint/linted-policy.ts';
import { fieldsOf } from '../policies.ts';
import { bySubject, doubts, GOOGLE, inRepository, places, type Changes } from './linting.ts';

const GITLAB = { issuer: 'https://gitlab.com' };

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
    expect(doubt).toEqual({
      rule: 'subject-never-matches',
      severity: 'warning',
      path: ['subject'],
      message: expect.stringContaining('no subject of GitHub Actions'),
      advice:
        'GitLab has such subjects: name its issuer, or write it in this form: repo:OWNER/NAME:ref:refs/heads/main',
    });
    const [other] = doubts(subjectNeverMatches, { ...GITLAB, subject: 'repo:a/b:ref:refs/heads/main' });
    expect([other?.advice, other?.repair]).toEqual([
      'GitHub Actions has such subjects: name its issuer, or write: subject: project_path:a/b:ref_type:branch:ref:main',
      undefined,
    ]);
  });

  it('takes a number alone for nobody’s', () => {
    const [doubt] = doubts(subjectNeverMatches, { subject: '12345' });
    expect(doubt).toMatchObject({
      rule: 'subject-never-matches',
      advice: 'Write it in this form: repo:OWNER/NAME:ref:refs/heads/main',
    });
  });

  const FIRST = 'repo:a/b:pull_request';
  const SECOND = 'repo:a/c:pull_request';

  it.each([', ', ',', ' ; ', '|', '  ', '\n', ' | '])(
    'finds several subjects in one text, with %j between them',
    (by) => {
      expect(doubts(subjectNeverMatches, { subject: `${FIRST}${by}${SECOND}` })).toMatchObject([
        { rule: 'subject-never-matches', advice: `Write: subjects: [${FIRST}, ${SECOND}]` },
      ]);
    },
  );

  it('finds several subjects up to a length, where all are some, in exact texts alone', () => {
    const advice = (changes: Changes): string | undefined => doubts(subjectNeverMatches, changes)[0]?.advice;
    const list = `Write: subjects: [${FIRST}, ${SECOND}]`;
    expect(advice({ subject: `${FIRST}, ${SECOND}, ` })).toBe(list);
    expect(advice({ subject: `${FIRST}, actors` })).not.toContain('subjects:');
    expect(advice({ subject: `,${FIRST}` })).toBe('Write it in this form: repo:OWNER/NAME:ref:refs/heads/main');
    expect(advice(bySubject(`${FIRST}, ${SECOND}`))).not.toContain('subjects:');
    expect(advice({ subject: `${FIRST}${' '.repeat(2000 - 2 * FIRST.length)}${SECOND}` })).toBe(list);
    expect(advice({ subject: `${FIRST}${' '.repeat(2001 - 2 * FIRST.length)}${SECOND}` })).not.toBe(list);
  });

  it.each([
    ['"repo:a/b:pull_request"', FIRST],
    ["''repo:a/b:pull_request''", FIRST],
    ['/repo:a/b:pull_request/', FIRST],
    ['repo:a/b:pull_request::', FIRST],
    ['"repo:a/b:pull_request",', FIRST],
    ['repo:a/b:pull_request ;', FIRST],
    [',repo:a/b:pull_request', undefined],
    ['repo:a/b.git:pull_request', FIRST],
    ['repo:a/b.git:environment:x(1)', 'repo:a/b:environment:x(1)'],
    ['repo:a/b:ref:refs/heads/a..b', undefined],
  ])('repairs the exact %s: %s', (subject, meant) => {
    const [doubt] = doubts(subjectNeverMatches, { subject });
    expect([doubt?.rule, doubt?.repair]).toEqual([
      'subject-never-matches',
      meant === undefined ? undefined : { path: ['subject'], value: meant },
    ]);
  });

  it.each([
    ['repo:a/b.c:main', 'repo:a/b\\.c:ref:refs/heads/main'],
    ['repo:a/b\\.git:pull_request', FIRST],
    ['repo:a\\\\/b:pull_request', FIRST],
    ['repo:acme/app.x:ref:(main|dev)', 'repo:acme/app.x:ref:refs/heads/(main|dev)'],
    ['"repo:a/b:(pull_request|environment:x)"', 'repo:a/b:(pull_request|environment:x)'],
    ['""repo:a/b:(pull_request|environment:x)":"', 'repo:a/b:(pull_request|environment:x)'],
    ['repo:a/b\\\\.js:(pull_request|environment:x)', 'repo:a/b\\.js:(pull_request|environment:x)'],
    ['repo:a/[^:]+:^(pull_request|environment:x)', 'repo:a/[^:]+:(pull_request|environment:x)'],
    ['repo:a/[^:]+:^(pull_request|environment:\\$x)', 'repo:a/[^:]+:(pull_request|environment:\\$x)'],
  ])('repairs the pattern %s: %s', (pattern, value) => {
    expect(doubts(subjectNeverMatches, bySubject(pattern))[0]?.repair).toEqual({ path: ['subject_pattern'], value });
    const listed = { subject: undefined, subjectPatterns: [pattern] };
    expect(doubts(subjectNeverMatches, listed)[0]?.repair).toEqual({ path: ['subject_patterns', 0], value });
  });

  it('finds a pattern for one subject that no token has, with its dots escaped or not', () => {
    for (const pattern of ['repo:a/b:ref:refs/heads/a\\.\\.b', 'repo:a/b:ref:refs/heads/a..b']) {
      expect(places(subjectNeverMatches, bySubject(pattern))).toEqual(['warning subject_pattern']);
    }
  });

  it('repairs nothing where the same subject would be right at another issuer of the provider', () => {
    const ids = ['9a3f1c1e-5d0c-4b7a-8d7e-2f6f1d3c4b5a', '7a1b2c3d-1111-4222-8333-944445555666'] as const;
    const policy = { issuer: `https://oidc.circleci.com/org/${ids[0]}` };
    const swapped = `org/${ids[1]}/project/${ids[0]}/user/[0-9a-f-]+`;
    const [doubt] = doubts(subjectNeverMatches, { ...policy, ...bySubject(swapped) });
    expect(doubt?.repair).toBeUndefined();
    expect(doubt?.advice).toBe('Write it in this form: org/ORGANIZATION-ID/project/PROJECT-ID/user/USER-ID');
  });

  it('repairs no subject that is longer than any', () => {
    const ofLength = (length: number): Changes => ({ subject: 'a/b:pull_request:'.padEnd(length, 'x') });
    expect(doubts(subjectNeverMatches, ofLength(2000))[0]?.repair?.value).toBe(FIRST);
    expect(doubts(subjectNeverMatches, ofLength(2001))[0]?.repair).toBeUndefined();
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
