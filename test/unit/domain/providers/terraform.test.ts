import { describe, expect, it } from '@jest/globals';
import { TERRAFORM } from '../../../../src/domain/providers/terraform.ts';
import { mended, strangers, type Sample } from './tokens.ts';

const TOKENS: readonly Sample[] = [
  {
    iss: 'https://app.terraform.io',
    sub: 'organization:my-org:project:Default Project:workspace:my-workspace:run_phase:apply',
    aud: 'my-example-audience',
    terraform_organization_id: 'org-GRNbCjYNpBB6NEH9',
    terraform_organization_name: 'my-org',
    terraform_project_id: 'prj-vegSA59s1XPwMr2t',
    terraform_project_name: 'Default Project',
    terraform_workspace_id: 'ws-mbsd5E3Ktt5Rg2Xm',
    terraform_workspace_name: 'my-workspace',
    terraform_full_workspace: 'organization:my-org:project:Default Project:workspace:my-workspace',
    terraform_run_id: 'run-X3n1AUXNGWbfECsJ',
    terraform_run_phase: 'apply',
  },
  {
    iss: 'https://app.eu.terraform.io',
    sub: 'organization:my-org:project:p:stack:s:deployment:d:operation:plan',
  },
];

describe('tokens of HCP Terraform', () => {
  it.each(TOKENS)('are known with all their claims: $iss', (token) => expect(strangers(TERRAFORM, token)).toEqual([]));

  it.each([
    'organization:my-org:workspace:my-workspace:run_phase:apply',
    'organization:my-org:project:p:workspace:w',
    'my-org/my-workspace',
  ])('never have the subject %j', (subject) => expect(TERRAFORM.subject.holds(subject)).toBe(false));

  it.each<[string, string | undefined]>([
    [
      'organization:my-org:workspace:w:run_phase:Apply',
      'organization:my-org:project:[^:]+:workspace:w:run_phase:apply',
    ],
    ['org:my-org:project:p:workspace:w:phase:plan', 'organization:my-org:project:p:workspace:w:run_phase:plan'],
    [
      'organization:my-org:project:p:workspace:w:run_phase:*',
      'organization:my-org:project:p:workspace:w:run_phase:(plan|apply)',
    ],
    ['my-org/w', undefined],
  ])('meant by the subject %s have %s', (text, meant) => expect(mended(TERRAFORM, text)).toBe(meant));
});
