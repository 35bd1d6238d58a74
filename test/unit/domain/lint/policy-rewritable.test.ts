import { describe, expect, it } from '@jest/globals';
import { policyRewritable } from '../../../../src/domain/lint/policy-rewritable.ts';
import { claim, inOrganization, may, ofGoogle, places } from './linting.ts';

describe('the rule policy-rewritable', () => {
  it.each(['contents', 'workflows'])('advises where %s can be written in the policy’s repository', (name) => {
    expect(places(policyRewritable, ofGoogle(may('write', name)))).toEqual([`notice permissions.${name}`]);
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
