import { describe, expect, it } from '@jest/globals';
import { GITLAB } from '../../../../src/domain/providers/gitlab.ts';
import { ALONE, mended, strangers, type Sample } from './tokens.ts';

const TOKENS: readonly Sample[] = [
  {
    iss: 'https://gitlab.example.com',
    sub: 'project_path:my-group/my-project:ref_type:branch:ref:feature-branch-1',
    aud: 'https://vault.example.com',
    namespace_id: '72',
    namespace_path: 'my-group',
    project_id: '20',
    project_path: 'my-group/sub/my-project',
    user_id: '1',
    user_login: 'sample-user',
    user_email: 'sample-user@example.com',
    user_access_level: 'developer',
    pipeline_id: '574',
    pipeline_source: 'merge_request_event',
    job_id: '302',
    ref: 'feature/x',
    ref_type: 'branch',
    ref_path: 'refs/heads/feature-branch-1',
    ref_protected: 'false',
    environment: 'test environment',
    environment_protected: 'false',
    deployment_tier: 'testing',
    runner_id: '1',
    runner_environment: 'self-hosted',
    sha: '714a629c0b401fdce83e847fc9589983fc6f46bc',
    ci_config_ref_uri: 'gitlab.example.com/my-group/my-project//.gitlab-ci.yml@refs/heads/main',
    project_visibility: 'public',
  },
  {
    iss: 'https://gitlab.com',
    sub: 'project_path:org/repo:ref_type:tag:ref:v1.0',
  },
  {
    iss: 'https://git.example.com/gitlab',
    sub: 'project_path:org/repo:ref:main',
  },
];

describe('tokens of GitLab', () => {
  it.each(TOKENS)('are known with all their claims: $iss', (token) => expect(strangers(GITLAB, token)).toEqual([]));

  it.each([
    'repo:org/repo:ref:refs/heads/main',
    'org/repo:ref_type:branch:ref:main',
    'project_path:org/repo:ref_type:branch:ref:refs/heads/main',
    'project_path:repo:ref_type:branch:ref:main',
    'project_path:org/repo:ref_type:heads:ref:main',
    'project_path:org/repo:branch:main',
  ])('never have the subject %j', (subject) => expect(GITLAB.subject.holds(subject)).toBe(false));

  it.each<[string, string | undefined]>([
    ['org/repo', 'project_path:org/repo:ref_type:branch:ref:main'],
    ['repo:org/sub/repo:ref:refs/heads/main', 'project_path:org/sub/repo:ref_type:branch:ref:main'],
    ['project_path:org/repo:ref_type:tags:ref:v1', 'project_path:org/repo:ref_type:tag:ref:v1'],
    ['project:org/repo:branch:dev', 'project_path:org/repo:ref_type:branch:ref:dev'],
    [
      'project_path:/org/repo.git:ref_type:branch:ref:refs/heads/main',
      'project_path:org/repo:ref_type:branch:ref:main',
    ],
    ['nothing', undefined],
  ])('meant by the subject %s have %s', (text, meant) => expect(mended(GITLAB, text)).toBe(meant));

  it.each([
    ['ref', 'refs/heads/main', 'main'],
    ['ref_path', 'main', 'refs/heads/main'],
    ['ref_type', 'heads', 'branch'],
    ['project_path', 'https://gitlab.com/org/repo', 'org/repo'],
    ['pipeline_source', 'merge-request-event', 'merge_request_event'],
    ['ref_protected', 'True', 'true'],
  ])('never have in %s: %j, but %j', (claim, text, meant) => {
    const texts = GITLAB.claims.get(claim);
    expect([texts?.holds(text), GITLAB.mendClaim?.(claim, text, ALONE), texts?.holds(meant)]).toEqual([
      false,
      [meant],
      true,
    ]);
  });
});
