import type { TrustPolicy } from '../../src/domain/trust-policy.ts';
import type { PermissionLevel } from '../../src/domain/permission-set.ts';
import { sameName, scopeText, type Scope } from '../../src/domain/scope.ts';

/** What each permission is about, shortened from GitHub's descriptions (REST, "Create an installation access token"). */
const WORDS: Readonly<Record<string, string>> = {
  actions: 'Actions workflows, their runs and artifacts',
  actions_variables: 'variables of Actions',
  administration: 'the repository’s settings, teams and collaborators, and creating or deleting repositories',
  artifact_metadata: 'metadata of build artifacts',
  attestations: 'attestations of builds',
  checks: 'checks on code',
  code_quality: 'code quality data',
  codespaces: 'Codespaces',
  contents: 'files, commits, branches, releases and merges',
  custom_properties_for_organizations: 'custom properties of the organization',
  dependabot_secrets: 'secrets of Dependabot',
  deployments: 'deployments and their statuses',
  discussions: 'discussions with their comments and labels',
  enterprise_custom_properties_for_organizations: 'custom properties of organizations, at the enterprise',
  environments: 'environments for deployments',
  issues: 'issues with their comments, assignees, labels and milestones',
  members: 'the organization’s teams and members',
  merge_queues: 'queues of pull requests to merge',
  metadata: 'the repository’s metadata, and a search for repositories',
  organization_administration: 'access to the organization',
  organization_announcement_banners: 'announcement banners of the organization',
  organization_copilot_agent_settings: 'settings of the Copilot cloud agent',
  organization_copilot_seat_management: 'who has a seat of Copilot',
  organization_custom_org_roles: 'custom organization roles',
  organization_custom_properties: 'custom properties of repositories, at the organization',
  organization_custom_roles: 'custom repository roles',
  organization_events: 'events in the organization',
  organization_hooks: 'webhooks of the organization',
  organization_packages: 'the organization’s packages',
  organization_personal_access_token_requests: 'fine-grained personal access tokens of members',
  organization_personal_access_tokens: 'requests for fine-grained personal access tokens',
  organization_plan: 'the organization’s plan',
  organization_projects: 'the organization’s projects',
  organization_secrets: 'the organization’s secrets',
  organization_self_hosted_runners: 'the organization’s self-hosted runners',
  organization_user_blocking: 'whom the organization blocks',
  packages: 'published packages',
  pages: 'Pages: their builds and configuration',
  pull_requests: 'pull requests with their comments, labels, milestones and merges',
  repository_custom_properties: 'custom properties of the repository',
  repository_hooks: 'webhooks of the repository',
  repository_projects: 'projects of the repository',
  secret_scanning_alerts: 'alerts of secret scanning',
  secrets: 'secrets of Actions',
  security_events: 'alerts of code scanning',
  single_file: 'one single file',
  statuses: 'commit statuses',
  team_discussions: 'discussions of teams',
  vulnerability_alerts: 'Dependabot alerts',
  workflows: 'workflow files',
};

const LEVEL_WORDS: Readonly<Record<PermissionLevel, string>> = {
  read: 'Read',
  write: 'Read and change',
  admin: 'Administer',
};

/** A permission as people say it: `Read and change pull requests with …`. */
export function permissionWords(name: string, level: PermissionLevel): string {
  const about = Object.hasOwn(WORDS, name) ? WORDS[name] : undefined;
  return `${LEVEL_WORDS[level]} ${about ?? name.replaceAll('_', ' ')}`;
}

/** Which repositories a token by this policy covers. */
export function reachWords(policy: TrustPolicy, scope: Scope | undefined, orgRepository: string): string {
  const { repositories, callerRepositoryOnly } = policy;
  if (callerRepositoryOnly) return "On the caller's own repository alone.";
  if (repositories !== undefined && repositories.length > 0) return `On ${repositories.join(', ')}.`;
  if (scope === undefined) return 'On the repository that the policy stands in.';
  const isPolicyRepository = scope.repository !== undefined && sameName(scope.repository, orgRepository);
  if (scope.repository === undefined || (isPolicyRepository && repositories !== undefined))
    return `On every repository of ${scope.owner} that the GitHub App sees.`;
  return `On ${scopeText(scope)} alone.`;
}
