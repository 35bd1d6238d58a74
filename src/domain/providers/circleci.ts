import { claimTable } from './claim-table.ts';
import { ANY, FLAG, grammar, UUID, type Grammar } from './grammar.ts';
import { pattern, type Mended, type Provider } from './provider.ts';

const ID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const ANY_ID = '[0-9a-f-]+';
const ORGANIZATION_ISSUER = 'https://oidc.circleci.com/org/ORGANIZATION-ID';

/**
 * CircleCI. From CircleCI Docs, "Using OpenID Connect tokens in jobs"
 * (circleci.com/docs/guides/permissions-authentication/openid-connect-tokens): `CIRCLE_OIDC_TOKEN` and, with origin and
 * ref in the subject, `CIRCLE_OIDC_TOKEN_V2`. Each organization has an issuer of its own.
 */
export const CIRCLECI: Provider = {
  name: 'CircleCI',
  issuer: grammar(`https://oidc\\.circleci\\.com/org/${UUID}`),
  issuers: [],
  issuerAliases: new Map(
    ['https://circleci.com', 'https://app.circleci.com', 'https://oidc.circleci.com'].map((wrong) => [
      wrong,
      ORGANIZATION_ISSUER,
    ]),
  ),
  mendIssuer: (text) => {
    const id = new RegExp(`^https://(?:oidc\\.|app\\.)?circleci\\.com/(?:orgs?/|organizations?/)?(${ID})/?$`, 'i').exec(
      text,
    )?.[1];
    if (id !== undefined) return `https://oidc.circleci.com/org/${id.toLowerCase()}`;
    return /^https:\/\/oidc\.circleci\.com\//i.test(text) ? ORGANIZATION_ISSUER : undefined;
  },
  subject: subjects(UUID),
  subjectOf: (issuer) => subjects(/\/org\/([0-9a-f-]+)$/.exec(issuer)?.[1] ?? UUID),
  subjectExample: 'org/ORGANIZATION-ID/project/PROJECT-ID/user/USER-ID',
  mendSubject,
  claims: claimTable({
    [ANY]: [
      'oidc.circleci.com/context-ids',
      'oidc.circleci.com/job-id',
      'oidc.circleci.com/workflow-id',
      'oidc.circleci.com/pipeline-id',
    ],
    [UUID]: ['oidc.circleci.com/project-id', 'oidc.circleci.com/org-id', 'oidc.circleci.com/pipeline-definition-id'],
    '[^/:]+/.+': ['oidc.circleci.com/vcs-origin'],
    'refs/.+': ['oidc.circleci.com/vcs-ref'],
    [FLAG]: ['oidc.circleci.com/ssh-rerun'],
  }),
  claimAliases: new Map(
    ['project-id', 'org-id', 'vcs-origin', 'vcs-ref', 'context-ids', 'ssh-rerun'].flatMap((name) => [
      [name, `oidc.circleci.com/${name}`],
      [name.replaceAll('-', '_'), `oidc.circleci.com/${name}`],
    ]),
  ),
  claimsAreComplete: false,
  mendClaim: (claim, text) => {
    if (claim === 'oidc.circleci.com/vcs-ref') return [`refs/heads/${text.replace(/^(?:refs\/)?heads\//, '')}`];
    if (claim === 'oidc.circleci.com/vcs-origin')
      return [
        text
          .replace(/^https?:\/\//, '')
          .replace(/^git@([^:]+):/, '$1/')
          .replace(/\.git$/, ''),
      ];
    return [text.toLowerCase()];
  },
};

function subjects(organization: string): Grammar {
  return grammar(`org/${organization}/project/${UUID}/user/[^/]+(?:/vcs-origin/[^ ]*/vcs-ref/[^ ]*)?`);
}

/** The user is whoever caused the job, so a pattern takes its place. */
function mendSubject(text: string): readonly Mended[] {
  const [, org, project] =
    new RegExp(`^/?orgs?[/:](${ID})[/:]projects?[/:](${ID})(?:[/:].*)?$`, 'i').exec(text.trim()) ?? [];
  if (org === undefined || project === undefined) return [];
  return [pattern(`org/${org.toLowerCase()}/project/${project.toLowerCase()}/user/${ANY_ID}`)];
}
