import { describe, expect, it } from '@jest/globals';
import { BUILDKITE } from '../../../../src/domain/providers/buildkite.ts';
import { nearestIssuer } from '../../../../src/domain/providers/providers.ts';
import { ALONE, claimMeant, mended, strangers, type Sample } from './tokens.ts';

const ISSUER = 'https://agent.buildkite.com';
const ID = '0191f956-042f-7ec4-aa62-8e5eeae396d0';

const TOKENS: readonly Sample[] = [
  {
    iss: 'https://agent.buildkite.com',
    sub: 'organization:acme-inc:pipeline:super-duper-app:ref:refs/heads/main:commit:9f3182061f1e2cca4702c368cbc039b7dc9d4485:step:build',
    aud: 'https://buildkite.com/acme-inc',
    organization_slug: 'acme-inc',
    pipeline_slug: 'super-duper-app',
    build_number: '1',
    build_branch: 'feature/x',
    build_tag: 'v1.0.0',
    build_commit: '9f3182061f1e2cca4702c368cbc039b7dc9d4485',
    step_key: 'build',
    job_id: '0184990a-477b-4fa8-9968-496074483cee',
    agent_id: '0184990a-4782-42b5-afc1-16715b10b8ff',
    build_source: 'ui',
    runner_environment: 'buildkite-hosted',
    organization_id: ID,
    pipeline_id: ID,
    build_id: ID,
    cluster_name: 'Default cluster',
    queue_id: ID,
    queue_key: 'default',
    'agent_tag:queue': 'x',
  },
  {
    iss: 'https://agent.buildkite.com',
    sub: '0191f956-042f-7ec4-aa62-8e5eeae396d0',
    cluster_id: '0191f956-042f-7ec4-aa62-8e5eeae396d0',
  },
  {
    iss: 'https://agent.buildkite.com',
    sub: 'organization:a:pipeline:b:ref:refs/heads/main:commit:HEAD:step:',
  },
];

const REST = ':commit:[0-9a-f]+:step:[^:]*';

