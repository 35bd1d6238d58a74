import { escapedPattern } from '../written-policy.ts';
import { ANY, DIGITS, FLAG, grammar, type Grammar, listOf, notStartingWith, REF_NAME, SHA, WORDS } from './grammar.ts';
import { claimTable } from './claim-table.ts';
import { value, type Beside, type DecidedClaims, type Mended, type Provider } from './provider.ts';

/**
 * GitHub Actions: github.com, enterprises on it, data residency (ghe.com) and Enterprise Server. From GitHub Docs,
 * "OpenID Connect reference" (docs.github.com/en/actions/reference/security/oidc): issuer, claims, example subjects,
 * immutable subjects, customised subjects, data residency.
 */
export const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';

const SLUG = '(?:/[A-Za-z0-9][A-Za-z0-9_-]*)?';
const OWNER = '[A-Za-z0-9][A-Za-z0-9_-]*';
const NAME = '[A-Za-z0-9._-]+';
/** Both ids or none ("Immutable subject claims"). */
const REPOSITORY = `repo:${OWNER}(?:/${NAME}|@[0-9]+/${NAME}@[0-9]+)`;
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
/** An Enterprise Server: part of its issuer, its API, or the server itself where its name tells what it is. */
const SERVERS: readonly RegExp[] = [
  /^(https:\/\/[^/]+)\/_services(?:\/token)?\/?$/i,
  /^(https:\/\/[^/]+)\/api\/v3\/?$/i,
  /^(https:\/\/(?:github|ghes?)\.[^/]+\.[^/]+)\/?$/i,
];

const PULL_REQUEST_EVENTS = ['pull_request', 'pull_request_target'] as const;

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
      'https://githubusercontent.com',
      'https://actions.github.com',
      'https://oidc.actions.githubusercontent.com',
    ].map((wrong) => [wrong, GITHUB_ISSUER]),
  ),
  mendIssuer: (text) => {
    const tenant = /^https:\/\/(?:token\.)?([a-z0-9-]+)(?:\.actions)?\.ghe\.com\/?$/i.exec(text)?.[1];
    if (tenant !== undefined && tenant.toLowerCase() !== 'actions')
      return `https://token.actions.${tenant.toLowerCase()}.ghe.com`;
    // One part behind the host is an enterprise's: without it the issuer is everybody's.
    const behind = /^https:\/\/token\.actions\.githubusercontent\.com\/(.+)$/i.exec(text)?.[1];
    if (behind !== undefined)
      return GITHUB_ISSUER + (/^[A-Za-z0-9-]+(?=\/?$)/.test(behind) ? `/${behind.replace('/', '')}` : '');
    const server = SERVERS.map((form) => form.exec(text)?.[1]).find((one) => one !== undefined);
    return server === undefined ? undefined : `${server.toLowerCase()}/_services/token`;
  },
  subject: grammar(listOf(PART)),
  usualSubject: grammar(`${REPOSITORY}:(?:ref:${REF}|environment:[^:]+|pull_request)`),
  subjectExample: 'repo:OWNER/NAME:ref:refs/heads/main',
  /** GitHub gives no repository the first name, and git takes two dots in none of a ref. */
  // A ref has no colon: what follows the ref of a customised subject may have two dots, such as a workflow's file.
  impossibleSubject: /^repo:[^:]*\.git(?:@\d+)?:|:ref:[^\s:]*\.\./,
  mendSubject,
  subjectAdvice: (text) =>
    /^repo:[^:/@]+(?:@\d+\/[^:/@]+|\/[^:/@]+@\d+):/.test(text)
      ? 'Write both ids or none: repo:OWNER@OWNER_ID/NAME@REPOSITORY_ID.'
      : undefined,
  decidedBy,
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
  claimExamples: new Map([
    ['job_workflow_ref', 'OWNER/NAME/.github/workflows/FILE.yml@refs/heads/BRANCH, or @ and the whole SHA'],
    ['workflow_ref', 'OWNER/NAME/.github/workflows/FILE.yml@refs/heads/BRANCH'],
    ['ref', 'refs/heads/BRANCH'],
    ['repository', 'OWNER/NAME'],
  ]),
  mendClaim,
  usualTexts: new Map([
    [
      'event_name',
      {
        // GitHub Docs, "Events that trigger workflows". A reusable workflow runs under the event of its caller.
        texts: [
          'branch_protection_rule',
          'check_run',
          'check_suite',
          'create',
          'delete',
          'deployment',
          'deployment_status',
          'discussion',
          'discussion_comment',
          'dynamic',
          'fork',
          'gollum',
          'image_version',
          'issue_comment',
          'issues',
          'label',
          'merge_group',
          'milestone',
          'page_build',
          'public',
          'pull_request',
          'pull_request_review',
          'pull_request_review_comment',
          'pull_request_target',
          'push',
          'registry_package',
          'release',
          'repository_dispatch',
          'schedule',
          'status',
          'watch',
          'workflow_dispatch',
          'workflow_run',
        ],
        aliases: new Map([
          ['pr', 'pull_request'],
          ['pull', 'pull_request'],
          ['cron', 'schedule'],
          ['manual', 'workflow_dispatch'],
          ['dispatch', 'workflow_dispatch'],
          ['tag', 'push'],
          ['commit', 'push'],
          ['merge', 'push'],
          ['merge_queue', 'merge_group'],
          ['comment', 'issue_comment'],
        ]),
      },
    ],
  ]),
};

