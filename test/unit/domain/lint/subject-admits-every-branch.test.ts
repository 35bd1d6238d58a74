import { describe, expect, it } from '@jest/globals';
import { subjectAdmitsEveryBranch } from '../../../../src/domain/lint/subject-admits-every-branch.ts';
import { bySubject, claim, doubts, GOOGLE, may, places, WITH_IDS } from './linting.ts';

describe('the rule subject-admits-every-branch', () => {
  const any = bySubject(`${WITH_IDS}:[^!]+`);
  const writing = { ...any, ...may('write', 'issues') };

  it('warns where the token writes, and notes it where it reads or a workflow is named', () => {
    expect(places(subjectAdmitsEveryBranch, writing)).toEqual(['warning subject_pattern']);
    expect(places(subjectAdmitsEveryBranch, any)).toEqual(['notice subject_pattern']);
    expect(
      places(subjectAdmitsEveryBranch, {
        ...writing,
        claimPatterns: claim('job_workflow_ref', 'a/b/\\.github/workflows/c\\.yml@.+'),
      }),
    ).toEqual(['notice subject_pattern']);
    expect(places(subjectAdmitsEveryBranch, { ...writing, claimPatterns: claim('actor', 'me') })).toEqual([
      'warning subject_pattern',
    ]);
  });

  it('says who gets the token, and what to name', () => {
    expect(doubts(subjectAdmitsEveryBranch, writing)).toEqual([
      {
        rule: 'subject-admits-every-branch',
        severity: 'warning',
        path: ['subject_pattern'],
        message: 'subject_pattern admits every branch: whoever can push one gets the token.',
        advice:
          'Name the branch that is meant, such as :ref:refs/heads/main, or a workflow at its ref with job_workflow_ref.',
      },
    ]);
  });

  it('leaves a name’s beginning, another issuer and claims that rule other branches out alone', () => {
    expect(places(subjectAdmitsEveryBranch, bySubject(`${WITH_IDS}:ref:refs/heads/release-[^/]+`))).toEqual([]);
    expect(places(subjectAdmitsEveryBranch, { ...writing, issuer: GOOGLE })).toEqual([]);
    for (const claimPatterns of [
      claim('ref', 'refs/heads/main'),
      claim('ref_protected', 'true'),
      claim('job_workflow_ref', 'a/b/\\.github/workflows/c\\.yml@refs/heads/main'),
    ]) {
      expect(places(subjectAdmitsEveryBranch, { ...writing, claimPatterns })).toEqual([]);
    }
  });

  it('is not silenced by a claim that admits other branches, or unprotected ones', () => {
    for (const claimPatterns of [claim('ref', '.+'), claim('ref_protected', 'true|false')]) {
      expect(places(subjectAdmitsEveryBranch, { ...writing, claimPatterns })).toHaveLength(1);
    }
  });

  it('leaves alone what stands before the ref where no repository has it', () => {
    expect(places(subjectAdmitsEveryBranch, bySubject('repo:a/b:actor:c:ref:.+'))).toEqual([]);
  });

  it('looks at each pattern of a list', () => {
    const listed = { ...writing, subjectPattern: undefined, subjectPatterns: ['repo:a/b:pull_request', 'repo:a/b:.+'] };
    expect(places(subjectAdmitsEveryBranch, listed)).toEqual(['warning subject_patterns.1']);
  });
});
