import { describe, expect, it } from '@jest/globals';
import { Claims } from '../../../src/domain/claims.ts';
import { workflowRun } from '../../../src/domain/workflow-run.ts';

const CLAIMS = {
  iss: 'https://token.actions.githubusercontent.com',
  run_id: '9007199254',
  run_attempt: '2',
  actor: 'octocat',
  job_workflow_ref: 'acme/infra/.github/workflows/ci.yml@refs/heads/main',
  jti: 'c2f9b1f4-0000-4000-8000-000000000000',
  repository: 'acme/infra',
  head_ref: 'secret-plans',
};

describe('the job that asks', () => {
  it('is told by six claims and no other', () => {
    expect(workflowRun(new Claims(CLAIMS))).toEqual({
      runId: '9007199254',
      runAttempt: '2',
      actor: 'octocat',
      jobWorkflowRef: 'acme/infra/.github/workflows/ci.yml@refs/heads/main',
      jti: 'c2f9b1f4-0000-4000-8000-000000000000',
      repository: 'acme/infra',
    });
  });

  it('says nothing of what the token does not tell, or tells as something else than a text', () => {
    expect(workflowRun(new Claims({ iss: CLAIMS.iss, run_id: 7, actor: ['octocat'], jti: null }))).toStrictEqual({});
  });

  it('is cut, since authors of workflows choose some of its texts', () => {
    const long = 'x'.repeat(8000);
    const run = workflowRun(new Claims({ actor: long, job_workflow_ref: long, repository: long }));
    expect(run).toEqual({
      actor: 'x'.repeat(140),
      jobWorkflowRef: 'x'.repeat(600),
      repository: 'x'.repeat(140),
    });
  });
});
