import { claimTable } from './claim-table.ts';
import { ANY, DIGITS, FLAG, grammar, notStartingWith, REF_NAME, SHA, WORDS } from './grammar.ts';
import { value, type DecidedClaims, type Mended, type Provider } from './provider.ts';

/**
 * GitLab.com and self-managed GitLab. From GitLab Docs, "OpenID Connect (OIDC) Authentication Using ID Tokens"
 * (docs.gitlab.com/ci/secrets/id_token_authentication), payload and custom claims; what a project may put into the
 * subject: "Projects API", `ci_id_token_sub_claim_components`, of which the first is always `project_path`.
 */
const PATH = '[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)+';
/** A name, and not the full ref: that stands in `ref_path`. */
const REF = notStartingWith('refs/', '[^\\x00-\\x20\\x7f~^:?*\\[\\\\]*');

const CLAIMS = claimTable({
  [ANY]: [
    'namespace_path',
    'user_login',
    'user_email',
    'user_access_level',
    'groups_direct',
    'environment',
    'deployment_tier',
    'environment_action',
    'job_namespace_path',
    'job_source',
    'job_config',
    'sub_group_path',
    'hub_namespace_path',
  ],
  [DIGITS]: [
    'namespace_id',
    'project_id',
    'user_id',
    'pipeline_id',
    'job_id',
    'runner_id',
    'job_project_id',
    'job_namespace_id',
    'root_namespace_id',
  ],
  [PATH]: ['project_path', 'job_project_path'],
  [WORDS]: ['pipeline_source'],
  [REF]: ['ref'],
  'branch|tag': ['ref_type'],
  [`refs/(?:heads|tags|merge-requests|pipelines)/${REF_NAME}`]: ['ref_path'],
  [FLAG]: ['ref_protected', 'environment_protected'],
  'gitlab-hosted|self-hosted': ['runner_environment'],
  [SHA]: ['sha', 'ci_config_sha', 'job_policy_ref_sha'],
  '[^/]+/.+//.+@.+': ['ci_config_ref_uri', 'job_policy_ref_uri'],
  'public|private|internal': ['project_visibility'],
});

const OTHER_KEYS = [...CLAIMS.keys()].filter((name) => !['project_path', 'ref', 'ref_type'].includes(name));
const PART = `(?:ref_type:(?:branch|tag)|ref:(?:${REF})|(?:${OTHER_KEYS.join('|')}):[^:]*)`;

