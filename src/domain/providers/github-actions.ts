import { escapedPattern } from '../written-policy.ts';
import { ANY, DIGITS, FLAG, grammar, type Grammar, listOf, notStartingWith, REF_NAME, SHA, WORDS } from './grammar.ts';
import { claimTable } from './claim-table.ts';
import { value, type Mended, type Provider } from './provider.ts';

/**
 * GitHub Actions: github.com, enterprises on it, data residency (ghe.com) and Enterprise Server. From GitHub Docs,
 * "OpenID Connect reference" (docs.github.com/en/actions/reference/security/oidc): issuer, claims, example subjects,
 * immutable subjects, customised subjects, data residency.
 */
export const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';

const SLUG = '(?:/[A-Za-z0-9][A-Za-z0-9_-]*)?';
const OWNER = '[A-Za-z0-9][A-Za-z0-9_-]*';
const NAME = '[A-Za-z0-9._-]+';
const REPOSITORY = `repo:${OWNER}(?:@[0-9]+)?/${NAME}(?:@[0-9]+)?`;
const REF = `refs/(?:heads|tags|pull)/${REF_NAME}`;
/** Environments on older Enterprise Servers may have a colon; elsewhere it is `%3A` in a subject. */
const CONTEXT = `(?:ref:${REF}|environment:.+|pull_request)`;
const WORKFLOW = `${OWNER}/${NAME}/(?:\\.github/workflows/[^@]+\\.ya?ml|dynamic/[^@]+)@(?:refs/(?:heads|tags|pull)/[^\\x00-\\x20]+|[0-9a-f]{40}|[0-9a-f]{64})`;
const NO_REF = `(?:|${notStartingWith('refs/', '[^\\x00-\\x20]*')})`;

const CLAIMS = claimTable({
  [ANY]: ['environment', 'workflow', 'enterprise'],
  '[A-Za-z0-9_-]+(?:\\[bot\\])?': ['actor'],
  [DIGITS]: [
    'actor_id',
    'repository_id',
    'repository_owner_id',
    'enterprise_id',
    'run_id',
    'run_number',
    'run_attempt',
    'check_run_id',
  ],
  [NO_REF]: ['base_ref', 'head_ref'],
  [WORDS]: ['event_name'],
  [WORKFLOW]: ['job_workflow_ref', 'workflow_ref'],
  [SHA]: ['job_workflow_sha', 'workflow_sha', 'sha'],
  'refs/[^\\x00-\\x20]+': ['ref'],
  'branch|tag|': ['ref_type'],
  [FLAG]: ['ref_protected'],
  [`${OWNER}/${NAME}`]: ['repository'],
  [OWNER]: ['repository_owner'],
  'public|private|internal': ['repository_visibility'],
  'github-hosted|self-hosted': ['runner_environment'],
});

const KEYS = [...CLAIMS.keys()].filter(
  (name) => !['environment', 'ref', 'job_workflow_ref', 'workflow_ref'].includes(name),
);
/** A part of a customised subject. A repository's own properties can be parts too. */
const PART = `(?:${CONTEXT}|(?:${KEYS.join('|')}|repo_property_[a-z0-9_-]+):[^:]*|(?:job_workflow_ref|workflow_ref):${WORKFLOW}|${REPOSITORY})`;

/** The issuer of one server, and those of enterprises on it (`isActionsIssuerOf`). */
export function actionsIssuers(ofServer: string): Grammar {
  return grammar(`${escapedPattern(ofServer)}${SLUG}`);
}

export const GITHUB_ACTIONS: Provider = {
  name: 'GitHub Actions',
  issuer: grammar(
    `https://token\\.actions\\.githubusercontent\\.com${SLUG}|https://token\\.actions\\.[a-z0-9-]+\\.ghe\\.com${SLUG}|https?://[^/]+/_services/token${SLUG}`,
  ),
  issuers: [GITHUB_ISSUER],
  issuerAliases: new Map(
    [
      'https://github.com',
      'https://api.github.com',
      'https://actions.githubusercontent.com',
      'https://token.githubusercontent.com',
      'https://token.actions.github.com',
      'https://token.actions.githubusercontent.org',
      'https://token.actions.githubcontent.com',
      'https://vstoken.actions.githubusercontent.com',
      'https://githubusercontent.com',
      'https://actions.github.com',
      'https://oidc.actions.githubusercontent.com',
    ].map((wrong) => [wrong, GITHUB_ISSUER]),
  ),
  mendIssuer: (text) => {
    const tenant = /^https:\/\/(?:token\.)?([a-z0-9-]+)(?:\.actions)?\.ghe\.com\/?$/i.exec(text)?.[1];
    if (tenant !== undefined && tenant.toLowerCase() !== 'actions')
      return `https://token.actions.${tenant.toLowerCase()}.ghe.com`;
    const server = /^(https:\/\/[^/]+)\/_services(?:\/token)?\/?$/i.exec(text)?.[1];
    return server === undefined ? undefined : `${server.toLowerCase()}/_services/token`;
  },
  subject: grammar(listOf(PART)),
  usualSubject: grammar(`${REPOSITORY}:(?:ref:${REF}|environment:[^:]+|pull_request)`),
  subjectExample: 'repo:OWNER/NAME:ref:refs/heads/main',
  mendSubject,
  claims: CLAIMS,
  claimPrefixes: ['repo_property_'],
  claimAliases: new Map([
    ['branch', 'ref'],
    ['tag', 'ref'],
    ['git_ref', 'ref'],
    ['repo', 'repository'],
    ['repo_id', 'repository_id'],
    ['owner', 'repository_owner'],
    ['owner_id', 'repository_owner_id'],
    ['org', 'repository_owner'],
    ['organization', 'repository_owner'],
    ['event', 'event_name'],
    ['workflow_file', 'workflow_ref'],
    ['workflow_path', 'workflow_ref'],
    ['job_workflow', 'job_workflow_ref'],
    ['reusable_workflow', 'job_workflow_ref'],
    ['env', 'environment'],
    ['environment_name', 'environment'],
    ['user', 'actor'],
    ['triggering_actor', 'actor'],
    ['commit', 'sha'],
    ['subject', 'sub'],
    ['audience', 'aud'],
    ['issuer', 'iss'],
    ['visibility', 'repository_visibility'],
    ['runner', 'runner_environment'],
    ['project_path', 'repository'],
    ['project_id', 'repository_id'],
    ['ref_path', 'ref'],
    ['pipeline_source', 'event_name'],
  ]),
  claimsAreComplete: true,
  mendClaim,
};

