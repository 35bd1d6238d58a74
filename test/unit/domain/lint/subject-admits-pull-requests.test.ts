import { describe, expect, it } from '@jest/globals';
import { subjectAdmitsPullRequests } from '../../../../src/domain/lint/subject-admits-pull-requests.ts';
import { bySubject, claim, GOOGLE, places, WITH_IDS } from './linting.ts';

describe('the rule subject-admits-pull-requests', () => {
  it('finds a subject of GitHub Actions that pull requests have', () => {
    const found = places(subjectAdmitsPullRequests, bySubject(`${WITH_IDS}:[a-z_]+`));
    expect(found).toEqual(['warning subject_pattern']);
  });

  it('leaves environments, another issuer and claims that refuse pull requests alone', () => {
    const any = bySubject(`${WITH_IDS}:[^!]+`);
    expect(places(subjectAdmitsPullRequests, bySubject(`${WITH_IDS}:environment:[a-z_]+`))).toEqual([]);
    expect(places(subjectAdmitsPullRequests, { ...any, issuer: GOOGLE })).toEqual([]);
    expect(places(subjectAdmitsPullRequests, { ...any, claimPatterns: claim('ref', 'refs/heads/.+') })).toEqual([]);
    expect(places(subjectAdmitsPullRequests, { ...any, claimPatterns: claim('event_name', 'push') })).toEqual([]);
    expect(places(subjectAdmitsPullRequests, { ...any, claimPatterns: claim('actor', 'me') })).toHaveLength(1);
  });
});
