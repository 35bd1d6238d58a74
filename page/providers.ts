import { parseScope } from '../src/domain/scope.ts';

/** What the examples are filled with. */
export interface Example {
  /** The service's own. */
  readonly host: string;
  /** `owner/repo`, or `owner`. */
  readonly scope: string;
  readonly identity: string;
}

export interface Provider {
  readonly id: string;
  readonly name: string;
  /** Where the lines of the workload go. */
  readonly where: string;
  readonly workload: (example: Example) => string;
  readonly policy: (example: Example) => string;
  /** A token's claims as this provider makes them, for the workbench. */
  readonly claims: (example: Example) => Readonly<Record<string, unknown>>;
  /** What to put in the place of what is made up. */
  readonly note: string;
}

const COMMIT = '9f3182061f1e2cca4702c368cbc039b7dc9d4485';
const ORGANIZATION_ID = '5f0c3c5e-8a3d-4d57-9b55-0c6f1c8f2a10';
const PROJECT_ID = '8b1de2f4-63a7-4c0e-a1c9-3a52d0c1e7b6';
const CLUSTER = 'https://oidc.eks.eu-west-1.amazonaws.com/id/5C8F3B2A91D64E07A1B2C3D4E5F60718';
const LIFETIME_SECONDS = 300;

/** What most callers are. */
export const FIRST_PROVIDER: Provider = {
  id: 'github',
  name: 'GitHub Actions',
  where: 'In the workflow',
  workload: ({ host, scope, identity }) => `jobs:
  release:
    runs-on: ubuntu-latest
    permissions:
      id-token: write # the job's own proof of who it is
    steps:
      - uses: OWNER/octo-sts-worker/action@<commit>
        id: token
        with:
          domain: ${host}
          scope: ${scope}
          identity: ${identity}
      - run: gh release list --repo ${repositoryOf(scope)}
        env:
          GH_TOKEN: \${{ steps.token.outputs.token }}
`,
  policy: ({ scope }) =>
    policy([
      'issuer: https://token.actions.githubusercontent.com',
      `subject: repo:${repositoryOf(scope)}:ref:refs/heads/main`,
      'claim_pattern:',
      `  job_workflow_ref: ${dotted(repositoryOf(scope))}/\\.github/workflows/release\\.yml@refs/heads/main`,
    ]),
  claims: ({ host, scope }) => ({
    iss: 'https://token.actions.githubusercontent.com',
    sub: `repo:${repositoryOf(scope)}:ref:refs/heads/main`,
    aud: host,
    repository: repositoryOf(scope),
    repository_id: '456789',
    repository_owner: repositoryOf(scope).split('/')[0],
    repository_owner_id: '123456',
    ref: 'refs/heads/main',
    event_name: 'push',
    workflow_ref: `${repositoryOf(scope)}/.github/workflows/release.yml@refs/heads/main`,
    job_workflow_ref: `${repositoryOf(scope)}/.github/workflows/release.yml@refs/heads/main`,
    run_id: '30433642',
    ...times(),
  }),
  note: 'OWNER/octo-sts-worker is your organization’s copy of this project, <commit> the full SHA of a commit in it that you have read.',
};