/** Events that people write where the subject has the ref. */
const EVENTS = new Set([
  'push',
  'issues',
  'issue_comment',
  'workflow_dispatch',
  'schedule',
  'release',
  'workflow_run',
  'deployment',
  'create',
  'delete',
  'merge_group',
  'repository_dispatch',
  'cron',
]);
const VERSION = /^v?\d+(?:\.|\\\.)\d|^v\d+$/;
const HEAD =
  /^(?:(?:repo|repository|repos)[:/= ]+)?(?:https?:\/\/)?(?:github\.com[/:])?([^\s:/@]+)\s*[/:]\s*([^\s:/@]+?)(?:\.git)?((?::|@|\/).*)?$/i;

/** A subject is a repository and a context: each is put right for itself, with or without ids. */
function mendSubject(text: string): readonly Mended[] {
  const ids = /^repo:([^:/@]+@\d+\/[^:/@]+@\d+)(?::(.*))?$/i.exec(text);
  const plain = ids === null ? HEAD.exec(text.trim()) : null;
  const repository = ids?.[1] ?? (plain === null ? undefined : `${plain[1] ?? ''}/${plain[2] ?? ''}`);
  if (repository === undefined || CLAIMS.has(repository.split('/')[0] ?? '') || repository.startsWith('project'))
    return [];
  const context = ids === null ? (plain?.[3] ?? '').replace(/^[:@/]\s*/, '') : (ids[2] ?? '');
  return contexts(context).map((one) => value(`repo:${repository}:${one}`));
}

function contexts(text: string): readonly string[] {
  const context = text.trim().replace(/^\/+|[:/]+$/g, '');
  const ref = /^(?:refs?[:/])?\/?(?:refs?\/)?(heads?|tags?|branch(?:es)?)[:/]+(.+)$/i.exec(context);
  if (ref !== null) return [`ref:refs/${/^t/i.test(ref[1] ?? '') ? 'tags' : 'heads'}/${ref[2] ?? ''}`];
  const environment = /^(?:env|environments?|deployments?)[:/= ]+(.+)$/i.exec(context)?.[1];
  if (environment !== undefined) return [`environment:${environment}`];
  if (/^(?:event(?:_name)?:)?(?:pull[_-]?requests?(?:_target)?|prs?|merge_requests?)(?:[:/].*)?$/i.test(context))
    return ['pull_request'];
  const name = /^(?:refs?[:/])?([^:\s]*)$/i.exec(context)?.[1];
  if (name === undefined) return [];
  if (name === '' || EVENTS.has(name)) return ['ref:refs/heads/main'];
  return [`ref:refs/${VERSION.test(name) ? 'tags' : 'heads'}/${name}`];
}

function mendClaim(claim: string, text: string): readonly string[] {
  switch (claim) {
    case 'ref':
      return contexts(text).flatMap((one) => (one.startsWith('ref:') ? [one.slice('ref:'.length)] : []));
    case 'base_ref':
    case 'head_ref':
      return [text.replace(/^refs\/(?:heads|tags)\//, '')];
    case 'job_workflow_ref':
    case 'workflow_ref':
      return mendWorkflow(text);
    case 'ref_type':
      return [
        text
          .toLowerCase()
          .replace(/^(?:heads?|branches)$/, 'branch')
          .replace(/^tags$/, 'tag'),
      ];
    case 'event_name':
      return [text.toLowerCase().replaceAll('-', '_')];
    case 'repository':
      return [text.replace(/^(?:https?:\/\/)?github\.com\//, '').replace(/\.git$/, '')];
    case 'repository_owner':
      return [text.split('/')[0] ?? ''];
    default:
      return [text.toLowerCase()];
  }
}

function mendWorkflow(text: string): readonly string[] {
  const [path = '', ref] = text.split('@');
  const file = path
    .replace(/^(?:https?:\/\/)?github\.com\//, '')
    .replace(/\/blob\/[^/]+\//, '/')
    .replace(/^([^/]+\/[^/]+)\/(?:\.github\/)?(?:workflows\/)?(?=[^/]+$)/, '$1/.github/workflows/');
  if (!/^[^/]+\/[^/]+\/\.github\//.test(file.replaceAll('\\', ''))) return [];
  if (ref === undefined) return [`${file}@refs/heads/main`];
  const [context = ''] = contexts(ref);
  return [`${file}@${context.replace(/^ref:/, '')}`];
}
