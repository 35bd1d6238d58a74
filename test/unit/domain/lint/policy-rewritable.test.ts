import { describe, expect, it } from '@jest/globals';
import { policyRewritable } from '../../../../src/domain/lint/policy-rewritable.ts';
import { inOrganization, may, ofGoogle, places } from './linting.ts';

describe('the rule policy-rewritable', () => {
  it.each(['contents', 'workflows'])('advises where %s can be written in the policy’s repository', (name) => {
    expect(places(policyRewritable, ofGoogle(may('write', name)))).toEqual([`notice permissions.${name}`]);
  });

  it('leaves reading, other permissions and other repositories alone', () => {
    expect(places(policyRewritable, ofGoogle())).toEqual([]);
    expect(places(policyRewritable, ofGoogle(may('write', 'issues')))).toEqual([]);
    const elsewhere = ofGoogle({ ...may('write', 'contents'), repositories: ['app'] });
    expect(places(policyRewritable, elsewhere, inOrganization)).toEqual([]);
  });
});