export const GITLAB: Provider = {
  name: 'GitLab',
  issuer: grammar('https://gitlab\\.[a-z0-9.-]+(?::[0-9]+)?(?:/.*[^/])?|https://[a-z0-9.-]+/gitlab'),
  issuers: ['https://gitlab.com'],
  issuerAliases: new Map(
    [
      'https://www.gitlab.com',
      'https://gitlab.com/oauth/discovery/keys',
      'https://gitlab.com/-/jwks',
      'https://api.gitlab.com',
      'https://gitlab.com/api/v4',
    ].map((wrong) => [wrong, 'https://gitlab.com']),
  ),
  mendIssuer: (text) => /^(https:\/\/gitlab\.[A-Za-z0-9.-]+)\/+(?:oauth\/.*|-\/jwks)?$/i.exec(text)?.[1]?.toLowerCase(),
  subject: grammar(`project_path:${PATH}(?::${PART})*`),
  usualSubject: grammar(`project_path:${PATH}:ref_type:(?:branch|tag):ref:(?:${REF})`),
  decidedBy,
  subjectExample: 'project_path:GROUP/PROJECT:ref_type:branch:ref:main',
  mendSubject,
  claims: CLAIMS,
  objectClaims: new Set(['user_identities']),
  claimAliases: new Map([
    ['project', 'project_path'],
    ['repository', 'project_path'],
    ['repository_id', 'project_id'],
    ['repository_owner', 'namespace_path'],
    ['namespace', 'namespace_path'],
    ['group', 'namespace_path'],
    ['branch', 'ref'],
    ['tag', 'ref'],
    ['event_name', 'pipeline_source'],
    ['source', 'pipeline_source'],
    ['user', 'user_login'],
    ['actor', 'user_login'],
    ['email', 'user_email'],
    ['protected', 'ref_protected'],
    ['workflow_ref', 'ci_config_ref_uri'],
    ['job_workflow_ref', 'ci_config_ref_uri'],
    ['visibility', 'project_visibility'],
  ]),
  claimsAreComplete: true,
  claimExamples: new Map([['ci_config_ref_uri', 'HOST/GROUP/PROJECT//.gitlab-ci.yml@refs/heads/BRANCH']]),
  usualTexts: new Map([
    [
      'pipeline_source',
      {
        // GitLab Docs, "Predefined CI/CD variables", CI_PIPELINE_SOURCE, with those of security scans.
        texts: [
          'api',
          'chat',
          'external',
          'external_pull_request_event',
          'merge_request_event',
          'ondemand_dast_scan',
          'ondemand_dast_validation',
          'parent_pipeline',
          'pipeline',
          'push',
          'schedule',
          'security_orchestration_policy',
          'trigger',
          'web',
          'webide',
        ],
        aliases: new Map([
          ['merge_request', 'merge_request_event'],
          ['merge_requests', 'merge_request_event'],
          ['mr', 'merge_request_event'],
          ['pull_request', 'merge_request_event'],
          ['cron', 'schedule'],
          ['manual', 'web'],
          ['tag', 'push'],
          ['branch', 'push'],
        ]),
      },
    ],
  ]),
  mendClaim: (claim, text, { issuer }) => {
    if (claim === 'ci_config_ref_uri') return [mendedUri(text, issuer)];
    if (claim === 'ref') return [text.replace(/^refs\/(?:heads|tags)\//, '')];
    if (claim === 'ref_path')
      return [/^v?\d+\.\d/.test(text) ? `refs/tags/${text}` : `refs/heads/${text.replace(/^heads\//, '')}`];
    if (claim === 'ref_type')
      return [
        text
          .toLowerCase()
          .replace(/^(?:heads?|branches|merge_request)$/, 'branch')
          .replace(/^tags$/, 'tag'),
      ];
    if (claim === 'project_path')
      return [text.replace(/^(?:https:\/\/)?[^/]*gitlab[^/]*\//, '').replace(/^\/|\.git$/g, '')];
    return [claim === 'pipeline_source' ? text.toLowerCase().replaceAll('-', '_') : text.toLowerCase()];
  },
};

/** `HOST/GROUP/PROJECT//FILE@REF`. */
function mendedUri(text: string, issuer = 'https://gitlab.com'): string {
  const [path = '', ref = 'main'] = text.replace(/^https?:\/\//, '').split('@');
  const host = issuer.replace(/^https:\/\//, '');
  const [, project = path, file = '.gitlab-ci.yml'] =
    /^(.*?)(?:\/\/|\/(?=\.gitlab-ci|[^/]+\.ya?ml$))(.+)$/.exec(path) ?? [];
  return `${project.startsWith(`${host}/`) ? project : `${host}/${project}`}//${file}@${ref.startsWith('refs/') ? ref : `refs/heads/${ref.replace(/^heads\//, '')}`}`;
}

function decidedBy(subject: string): DecidedClaims {
  const [, path, type, name] = /^project_path:([^:]+):ref_type:(branch|tag):ref:([^:]+)$/.exec(subject) ?? [];
  if (path === undefined || type === undefined || name === undefined) return new Map();
  return new Map([
    ['project_path', [path]],
    ['ref_type', [type]],
    ['ref', [name]],
    ['ref_path', [`refs/${type === 'tag' ? 'tags' : 'heads'}/${name}`]],
  ]);
}

const HEAD =
  /^(?:(?:project_?path|project-path|project|repo|repository)[:=]\s*)?\/?((?:[A-Za-z0-9_.-]+\/)+[A-Za-z0-9_.-]+?)(?:\.git)?(?::(.*))?$/i;

function mendSubject(text: string): readonly Mended[] {
  const match = HEAD.exec(text.trim());
  if (match === null) return [];
  const [, path = '', rest = ''] = match;
  const ref = refOf(rest);
  return ref === undefined ? [] : [value(`project_path:${path}:ref_type:${ref.type}:ref:${ref.name}`)];
}

function refOf(text: string): { readonly type: string; readonly name: string } | undefined {
  const rest = text.trim();
  if (rest === '') return { type: 'branch', name: 'main' };
  // Parts with names, in whatever order.
  const part = (form: string): string | undefined =>
    new RegExp(`(?:^|:)(?:${form})[:=](?:refs/)?(?:(?:heads|tags)/)?([^:\\s]+)`, 'i').exec(rest)?.[1];
  const [typed, branch, tag] = [part('(?:ref_?)?type'), part('ref') ?? part('branch'), part('tag')];
  if (typed !== undefined && branch !== undefined)
    return { type: /^tag/i.test(typed) ? 'tag' : 'branch', name: branch };
  if (tag !== undefined && typed === undefined) return { type: 'tag', name: tag };
  const type = /(?:^|[:/])(?:ref_type[:=])?tags?(?=[:/])/i.test(rest) ? 'tag' : 'branch';
  const name =
    /^(?:ref_type[:=][a-z_]+[:/]?)?(?:(?:ref|branch|tag)[:=])?(?:refs\/)?(?:(?:heads|tags)\/)?([^:\s]+)$/i.exec(
      rest,
    )?.[1];
  return name === undefined ? undefined : { type, name };
}
