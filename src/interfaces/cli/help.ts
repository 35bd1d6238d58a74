const GENERAL = `octo-sts-worker: for those who write trust policies, and for jobs that need a token.

  octo-sts-worker lint PATH…       is the policy valid, and is it what you mean?
  octo-sts-worker new IDENTITY …   writes a policy
  octo-sts-worker explain …        would this token be granted, and if not, why?
  octo-sts-worker exchange …       an OIDC token in, a GitHub token out
  octo-sts-worker inventory …      every policy of an organization: who can get what, and does anybody?
  octo-sts-worker help COMMAND     more about one, with examples
  octo-sts-worker --version

Exit codes: 0 yes, 1 no (faults, no match, refused), 2 a wrong command line or file, 3 no answer.
`;

const SETTING = `  --repository OWNER/NAME    the repository that holds the policy. In a clone: its remote; in a job: its own
  --policy-repository NAME   the organization's policy repository (.github). Policies there may name repositories
  --github URL               API of another server: https://ghe.example.com/api/v3
  --loopback                 take issuers on this machine, for local development
`;

const LINT = `octo-sts-worker lint PATH… [--format human|json|sarif|github] [--strict] [--fix [immutable]]

Judges policies by the code that the service uses: what is called valid here can be exchanged there. Folders are
searched for *.sts.yaml, trusted-token-issuers.yaml and guardrails.yaml. Every fault is shown with its line. A warning says
that something is wrong or dangerous as it is written, a notice gives advice on a sound policy.

  --format human     for you (default)
  --format json      for scripts
  --format sarif     SARIF 2.1.0, for code scanning
  --format github    annotations on the lines of a pull request, in a job of GitHub Actions
  --guardrails FILE  judge by these guardrails too. In the policy repository its own count, where they are linted too
  --strict           warnings count too: exit code 1. Notices never do
  --fix              writes what is surely meant into the files: near misses, quotes, anchors, dots. Comments stay
  --fix immutable    also writes the ids of owner and repository into GitHub's subjects (GITHUB_TOKEN, or gh)
${SETTING}
A pull request's check, as a step:

  - run: octo-sts-worker lint --format github .github/chainguard
`;

const NEW = `octo-sts-worker new IDENTITY [--provider NAME] [--permissions LIST] …

Writes .github/chainguard/IDENTITY.sts.yaml below the working folder, if the linter has nothing against it. What no flag
says is asked for in a terminal.

  --provider NAME      github-actions, gitlab, google, aws, kubernetes, entra, buildkite, circleci, terraform, other
  --permissions LIST   what the token is for: read-code, comment, open-pull-requests, release, deploy, run-workflows,
                       report-status; or permissions: contents:read,issues:write
  --from WHO           GitHub Actions OWNER/NAME, GitLab GROUP/PROJECT, Buildkite ORGANIZATION/PIPELINE, CircleCI
                       ORGANIZATION-ID/PROJECT-ID, Terraform ORGANIZATION/PROJECT/WORKSPACE
  --at WHERE           branch:main, tag:v1; GitHub Actions also environment:production, pull_request; Terraform plan, apply
  --workflow FILE      GitHub Actions: the workflow that alone may ask, at that branch or tag; empty for any
  --issuer URL         the issuer, where it is not the same for everybody
  --subject TEXT       Google, AWS, Kubernetes (NAMESPACE:NAME), Entra, others: the subject, exactly
  --audience ID        Entra: the application that the token is for
${SETTING}
  octo-sts-worker new release --provider github-actions --from acme/app --at branch:main --workflow release.yml \\
    --permissions contents:write
`;

const EXPLAIN = `octo-sts-worker explain --policy FILE (--token FILE | --claims FILE) --audience HOST [--json]

Says field by field what the policy expects and what the token says, in the service's own words, with a hint where the
slip is a known one. Works offline: it contacts nobody, and checks neither signature nor times.

  --policy FILE      the trust policy
  --token FILE       the OIDC token, a JWT; - is standard input. It is not sent anywhere
  --claims FILE      its claims as JSON instead
  --audience HOST    the service's host, which the token must name where the policy names no audience
  --permissions LIST   what the request asks for, where it is less than the policy grants: contents:read,issues:write
  --repositories LIST  likewise: app,infra
  --guardrails FILE  the organization's guardrails, to judge by too; with --owner-id NUMBER, GitHub's number of the
                     organization, also whose workflow it is
  --json             for scripts
${SETTING}
Why was my job refused? In the job:

  curl -sH "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \\
    "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=sts.example.com" | jq -r .value |
    octo-sts-worker explain --policy .github/chainguard/deploy.sts.yaml --token - --audience sts.example.com
`;

const EXCHANGE = `octo-sts-worker exchange --domain HOST --scope OWNER[/REPO] --identity NAME

Prints the GitHub token on standard output, and nothing else there. In GitHub Actions it gets the job's OIDC token
itself (permissions: id-token: write) and masks the result.

  --domain HOST          the service
  --scope OWNER/REPO     what the token is for; OWNER alone for a policy of the organization
  --identity NAME        the policy: .github/chainguard/NAME.sts.yaml
  --permissions LIST     less than the policy grants: contents:read,issues:write
  --repositories LIST    fewer repositories than the policy grants
  --audience TEXT        of the OIDC token (GitHub Actions), if it is not the domain
  --token-file FILE      the OIDC token; - is standard input
  --json                 the service's whole answer

Tries again where that can succeed (no connection, 5xx, 429 after the wait that the service names). The token lives an
hour; give it back with: curl -X POST -H "Authorization: Bearer $TOKEN" https://HOST/sts/revoke

  export GH_TOKEN=$(octo-sts-worker exchange --domain sts.example.com --scope acme/app --identity deploy)
`;

const INVENTORY = `octo-sts-worker inventory (--org NAME | --checkouts FOLDER) [--format table|csv|json]

Every trust policy of an organization: who can get what by it, the linter's findings, and whether the organization's
guardrails take it. Policies are read from the default branches on GitHub, with GITHUB_TOKEN or what gh is signed in with
(contents: read), or offline from a folder that holds checkouts side by side.

  --org NAME            the organization
  --checkouts FOLDER    instead of GitHub: checkouts in this folder, named by their remotes
  --format FORMAT       table (default), csv, json
  --guardrails FILE     these guardrails in place of those of the policy repository
  --reaches REPO        only policies whose token reaches this repository
  --grants WHAT         only policies that grant contents, contents:write, or anything at a level: write
  --events FILE         the audit log, one event a line; - is standard input. Adds when each policy was last used, and
                        which of its permissions no token was ever minted with
  --unused-for DAYS     only policies by which nobody got a token for so long
${SETTING}
Who can write to acme/app, and what has nobody used for 90 days?

  octo-sts-worker inventory --org acme --reaches app --grants write
  octo-sts-worker inventory --org acme --events audit.log --unused-for 90
`;

const TOPICS: ReadonlyMap<string, string> = new Map([
  ['lint', LINT],
  ['new', NEW],
  ['explain', EXPLAIN],
  ['exchange', EXCHANGE],
  ['inventory', INVENTORY],
]);

/** The command that says more about what somebody typed. */
export function helpCommand(typed = ''): string {
  return TOPICS.has(typed) ? `octo-sts-worker help ${typed}` : 'octo-sts-worker help';
}

export function help(topic?: string): string {
  return TOPICS.get(topic ?? '') ?? GENERAL;
}
