import { describe, expect, it } from '@jest/globals';
import { subjectAdmitsPullRequests } from '../../../../src/domain/lint/subject-admits-pull-requests.ts';
import { bySubject, claim, doubts, GOOGLE, may, places, WITH_IDS } from './linting.ts';

describe('the rule subject-admits-pull-requests', () => {
  const any = bySubject(`${WITH_IDS}:[^!]+`);
  const writing = { ...any, ...may('write', 'issues') };
  const meant = bySubject(`${WITH_IDS}:(pull_request|ref:refs/heads/main)`);

  it('warns where the token writes and the pattern does not say so', () => {
    expect(places(subjectAdmitsPullRequests, writing)).toEqual(['warning subject_pattern']);
    expect(places(subjectAdmitsPullRequests, { ...writing, claimPatterns: claim('actor', 'me') })).toHaveLength(1);
  });

  it('says who gets the token, and what to name', () => {
    expect(doubts(subjectAdmitsPullRequests, writing)).toEqual([
      {
        rule: 'subject-admits-pull-requests',
        severity: 'warning',
        path: ['subject_pattern'],
        message:
          'subject_pattern admits every pull request from a branch of the repository, before anybody has reviewed it.',
        advice: 'Name the branch, tag or environment that is meant, such as :ref:refs/heads/main.',
      },
    ]);
  });

  it('notes it where the token reads, where a workflow is named, and where pull requests are meant to write', () => {
    expect(places(subjectAdmitsPullRequests, any)).toEqual(['notice subject_pattern']);
    expect(
      places(subjectAdmitsPullRequests, {
        ...writing,
        claimPatterns: claim('job_workflow_ref', 'a/b/\\.github/workflows/c\\.yml@.+'),
      }),
    ).toEqual(['notice subject_pattern']);
    expect(places(subjectAdmitsPullRequests, { ...meant, ...may('write', 'issues') })).toEqual([
      'notice subject_pattern',
    ]);
  });

  it('leaves environments, another issuer and claims that rule pull requests out alone', () => {
    expect(places(subjectAdmitsPullRequests, bySubject(`${WITH_IDS}:environment:[a-z_]+`))).toEqual([]);
    expect(places(subjectAdmitsPullRequests, { ...writing, issuer: GOOGLE })).toEqual([]);
    for (const claimPatterns of [
      claim('ref', 'refs/heads/.+'),
      claim('event_name', 'push'),
      claim('job_workflow_ref', 'a/b/\\.github/workflows/c\\.yml@refs/heads/main'),
    ]) {
      expect(places(subjectAdmitsPullRequests, { ...writing, claimPatterns })).toEqual([]);
    }
  });

  it.each(['pull_request', 'pull_request_target'])('is not silenced by a claim that admits the event %s', (event) => {
    expect(places(subjectAdmitsPullRequests, { ...writing, claimPatterns: claim('event_name', event) })).toHaveLength(
      1,
    );
  });

  it.each(['x-repo:a/b:pull_request', 'repo:a/b:pull_request:actor:c'])(
    'leaves an exact subject of another form alone: %s',
    (subject) => expect(places(subjectAdmitsPullRequests, { subject })).toEqual([]),
  );

  it('notes those that are meant, by a pattern or exactly, so that guardrails can deny them', () => {
    expect(places(subjectAdmitsPullRequests, meant)).toEqual(['notice subject_pattern']);
    const { subjectPattern, ...exact } = { ...meant, subject: 'repo:octo-org/app:pull_request' };
    expect(subjectPattern).toBeDefined();
    expect(places(subjectAdmitsPullRequests, exact)).toEqual(['notice subject']);
  });

  it.each(['refs/pull/([1-689]|[0-9]{2,})/merge', 'refs/(heads/.+|pull/[^7]+/merge)'])(
    'is not silenced by a claim that leaves one pull request out: %s',
    (ref) => {
      expect(places(subjectAdmitsPullRequests, { ...writing, claimPatterns: claim('ref', ref) })).toHaveLength(1);
      const pinned = claim('job_workflow_ref', `a/b/\\.github/workflows/c\\.yml@${ref}`);
      expect(places(subjectAdmitsPullRequests, { ...writing, claimPatterns: pinned })).toHaveLength(1);
    },
  );
});