const SUBJECT = /^repo:([^:/@]+)(?:@(\d+))?\/([^:/@]+)(?:@(\d+))?:(?:ref:(.+)|environment:([^:]+)|(pull_request))$/;

function decidedBy(subject: string): DecidedClaims {
  const [, owner, ownerId, name, repositoryId, ref, environment, pullRequest] = SUBJECT.exec(subject) ?? [];
  const decided = new Map<string, readonly [string, ...string[]]>();
  if (owner === undefined || name === undefined) return decided;
  decided.set('repository', [`${owner}/${name}`]);
  decided.set('repository_owner', [owner]);
  if (ownerId !== undefined) decided.set('repository_owner_id', [ownerId]);
  if (repositoryId !== undefined) decided.set('repository_id', [repositoryId]);
  if (ref !== undefined) decided.set('ref', [ref]);
  if (environment !== undefined) decided.set('environment', [environment.replaceAll('%3A', ':')]);
  if (pullRequest !== undefined) decided.set('event_name', PULL_REQUEST_EVENTS);
  return decided;
}

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
  // With one id a repository was meant that only its author can name.
  if (ids === null && ONE_ID.test(text)) return [];
  return contexts(context).map((one) => value(`repo:${repository}:${one}`));
}

const ONE_ID = /^(?:repo:)?[^:/@]+(?:@\d+\/|\/[^:/@]+@\d+)/i;

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

function mendClaim(claim: string, text: string, { subject }: Beside): readonly string[] {
  switch (claim) {
    case 'ref':
      return contexts(text).flatMap((one) => (one.startsWith('ref:') ? [one.slice('ref:'.length)] : []));
    case 'base_ref':
    case 'head_ref':
      return [text.replace(/^refs\/(?:heads|tags)\//, '')];
    case 'job_workflow_ref':
    case 'workflow_ref':
      return mendWorkflow(text, subject);
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

/** @param subject where it is exact: whose workflow is meant, and at which ref, if the text does not say so */
function mendWorkflow(text: string, subject = ''): readonly string[] {
  const decided = decidedBy(subject);
  const [repository] = decided.get('repository') ?? [];
  const [path = '', ref] = text.split('@');
  const file = path
    .replace(/^(?:https?:\/\/)?github\.com\//, '')
    .replace(/\/blob\/[^/]+\//, '/')
    .replace(/^\/(?=[^/]+\/[^/]+\/)/, '')
    .replace(/^([^/:]+\/[^/:]+):\/?/, '$1/')
    .replace(/^(?:\.?\/)?(?:\.github\/workflows\/|workflows\/)?(?=[^/]+$)/, `${repository ?? ''}/`)
    .replace(/^([^/]+\/[^/]+)\/(?:\.github\/)?(?:workflows\/)?(?=[^/]+$)/, '$1/.github/workflows/');
  if (!/^[^/]+\/[^/]+\/\.github\//.test(file.replaceAll('\\', ''))) return [];
  if (ref === undefined) return [`${file}@${decided.get('ref')?.[0] ?? 'refs/heads/main'}`];
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(ref)) return [`${file}@${ref}`];
  // Part of a commit's name: only its author can tell the whole.
  if (/^[0-9a-f]{7,63}$/.test(ref)) return [];
  const [context = ''] = contexts(ref);
  return [`${file}@${context.replace(/^ref:/, '')}`];
}
