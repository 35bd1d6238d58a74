import { describe, expect, it } from '@jest/globals';
import { subjectAdmitsEveryBranch } from '../../../../src/domain/lint/subject-admits-every-branch.ts';
import { bySubject, claim, GOOGLE, places, WITH_IDS } from './linting.ts';

describe('the rule subject-admits-every-branch', () => {
  it('finds a subject of GitHub Actions that any branch has', () => {
    const found = places(subjectAdmitsEveryBranch, bySubject(`${WITH_IDS}:ref:refs/heads/[^/]+`));
    expect(found).toEqual(['warning subject_pattern']);
  });

  it('leaves a name’s beginning, another issuer and a claim that names the branch alone', () => {
    const any = bySubject(`${WITH_IDS}:[^!]+`);
    expect(places(subjectAdmitsEveryBranch, bySubject(`${WITH_IDS}:ref:refs/heads/release-[^/]+`))).toEqual([]);
    expect(places(subjectAdmitsEveryBranch, { ...any, issuer: GOOGLE })).toEqual([]);
    expect(places(subjectAdmitsEveryBranch, { ...any, claimPatterns: claim('ref', 'refs/heads/main') })).toEqual([]);
    expect(places(subjectAdmitsEveryBranch, { ...any, claimPatterns: claim('actor', 'me') })).toHaveLength(1);
  });
});
