import { describe, expect, it } from '@jest/globals';
import { TERRAFORM } from '../../../../src/domain/providers/terraform.ts';
import { nearestIssuer } from '../../../../src/domain/providers/providers.ts';
import { ALONE, claimMeant, mended, strangers, type Sample } from './tokens.ts';

const ISSUER = 'https://app.terraform.io';

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
    terraform_stack_id: 'st-1',
    terraform_stack_name: 's',
    terraform_stack_deployment_name: 'd',
    terraform_stack_deployment_run_id: 'sdr-1',
    terraform_plan_id: 'p-1',
    terraform_operation: 'plan',
  },
  {
    iss: 'https://app.eu.terraform.io',
    sub: 'organization:my-org:project:p:stack:s:deployment:d:operation:plan',
  },
];

describe('tokens of HCP Terraform', () => {
  it.each(TOKENS)('are known with all their claims: $iss', (token) => expect(strangers(TERRAFORM, token)).toEqual([]));

  it.each([
    'https://terraform.io',
    'https://www.terraform.io',
    'https://cloud.terraform.io',
    'https://app.terraform.io/app',
    'https://api.terraform.io',
    'https://app.terraform.com',
  ])('are meant by the issuer %s', (issuer) => expect(nearestIssuer(issuer, [])).toBe(ISSUER));

  it.each([
    ['https://app.terraform.io/app/acme', ISSUER],
    ['https://APP.eu.terraform.io/', 'https://app.eu.terraform.io'],
    ['x https://app.terraform.io/', undefined],
    [ISSUER, undefined],
  ])('are meant by the page %s: %s', (text, meant) => expect(TERRAFORM.mendIssuer?.(text)).toBe(meant));

  it.each([
    ['organization', 'terraform_organization_name'],
    ['organization_id', 'terraform_organization_id'],
    ['project', 'terraform_project_name'],
    ['project_id', 'terraform_project_id'],
    ['workspace', 'terraform_workspace_name'],
    ['workspace_id', 'terraform_workspace_id'],
    ['run_phase', 'terraform_run_phase'],
    ['terraform_organization', 'terraform_organization_name'],
    ['terraform_workspace', 'terraform_workspace_name'],
    ['terraform_project', 'terraform_project_name'],
  ])('are told for %s, which no token has: %s', (name, meant) => expect(claimMeant(ISSUER, name)).toBe(meant));

  it('have ids of their own form, and three phases', () => {
    const holds = (name: string, text: string): boolean | undefined => TERRAFORM.claims.get(name)?.holds(text);
    const wrong = ['organization', 'project', 'workspace'].map((one) => holds(`terraform_${one}_id`, 'x'));
    expect([...wrong, holds('terraform_run_phase', 'destroy')]).toEqual([false, false, false, false]);
    expect(['plan', 'apply', 'test'].map((one) => holds('terraform_run_phase', one))).toEqual([true, true, true]);
    expect(TERRAFORM.mendClaim?.('terraform_run_phase', 'Apply', ALONE)).toEqual(['apply']);
    expect([TERRAFORM.name, TERRAFORM.issuers]).toEqual(['HCP Terraform', [ISSUER, 'https://app.eu.terraform.io']]);
    expect([TERRAFORM.claimsAreComplete, TERRAFORM.subject.holds(TERRAFORM.subjectExample)]).toEqual([false, true]);
  });

  it.each([
    [
      'organization:my-org:project:p p:workspace:my-w:run_phase:plan',
      {
        terraform_organization_name: ['my-org'],
        terraform_project_name: ['p p'],
        terraform_workspace_name: ['my-w'],
        terraform_run_phase: ['plan'],
      },
    ],
    ['organization:o:project:p:workspace:w', {}],
    ['organization:o:project:p:workspace:w:run_phase:plan:x', {}],
    ['x-organization:o:project:p:workspace:w:run_phase:plan', {}],
    ['organization:o:project:p:stack:s:deployment:d:operation:plan', {}],
  ])('such as of %s decide other claims: %j', (subject, decided) => {
    expect(Object.fromEntries(TERRAFORM.decidedBy?.(subject) ?? [])).toEqual(decided);
  });

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
    ['organization/my-org/workspace/w', 'organization:my-org:project:[^:]+:workspace:w:run_phase:(plan|apply)'],
    [
      'organization: my-org:project= p:workspace=w:phase:Plan',
      'organization:my-org:project:p:workspace:w:run_phase:plan',
    ],
    ['organization:my-org:project:p:workspace:w', 'organization:my-org:project:p:workspace:w:run_phase:(plan|apply)'],
    [
      'organization:my-org:project:p:workspace:w:run_phase:all',
      'organization:my-org:project:p:workspace:w:run_phase:(plan|apply)',
    ],
    [
      'organization:my-org:project:p:workspace:w:run_phase:Any',
      'organization:my-org:project:p:workspace:w:run_phase:(plan|apply)',
    ],
    ['organization:my-org:workspace:w:run_phase:plan', 'organization:my-org:project:[^:]+:workspace:w:run_phase:plan'],
    ['organization:my-org:project:p:workspace:w:run_phase:destroy', undefined],
    ['organization:my-org:project:p:workspace:w:run_phase:replan', undefined],
    ['organization:my-org:project:p:workspace:w:run_phase:plans', undefined],
    ['Organization:my-org:Project:p:Workspace:w', 'organization:my-org:project:p:workspace:w:run_phase:(plan|apply)'],
    ['organization:my-org:project:p', undefined],
    ['project:p:workspace:w', undefined],
    ['my-org/w', undefined],
  ])('meant by the subject %s have %s', (text, meant) => expect(mended(TERRAFORM, text)).toBe(meant));

  it('are meant by one subject where all its parts are named, and by a pattern else', () => {
    const kinds = ['project:p:workspace:w:phase:plan', 'workspace:w:phase:plan', 'project:p:workspace:w'].map((rest) =>
      TERRAFORM.mendSubject(`organization:o:${rest}`).map(({ by }) => by),
    );
    expect(kinds).toEqual([['value'], ['pattern'], ['pattern']]);
    for (const phase of ['replan', 'plans', 'anything', 'overall', '**']) {
      expect(TERRAFORM.mendSubject(`organization:o:project:p:workspace:w:phase:${phase}`)).toEqual([]);
    }
  });
});
