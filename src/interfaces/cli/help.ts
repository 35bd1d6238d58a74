const GENERAL = `octo-sts-worker: for those who write trust policies, and for jobs that need a token.

  octo-sts-worker lint PATH…       is the policy valid, and is it what you mean?
  octo-sts-worker explain …        would this token be granted, and if not, why?
  octo-sts-worker exchange …       an OIDC token in, a GitHub token out
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
searched for *.sts.yaml and trusted-token-issuers.yaml. Every fault is shown with its line. A warning says
that something is wrong or dangerous as it is written, a notice gives advice on a sound policy.

  --format human     for you (default)
  --format json      for scripts
  --format sarif     SARIF 2.1.0, for code scanning
  --format github    annotations on the lines of a pull request, in a job of GitHub Actions
  --strict           warnings count too: exit code 1. Notices never do
  --fix              writes what is surely meant into the files: near misses, quotes, anchors, dots. Comments stay
  --fix immutable    also writes the ids of owner and repository into GitHub's subjects (GITHUB_TOKEN, or gh)
${SETTING}
A pull request's check, as a step:

  - run: octo-sts-worker lint --format github .github/chainguard
`;

const EXPLAIN = `octo-sts-worker explain --policy FILE (--token FILE | --claims FILE) --audience HOST [--json]

Says field by field what the policy expects and what the token says, in the service's own words, with a hint where the
slip is a known one. Works offline: it contacts nobody, and checks neither signature nor times.

  --policy FILE      the trust policy
  --token FILE       the OIDC token, a JWT; - is standard input. It is not sent anywhere
  --claims FILE      its claims as JSON instead
  --audience HOST    the service's host, which the token must name where the policy names no audience
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

const TOPICS: ReadonlyMap<string, string> = new Map([
  ['lint', LINT],
  ['explain', EXPLAIN],
  ['exchange', EXCHANGE],
]);

/** The command that says more about what somebody typed. */
export function helpCommand(typed = ''): string {
  return TOPICS.has(typed) ? `octo-sts-worker help ${typed}` : 'octo-sts-worker help';
}

export function help(topic?: string): string {
  return TOPICS.get(topic ?? '') ?? GENERAL;
}
