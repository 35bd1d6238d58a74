import { claimTable } from './claim-table.ts';
import { ANY, DIGITS, grammar, notStartingWith, REF_NAME, UUID } from './grammar.ts';
import { pattern, type Mended, type Provider } from './provider.ts';

const BUILDKITE_ISSUER = 'https://agent.buildkite.com';
/** A name: the full ref stands in the subject alone. */
const BRANCH = `(?:${notStartingWith('refs/heads/', '[^\\x00-\\x20\\x7f~^:?*\\[\\\\]*')}|)`;
const SLUG = '[A-Za-z0-9][A-Za-z0-9_-]*';

/**
 * Buildkite. From Buildkite Docs, "buildkite-agent oidc" (buildkite.com/docs/agent/cli/reference/oidc): claims, optional
 * claims, and `--subject-claim`, with which the subject is the UUID of one thing alone.
 */
export const BUILDKITE: Provider = {
  name: 'Buildkite',
  issuer: grammar('https://agent\\.buildkite\\.com'),
  issuers: [BUILDKITE_ISSUER],
  issuerAliases: new Map(
    [
      'https://buildkite.com',
      'https://api.buildkite.com',
      'https://agent.buildkite.com/v3',
      'https://oidc.buildkite.com',
    ].map((wrong) => [wrong, BUILDKITE_ISSUER]),
  ),
  mendIssuer: (text) => (/^https:\/\/buildkite\.com\/[a-z0-9-]+\/?$/i.test(text) ? BUILDKITE_ISSUER : undefined),
  subject: grammar(
    `organization:${SLUG}:pipeline:${SLUG}:ref:refs/(?:heads|tags)/${REF_NAME}:commit:[A-Za-z0-9_.~^/-]+:step:[^:]*|${UUID}`,
  ),
  subjectExample: 'organization:ORGANIZATION:pipeline:PIPELINE:ref:refs/heads/main:commit:SHA:step:KEY',
  mendSubject,
  claims: claimTable({
    [ANY]: ['build_tag', 'step_key', 'cluster_name', 'queue_key'],
    [SLUG]: ['organization_slug', 'pipeline_slug'],
    [DIGITS]: ['build_number'],
    [BRANCH]: ['build_branch'],
    '[A-Za-z0-9_.~^/-]+': ['build_commit'],
    [UUID]: ['job_id', 'agent_id', 'organization_id', 'pipeline_id', 'build_id', 'cluster_id', 'queue_id'],
    'buildkite-hosted|self-hosted': ['runner_environment'],
    'ui|api|webhook|trigger_job|schedule': ['build_source'],
  }),
  claimPrefixes: ['agent_tag:'],
  objectClaims: new Set(['https://aws.amazon.com/tags']),
  claimAliases: new Map([
    ['organization', 'organization_slug'],
    ['pipeline', 'pipeline_slug'],
    ['branch', 'build_branch'],
    ['ref', 'build_branch'],
    ['tag', 'build_tag'],
    ['commit', 'build_commit'],
    ['step', 'step_key'],
    ['source', 'build_source'],
  ]),
  claimsAreComplete: true,
  mendClaim: (claim, text) => {
    if (claim === 'build_branch') return [text.replace(/^refs\/(?:heads|tags)\//, '')];
    if (claim === 'build_source') return [SOURCES.get(text.toLowerCase()) ?? text.toLowerCase().replaceAll('-', '_')];
    return [text.toLowerCase()];
  },
};

const SOURCES: ReadonlyMap<string, string> = new Map([
  ['push', 'webhook'],
  ['github', 'webhook'],
  ['pull_request', 'webhook'],
  ['manual', 'ui'],
  ['web', 'ui'],
  ['trigger', 'trigger_job'],
  ['scheduled', 'schedule'],
  ['cron', 'schedule'],
]);

/** A subject ends with a commit and a step, which no policy can know: so a pattern takes its place. */
function mendSubject(text: string): readonly Mended[] {
  const [, organization, pipelineSlug, rest = ''] =
    /^(?:organization|org):([^:]+):pipeline:([^:]+)(?::(.*))?$/i.exec(text.trim()) ?? [];
  if (organization === undefined || pipelineSlug === undefined) return [];
  const [, kind = 'heads', name = ''] =
    /(?:^|:)(?:(?:ref|branch):)?(?:(?:refs\/)?(heads|tags)\/)?([^:]*)(?::.*)?$/.exec(named(rest)) ?? [];
  const ref = name === '' ? 'heads/main' : `${kind}/${escaped(name)}`;
  const [slug, of] = [escaped(organization), escaped(pipelineSlug)];
  return [pattern(`organization:${slug}:pipeline:${of}:ref:refs/${ref}:commit:[0-9a-f]+:step:[^:]*`)];
}

/** From the ref on, where one is named. */
function named(rest: string): string {
  return /(?:^|:)((?:ref|branch):.*)$/.exec(rest)?.[1] ?? rest;
}

function escaped(text: string): string {
  return text.replace(/\\?\./g, '\\.');
}
