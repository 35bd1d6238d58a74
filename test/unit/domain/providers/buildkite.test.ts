import { describe, expect, it } from '@jest/globals';
import { BUILDKITE } from '../../../../src/domain/providers/buildkite.ts';
import { ALONE, mended, strangers, type Sample } from './tokens.ts';

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

describe('tokens of Buildkite', () => {
  it.each(TOKENS)('are known with all their claims: $iss', (token) => expect(strangers(BUILDKITE, token)).toEqual([]));

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
    ['acme/app', undefined],
  ])('meant by the subject %s have %s', (text, meant) => expect(mended(BUILDKITE, text)).toBe(meant));

  it.each([['build_source', 'UI', 'ui']])('never have in %s: %j, but %j', (claim, text, meant) => {
    const texts = BUILDKITE.claims.get(claim);
    expect([texts?.holds(text), BUILDKITE.mendClaim?.(claim, text, ALONE), texts?.holds(meant)]).toEqual([
      false,
      [meant],
      true,
    ]);
  });
});