export const PROVIDERS: readonly Provider[] = [
  FIRST_PROVIDER,
  {
    id: 'gitlab',
    name: 'GitLab',
    where: 'In .gitlab-ci.yml',
    workload: (example) => `release:
  id_tokens:
    OIDC_TOKEN:
      aud: https://${example.host}
  script:
    - |
${indented(exchange(example), 6)}
`,
    policy: () =>
      policy([
        'issuer: https://gitlab.com',
        'subject: project_path:acme/app:ref_type:branch:ref:main',
        'claim_pattern:',
        "  project_id: '20345678'",
        "  ref_protected: 'true'",
      ]),
    claims: ({ host }) => ({
      iss: 'https://gitlab.com',
      sub: 'project_path:acme/app:ref_type:branch:ref:main',
      aud: `https://${host}`,
      namespace_id: '72',
      namespace_path: 'acme',
      project_id: '20345678',
      project_path: 'acme/app',
      ref: 'main',
      ref_type: 'branch',
      ref_protected: 'true',
      pipeline_source: 'push',
      ...times(),
    }),
    note: 'The project’s number stands on its first page in GitLab. For a GitLab of your own, its address is the issuer.',
  },
  {
    id: 'google',
    name: 'Google Cloud',
    where: 'On Compute Engine, Cloud Run, Cloud Build or GKE with a service account',
    workload: (example) => `OIDC_TOKEN=$(curl -fsS -H "Metadata-Flavor: Google" \\
  "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity?audience=${example.host}")

${exchange(example)}
`,
    policy: () => policy(['issuer: https://accounts.google.com', "subject: '112233445566778899001'"]),
    claims: ({ host }) => ({
      iss: 'https://accounts.google.com',
      sub: '112233445566778899001',
      aud: host,
      azp: '112233445566778899001',
      ...times(),
    }),
    note: 'The subject is the service account’s unique number, never its e-mail address: gcloud iam service-accounts describe ACCOUNT --format="value(uniqueId)"',
  },
  {
    id: 'aws',
    name: 'AWS',
    where: 'With the credentials of a role, in Lambda, ECS, EC2 or a shell',
    workload: (example) => `# once for the account: aws iam enable-outbound-web-identity-federation
OIDC_TOKEN=$(aws sts get-web-identity-token --audience ${example.host} \\
  --signing-algorithm RS256 --duration-seconds 300 --query WebIdentityToken --output text)

${exchange(example)}
`,
    policy: () =>
      policy([
        `issuer: https://${ORGANIZATION_ID}.tokens.sts.global.api.aws`,
        'subject: arn:aws:iam::123456789012:role/release',
      ]),
    claims: ({ host }) => ({
      iss: `https://${ORGANIZATION_ID}.tokens.sts.global.api.aws`,
      sub: 'arn:aws:iam::123456789012:role/release',
      aud: host,
      'https://sts.amazonaws.com/': { aws_account: '123456789012', source_region: 'eu-west-1' },
      ...times(),
    }),
    note: 'The first command prints the issuer of your account. The role needs the permission sts:GetWebIdentityToken. Pods on EKS can use their service account instead: see Kubernetes.',
  },
  {
    id: 'kubernetes',
    name: 'Kubernetes',
    where: 'In the pod: a token for this service, then what runs in it',
    workload: (example) => `serviceAccountName: release
containers:
  - name: release
    volumeMounts: [{ name: oidc, mountPath: /var/run/oidc, readOnly: true }]
volumes:
  - name: oidc
    projected:
      sources:
        - serviceAccountToken: { path: token, audience: ${example.host}, expirationSeconds: 3600 }

# in the container
OIDC_TOKEN=$(cat /var/run/oidc/token)
${exchange(example)}
`,
    policy: () => policy([`issuer: ${CLUSTER}`, 'subject: system:serviceaccount:ci:release']),
    claims: ({ host }) => ({
      iss: CLUSTER,
      sub: 'system:serviceaccount:ci:release',
      aud: [host],
      'kubernetes.io': { namespace: 'ci', serviceaccount: { name: 'release' } },
      ...times(),
    }),
    note: 'The issuer is your cluster’s: kubectl get --raw /.well-known/openid-configuration. Where this service can’t reach it, the policy can hold its keys (jwks).',
  },
  {
    id: 'buildkite',
    name: 'Buildkite',
    where: 'In a step',
    workload: (example) => `OIDC_TOKEN=$(buildkite-agent oidc request-token --audience ${example.host})

${exchange(example)}
`,
    policy: () =>
      policy([
        'issuer: https://agent.buildkite.com',
        "subject_pattern: 'organization:acme:pipeline:app:ref:refs/heads/main:commit:[0-9a-f]{40}:step:release'",
        'claim_pattern:',
        `  organization_id: ${ORGANIZATION_ID}`,
      ]),
    claims: ({ host }) => ({
      iss: 'https://agent.buildkite.com',
      sub: `organization:acme:pipeline:app:ref:refs/heads/main:commit:${COMMIT}:step:release`,
      aud: host,
      organization_slug: 'acme',
      organization_id: ORGANIZATION_ID,
      pipeline_slug: 'app',
      build_number: 1437,
      build_branch: 'main',
      build_commit: COMMIT,
      step_key: 'release',
      ...times(),
    }),
    note: 'The subject holds the commit, so a pattern is needed. The organization’s id stands in its settings.',
  },
  {
    id: 'circleci',
    name: 'CircleCI',
    where: 'In a step of a job',
    workload: (example) => `OIDC_TOKEN=$(circleci run oidc get --claims '{"aud": "${example.host}"}')

${exchange(example)}
`,
    policy: () =>
      policy([
        `issuer: https://oidc.circleci.com/org/${ORGANIZATION_ID}`,
        `subject_pattern: 'org/${ORGANIZATION_ID}/project/${PROJECT_ID}/user/[0-9a-f-]+(/vcs-origin/github\\.com/acme/app/vcs-ref/refs/heads/main)?'`,
        'claim_pattern:',
        '  oidc.circleci.com/vcs-ref: refs/heads/main',
      ]),
    claims: ({ host }) => ({
      iss: `https://oidc.circleci.com/org/${ORGANIZATION_ID}`,
      sub: `org/${ORGANIZATION_ID}/project/${PROJECT_ID}/user/3c1f9d02-5b7e-4a63-8d10-f2a9e4b6c7d8`,
      aud: host,
      'oidc.circleci.com/project-id': PROJECT_ID,
      'oidc.circleci.com/vcs-origin': 'github.com/acme/app',
      'oidc.circleci.com/vcs-ref': 'refs/heads/main',
      ...times(),
    }),
    note: 'The subject names the person who started the job, so a pattern is needed. The ids stand in the settings of the organization and the project.',
  },
  {
    id: 'terraform',
    name: 'Terraform Cloud',
    where: 'In the workspace a variable, in an agent’s hook the lines below it',
    workload: (example) => `# environment variable of the workspace
TFC_WORKLOAD_IDENTITY_AUDIENCE=${example.host}

# in the hook
OIDC_TOKEN=$TFC_WORKLOAD_IDENTITY_TOKEN
${exchange(example)}
`,
    policy: () =>
      policy([
        'issuer: https://app.terraform.io',
        "subject: 'organization:acme:project:Default Project:workspace:app:run_phase:apply'",
        'claim_pattern:',
        '  terraform_workspace_id: ws-mbsd5E3Ktt5Rg2Xm',
      ]),
    claims: ({ host }) => ({
      iss: 'https://app.terraform.io',
      sub: 'organization:acme:project:Default Project:workspace:app:run_phase:apply',
      aud: host,
      terraform_organization_id: 'org-GRNbCjYNpBB6NEBH',
      terraform_organization_name: 'acme',
      terraform_workspace_id: 'ws-mbsd5E3Ktt5Rg2Xm',
      terraform_workspace_name: 'app',
      terraform_run_phase: 'apply',
      ...times(),
    }),
    note: 'Plan and apply have subjects of their own. Each runs with its own token.',
  },
  {
    id: 'other',
    name: 'Any other',
    where: 'With an OIDC token of the workload',
    workload: (example) => `# OIDC_TOKEN: a token for the audience ${example.host}
${exchange(example)}
`,
    policy: () => policy(['issuer: https://issuer.example.com', 'subject: the-workload']),
    claims: ({ host }) => ({ iss: 'https://issuer.example.com', sub: 'the-workload', aud: host, ...times() }),
    note: 'The issuer must serve /.well-known/openid-configuration on the internet; else the policy can hold its keys (jwks). Paste a token below, and the workbench writes the policy.',
  },
];

function policy(lines: readonly string[]): string {
  return [...lines, 'permissions:', '  contents: read', ''].join('\n');
}

function exchange({ host, scope, identity }: Example): string {
  return `GH_TOKEN=$(curl -fsS -H "Authorization: Bearer $OIDC_TOKEN" \\
  "https://${host}/sts/exchange?scope=${scope}&identity=${identity}" | jq -r .token)`;
}

/** The examples call from the repository that they ask for. */
function repositoryOf(scope: string): string {
  return parseScope(scope)?.repository === undefined ? `${scope}/app` : scope;
}

function dotted(text: string): string {
  return text.replaceAll('.', '\\.');
}

function indented(text: string, by: number): string {
  return text.replaceAll(/^/gm, ' '.repeat(by));
}

function times(): { readonly iat: number; readonly exp: number } {
  const now = Math.floor(Date.now() / 1000);
  return { iat: now, exp: now + LIFETIME_SECONDS };
}
