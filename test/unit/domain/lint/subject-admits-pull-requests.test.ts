import { describe, expect, it } from '@jest/globals';
import { subjectAdmitsPullRequests } from '../../../../src/domain/lint/subject-admits-pull-requests.ts';
import { bySubject, claim, GOOGLE, may, places, WITH_IDS } from './linting.ts';

describe('the rule subject-admits-pull-requests', () => {
  const any = bySubject(`${WITH_IDS}:[^!]+`);
  const writing = { ...any, ...may('write', 'issues') };
  const meant = bySubject(`${WITH_IDS}:(pull_request|ref:refs/heads/main)`);

  it('warns where the token writes and the pattern does not say so', () => {
    expect(places(subjectAdmitsPullRequests, writing)).toEqual(['warning subject_pattern']);
    expect(places(subjectAdmitsPullRequests, { ...writing, claimPatterns: claim('actor', 'me') })).toHaveLength(1);
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

  it('leaves environments, another issuer, reading pull requests that are meant and claims that rule them out alone', () => {
    expect(places(subjectAdmitsPullRequests, bySubject(`${WITH_IDS}:environment:[a-z_]+`))).toEqual([]);
    expect(places(subjectAdmitsPullRequests, { ...writing, issuer: GOOGLE })).toEqual([]);
    expect(places(subjectAdmitsPullRequests, meant)).toEqual([]);
    for (const claimPatterns of [
      claim('ref', 'refs/heads/.+'),
      claim('event_name', 'push'),
      claim('job_workflow_ref', 'a/b/\\.github/workflows/c\\.yml@refs/heads/main'),
    ]) {
      expect(places(subjectAdmitsPullRequests, { ...writing, claimPatterns })).toEqual([]);
    }
  });
});
