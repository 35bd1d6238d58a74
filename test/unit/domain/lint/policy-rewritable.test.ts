import { describe, expect, it } from '@jest/globals';
import { policyRewritable } from '../../../../src/domain/lint/policy-rewritable.ts';
import { claim, doubts, inOrganization, may, ofGoogle, places } from './linting.ts';

describe('the rule policy-rewritable', () => {
  it.each(['contents', 'workflows'])('advises where %s can be written in the policy’s repository', (name) => {
    expect(places(policyRewritable, ofGoogle(may('write', name)))).toEqual([`notice permissions.${name}`]);
  });

  it('says what the identity can do, and what protects from it', () => {
    expect(doubts(policyRewritable, ofGoogle(may('admin', 'contents')))).toEqual([
      {
        rule: 'policy-rewritable',
        severity: 'notice',
        path: ['permissions', 'contents'],
        message:
          'With contents: write the identity can reach the repository that holds this policy, and rewrite the policy.',
        advice: 'Protect the default branch, so that the change of a policy needs a review.',
      },
    ]);
  });

  it('leaves reading, other permissions, other repositories and a workflow at its ref alone', () => {
    expect(places(policyRewritable, ofGoogle())).toEqual([]);
    expect(places(policyRewritable, ofGoogle(may('write', 'issues')))).toEqual([]);
    const elsewhere = ofGoogle({ ...may('write', 'contents'), repositories: ['app'] });
    expect(places(policyRewritable, elsewhere, inOrganization)).toEqual([]);
    expect(
      places(policyRewritable, {
        ...may('write', 'contents'),
        claimPatterns: claim('job_workflow_ref', 'a/b/\\.github/workflows/c\\.yml@refs/heads/main'),
      }),
    ).toEqual([]);
    expect(
      places(policyRewritable, {
        ...may('write', 'contents'),
        claimPatterns: claim('job_workflow_ref', 'a/b/\\.github/workflows/c\\.yml@.+'),
      }),
    ).toHaveLength(1);
  });
});