describe('tokens of Buildkite', () => {
  it.each(TOKENS)('are known with all their claims: $iss', (token) => expect(strangers(BUILDKITE, token)).toEqual([]));

  it.each([
    'https://buildkite.com',
    'https://api.buildkite.com',
    'https://agents.buildkite.com',
    'https://agent.buildkite.com/v3',
    'https://oidc.buildkite.com',
    'https://buildkite.com/acme-1',
    'https://buildkite.com/Acme/',
  ])('are meant by the issuer %s', (issuer) => expect(nearestIssuer(issuer, [])).toBe(ISSUER));

  it.each(['https://buildkite.com/acme/app', 'x https://buildkite.com/acme', 'https://buildkite.com/'])(
    'are not meant by the page %s',
    (text) => expect(BUILDKITE.mendIssuer?.(text)).toBeUndefined(),
  );

  it.each([
    ['organization', 'organization_slug'],
    ['pipeline', 'pipeline_slug'],
    ['branch', 'build_branch'],
    ['ref', 'build_branch'],
    ['tag', 'build_tag'],
    ['commit', 'build_commit'],
    ['step', 'step_key'],
    ['source', 'build_source'],
  ])('are told for %s, which no token has: %s', (name, meant) => expect(claimMeant(ISSUER, name)).toBe(meant));

  it('have an object, tags of agents, and no claims beyond those', () => {
    expect(BUILDKITE.objectClaims?.has('https://aws.amazon.com/tags')).toBe(true);
    expect(claimMeant(ISSUER, 'agent_tag:queue')).toBeUndefined();
    expect([BUILDKITE.name, BUILDKITE.issuers]).toEqual(['Buildkite', [ISSUER]]);
    expect([BUILDKITE.claimPrefixes, BUILDKITE.claimsAreComplete]).toEqual([['agent_tag:'], true]);
    const example = BUILDKITE.subjectExample.replace('ORGANIZATION', 'o').replace('PIPELINE', 'p');
    expect(BUILDKITE.subject.holds(example)).toBe(true);
  });

  it.each([
    ['build_branch', 'refs/heads/main'],
    ['build_source', 'push'],
    ['runner_environment', 'hosted'],
    ['build_number', 'x'],
    ['organization_slug', 'acme inc'],
    ['build_commit', 'a b'],
    ['job_id', '1'],
  ])('never have in %s: %j', (claim, text) => expect(BUILDKITE.claims.get(claim)?.holds(text)).toBe(false));

  it.each(['organization:acme:pipeline:app', 'organization:acme:pipeline:app:ref:main:commit:abc:step:x', 'acme/app'])(
    'never have the subject %j',
    (subject) => expect(BUILDKITE.subject.holds(subject)).toBe(false),
  );

  it.each<[string, string | undefined]>([
    [
      'organization:acme:pipeline:my.app:ref:main',
      'organization:acme:pipeline:my\\.app:ref:refs/heads/main:commit:[0-9a-f]+:step:[^:]*',
    ],
    ['org:acme:pipeline:app', 'organization:acme:pipeline:app:ref:refs/heads/main:commit:[0-9a-f]+:step:[^:]*'],
    ['ORG:acme.inc:pipeline:app', `organization:acme\\.inc:pipeline:app:ref:refs/heads/main${REST}`],
    ['organization:acme:pipeline:my\\.app', `organization:acme:pipeline:my\\.app:ref:refs/heads/main${REST}`],
    ['organization:acme:pipeline:app:branch:dev', `organization:acme:pipeline:app:ref:refs/heads/dev${REST}`],
    ['organization:acme:pipeline:app:heads/dev', `organization:acme:pipeline:app:ref:refs/heads/dev${REST}`],
    [' organization:acme:pipeline:app ', `organization:acme:pipeline:app:ref:refs/heads/main${REST}`],
    ['organization:acme:pipeline:app:dev', `organization:acme:pipeline:app:ref:refs/heads/dev${REST}`],
    [
      'organization:acme:pipeline:app:step:x:ref:refs/heads/dev:commit:abc',
      `organization:acme:pipeline:app:ref:refs/heads/dev${REST}`,
    ],
    ['organization:acme:pipeline:app:ref:', `organization:acme:pipeline:app:ref:refs/heads/main${REST}`],
    ['organization:acme:pipeline:app:ref:refs/tags/v1.2', `organization:acme:pipeline:app:ref:refs/tags/v1\\.2${REST}`],
    ['x-organization:acme:pipeline:app', undefined],
    ['organization:acme:pipeline', undefined],
    ['acme/app', undefined],
  ])('meant by the subject %s have %s', (text, meant) => expect(mended(BUILDKITE, text)).toBe(meant));

  it.each([
    ['build_source', 'UI', 'ui'],
    ['build_source', 'Trigger-Job', 'trigger_job'],
    ['build_source', 'push', 'webhook'],
    ['build_source', 'GitHub', 'webhook'],
    ['build_source', 'pull_request', 'webhook'],
    ['build_source', 'manual', 'ui'],
    ['build_source', 'web', 'ui'],
    ['build_source', 'trigger', 'trigger_job'],
    ['build_source', 'scheduled', 'schedule'],
    ['build_source', 'cron', 'schedule'],
    ['build_branch', 'refs/heads/main', 'main'],
    ['build_branch', 'refs/heads/x/refs/heads/y', 'x/refs/heads/y'],
    ['runner_environment', 'Self-Hosted', 'self-hosted'],
  ])('never have in %s: %j, but %j', (claim, text, meant) => {
    const texts = BUILDKITE.claims.get(claim);
    expect([texts?.holds(text), BUILDKITE.mendClaim?.(claim, text, ALONE), texts?.holds(meant)]).toEqual([
      false,
      [meant],
      true,
    ]);
  });
});
