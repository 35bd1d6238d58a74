import { claimTable } from './claim-table.ts';
import { ANY, grammar } from './grammar.ts';
import { pattern, value, type DecidedClaims, type Mended, type Provider } from './provider.ts';

const TERRAFORM_ISSUER = 'https://app.terraform.io';
const PHASES = 'plan|apply|test';
const OF_RUN = `workspace:[^:]+:run_phase:(?:${PHASES})`;
const OF_STACK = 'stack:[^:]+:deployment:[^:]+:operation:[a-z_]+';

/**
 * HCP Terraform (Terraform Cloud). From HashiCorp Developer, "Workload identity"
 * (developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/workload-identity-tokens) and, for
 * stacks, "Authenticate a Stack".
 */
export const TERRAFORM: Provider = {
  name: 'HCP Terraform',
  issuer: grammar('https://app\\.(?:eu\\.)?terraform\\.io'),
  issuers: [TERRAFORM_ISSUER, 'https://app.eu.terraform.io'],
  issuerAliases: new Map(
    ['https://terraform.io', 'https://www.terraform.io', 'https://cloud.terraform.io'].map((wrong) => [
      wrong,
      TERRAFORM_ISSUER,
    ]),
  ),
  mendIssuer: (text) => /^(https:\/\/app\.(?:eu\.)?terraform\.io)\/.*$/i.exec(text)?.[1]?.toLowerCase(),
  subject: grammar(`organization:[^:]+:project:[^:]+:(?:${OF_RUN}|${OF_STACK})`),
  subjectExample: 'organization:ORGANIZATION:project:PROJECT:workspace:WORKSPACE:run_phase:apply',
  mendSubject,
  claims: claimTable({
    [ANY]: [
      'terraform_organization_name',
      'terraform_project_name',
      'terraform_workspace_name',
      'terraform_full_workspace',
      'terraform_run_id',
      'terraform_stack_id',
      'terraform_stack_name',
      'terraform_stack_deployment_name',
      'terraform_stack_deployment_run_id',
      'terraform_plan_id',
      'terraform_operation',
    ],
    'org-[A-Za-z0-9]+': ['terraform_organization_id'],
    'prj-[A-Za-z0-9]+': ['terraform_project_id'],
    'ws-[A-Za-z0-9]+': ['terraform_workspace_id'],
    [PHASES]: ['terraform_run_phase'],
  }),
  claimAliases: new Map([
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
  ]),
  claimsAreComplete: false,
  decidedBy,
  mendClaim: (_, text) => [text.toLowerCase()],
};

function decidedBy(subject: string): DecidedClaims {
  const [, organization, project, workspace, phase] =
    /^organization:([^:]+):project:([^:]+):workspace:([^:]+):run_phase:([^:]+)$/.exec(subject) ?? [];
  const decided = {
    organization_name: organization,
    project_name: project,
    workspace_name: workspace,
    run_phase: phase,
  };
  return new Map(
    Object.entries(decided).flatMap(([name, text]) => (text === undefined ? [] : [[`terraform_${name}`, [text]]])),
  );
}

function mendSubject(text: string): readonly Mended[] {
  const part = (name: string): string | undefined =>
    new RegExp(`(?:^|[:/])${name}[:/=]\\s*([^:/]+)`, 'i').exec(text)?.[1];
  const [organization, project, workspace] = [part('org(?:anization)?'), part('project'), part('workspace')];
  if (organization === undefined || workspace === undefined) return [];
  const phase = part('(?:run_)?phase')?.toLowerCase();
  const one = phase === 'plan' || phase === 'apply' ? phase : undefined;
  // A phase that there is none of: which one was meant, only its author can tell.
  if (one === undefined && phase !== undefined && !/^(?:\*|any|all)$/.test(phase)) return [];
  const written = `organization:${organization}:project:${project ?? '[^:]+'}:workspace:${workspace}:run_phase:`;
  if (one === undefined) return [pattern(`${written}(plan|apply)`)];
  return [(project === undefined ? pattern : value)(`${written}${one}`)];
}
