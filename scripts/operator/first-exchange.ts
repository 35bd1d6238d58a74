import type { GitHubServer } from '../../src/domain/github-server.ts';
import { serviceUrl } from './service.ts';

export interface FirstExchange {
  readonly host: string;
  /** Checked names: they go into a shell. */
  readonly owner: string;
  readonly repository: string;
  readonly server: GitHubServer;
}

const IDENTITY = 'first-exchange';

/** A policy and a workflow that try the service out, to be committed to one repository. */
export function firstExchange(what: FirstExchange): {
  readonly policyPath: string;
  readonly policy: string;
  readonly workflowPath: string;
  readonly workflow: string;
} {
  return {
    policyPath: `.github/chainguard/${IDENTITY}.sts.yaml`,
    policy: policy(what),
    workflowPath: `.github/workflows/${IDENTITY}.yml`,
    workflow: workflow(what),
  };
}

/** The subject has two forms, with and without ids; see docs/policies.md. */
function policy({ owner, repository, server }: FirstExchange): string {
  const [ownerPattern, repositoryPattern] = [owner, repository].map(literal);
  return `issuer: ${server.actionsIssuer}
subject_pattern: 'repo:${ownerPattern}(@[0-9]+)?/${repositoryPattern}(@[0-9]+)?:ref:refs/heads/main'
claim_pattern:
  repository: '${ownerPattern}/${repositoryPattern}'
  event_name: workflow_dispatch
permissions:
  contents: read
`;
}

function workflow({ host, owner, repository, server }: FirstExchange): string {
  const service = serviceUrl(host);
  return `name: First exchange
on: workflow_dispatch
permissions:
  id-token: write # the job's own proof of who it is
jobs:
  exchange:
    runs-on: ubuntu-latest
    steps:
      - run: |
          oidc=$(curl -sSf -H "Authorization: Bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \\
            "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=${host}" | jq -r .value)
          answer=$(curl -sS -H "Authorization: Bearer $oidc" \\
            "${service}/sts/exchange?scope=${owner}/${repository}&identity=${IDENTITY}")
          token=$(jq -r '.token // empty' <<< "$answer")
          if [ -z "$token" ]; then echo "$answer"; exit 1; fi
          echo "::add-mask::$token"
          curl -sSf -H "Authorization: Bearer $token" ${server.apiUrl}/repos/${owner}/${repository} | jq -r .full_name
          curl -sSf -X POST -H "Authorization: Bearer $token" ${service}/sts/revoke
`;
}

/** Names hold no other character that means something in a pattern. */
function literal(name: string): string {
  return name.replaceAll('.', '\\.');
}
