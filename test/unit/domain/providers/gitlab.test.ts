import { describe, expect, it } from '@jest/globals';
import { GITLAB } from '../../../../src/domain/providers/gitlab.ts';
import { nearestIssuer } from '../../../../src/domain/providers/providers.ts';
import { ALONE, claimMeant, mended, strangers, textMeant, type Sample } from './tokens.ts';

const ISSUER = 'https://gitlab.com';

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
    groups_direct: 'my-group',
    environment_action: 'start',
    job_namespace_path: 'my-group',
    job_source: 'push',
    job_config: 'x',
    sub_group_path: 'my-group/sub',
    hub_namespace_path: 'my-group',
    job_project_id: '20',
    job_namespace_id: '72',
    root_namespace_id: '72',
    job_project_path: 'my-group/my-project',
    ci_config_sha: '714a629c0b401fdce83e847fc9589983fc6f46bc',
    job_policy_ref_sha: '714a629c0b401fdce83e847fc9589983fc6f46bc',
    job_policy_ref_uri: 'gitlab.example.com/my-group/policies//policy.yml@refs/heads/main',
  },
  {
    iss: 'https://gitlab.com',
    sub: 'project_path:org/repo:ref_type:tag:ref:v1.0',
  },
  {
    iss: 'https://git.example.com/gitlab',
    sub: 'project_path:org/repo:ref:main:environment:test:user_login:me',
  },
];

describe('tokens of GitLab', () => {
  it.each(TOKENS)('are known with all their claims: $iss', (token) => expect(strangers(GITLAB, token)).toEqual([]));

  it.each(['https://gitlab.acme.dev:8443/sub/path', 'https://git.acme.dev/gitlab'])('come from %s too', (issuer) =>
    expect(GITLAB.issuer.holds(issuer)).toBe(true),
  );

  it.each(['https://gitlab.com/', 'https://git.acme.dev', 'https://gitlab', 'http://gitlab.com'])(
    'do not come from %s',
    (issuer) => expect(GITLAB.issuer.holds(issuer)).toBe(false),
  );

  it.each([
    'https://www.gitlab.com',
    'https://gitlab.com/oauth/discovery/keys',
    'https://gitlab.com/-/jwks',
    'https://api.gitlab.com',
    'https://gitlab.com/api/v4',
  ])('are meant by the issuer %s', (issuer) => expect(nearestIssuer(issuer, [])).toBe(ISSUER));

  it.each([
    ['https://GitLab.acme-1.dev/', 'https://gitlab.acme-1.dev'],
    ['https://gitlab.acme.dev//', 'https://gitlab.acme.dev'],
    ['https://gitlab.acme.dev/oauth/token/x', 'https://gitlab.acme.dev'],
    ['https://gitlab.acme.dev/-/jwks', 'https://gitlab.acme.dev'],
    ['https://gitlab.acme.dev', undefined],
    ['https://gitlab.acme.dev/group', undefined],
    ['https://gitlab.acme.dev/-/jwks/x', undefined],
    ['x https://gitlab.acme.dev/', undefined],
  ])('are meant by the address %s: %s', (text, meant) => expect(GITLAB.mendIssuer?.(text)).toBe(meant));

  it.each([
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
  ])('are told for %s, which no token has: %s', (name, meant) => expect(claimMeant(ISSUER, name)).toBe(meant));

  it.each([
    ['project_id', 'x'],
    ['project_path', 'repo'],
    ['pipeline_source', 'merge-request'],
    ['ref_type', 'merge_request'],
    ['ref_path', 'main'],
    ['ref_path', 'refs/head/main'],
    ['ref_protected', 'yes'],
    ['runner_environment', 'shared'],
    ['sha', '714a629'],
    ['ci_config_ref_uri', 'org/repo'],
    ['project_visibility', 'secret'],
    ['ref', 'a b'],
  ])('never have in %s: %j', (claim, text) => expect(GITLAB.claims.get(claim)?.holds(text)).toBe(false));

  it('have an object, an example of a file, and no claims beyond those', () => {
    expect([GITLAB.name, GITLAB.issuers]).toEqual(['GitLab', [ISSUER]]);
    expect([GITLAB.objectClaims?.has('user_identities'), GITLAB.claimsAreComplete]).toEqual([true, true]);
    const example = GITLAB.claimExamples?.get('ci_config_ref_uri') ?? '';
    expect([example.length > 0, GITLAB.claims.get('ci_config_ref_uri')?.holds(example)]).toEqual([true, true]);
    expect(GITLAB.usualSubject?.holds(GITLAB.subjectExample)).toBe(true);
    const unusual = ['project_path:a/b', 'project_path:a/b:ref:main', 'project_path:a/b:ref_type:x:ref:main'];
    expect(unusual.map((one) => GITLAB.usualSubject?.holds(one))).toEqual([false, false, false]);
  });

  const BRANCH = { project_path: ['a/b/c'], ref_type: ['branch'], ref: ['x/y'], ref_path: ['refs/heads/x/y'] };

  it.each([
    ['project_path:a/b/c:ref_type:branch:ref:x/y', BRANCH],
    [
      'project_path:a/b/c:ref_type:tag:ref:v1',
      { ...BRANCH, ref_type: ['tag'], ref: ['v1'], ref_path: ['refs/tags/v1'] },
    ],
    ['project_path:a/b/c:ref_type:branch:ref:x:environment:y', {}],
    ['x-project_path:a/b/c:ref_type:branch:ref:x', {}],
    ['project_path:a/b/c', {}],
  ])('such as of %s decide other claims: %j', (subject, decided) => {
    expect(Object.fromEntries(GITLAB.decidedBy?.(subject) ?? [])).toEqual(decided);
  });

  it.each([
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
  ])('have the source %s, and are told it where it is misspelt', (source) => {
    expect(textMeant(ISSUER, 'pipeline_source', source)).toBeUndefined();
    expect(textMeant(ISSUER, 'pipeline_source', `${source}${source.slice(-1)}`)).toBe(source);
  });

  it.each([
    ['merge_request', 'merge_request_event'],
    ['merge_requests', 'merge_request_event'],
    ['mr', 'merge_request_event'],
    ['pull_request', 'merge_request_event'],
    ['cron', 'schedule'],
    ['scheduled', 'schedule'],
    ['manual', 'web'],
    ['tag', 'push'],
    ['branch', 'push'],
  ])('are told for the source %s, which is none: %s', (text, source) => {
    expect(textMeant(ISSUER, 'pipeline_source', text)).toBe(source);
  });

  it.each([
    ['org/repo', undefined, 'gitlab.com/org/repo//.gitlab-ci.yml@refs/heads/main'],
    ['https://gitlab.com/org/repo//.gitlab-ci.yml@main', ISSUER, 'gitlab.com/org/repo//.gitlab-ci.yml@refs/heads/main'],
    ['http://gitlab.com/org/repo', ISSUER, 'gitlab.com/org/repo//.gitlab-ci.yml@refs/heads/main'],
    ['org/repo/.gitlab-ci.yml@heads/dev', ISSUER, 'gitlab.com/org/repo//.gitlab-ci.yml@refs/heads/dev'],
    ['org/repo/ci.yaml@refs/tags/v1', ISSUER, 'gitlab.com/org/repo//ci.yaml@refs/tags/v1'],
    ['org/repo/.gitlab-ci/build.yml', ISSUER, 'gitlab.com/org/repo//.gitlab-ci/build.yml@refs/heads/main'],
    ['org/repo//dir/ci.yml', 'https://git.acme.dev', 'git.acme.dev/org/repo//dir/ci.yml@refs/heads/main'],
    ['org/repo/ci.yml', ISSUER, 'gitlab.com/org/repo//ci.yml@refs/heads/main'],
    ['org/repo@x/heads/dev', ISSUER, 'gitlab.com/org/repo//.gitlab-ci.yml@refs/heads/x/heads/dev'],
    ['org/repo/ci.ymlx', ISSUER, 'gitlab.com/org/repo/ci.ymlx//.gitlab-ci.yml@refs/heads/main'],
  ])('name of the file %s at %s the whole address %s', (text, issuer, meant) => {
    expect(GITLAB.mendClaim?.('ci_config_ref_uri', text, { issuer, subject: undefined })).toEqual([meant]);
    expect(GITLAB.claims.get('ci_config_ref_uri')?.holds(meant)).toBe(true);
  });

  it.each([
    'project_path:org/repo:project_path:org/other',
    'project_path:org/repo:ref_type:x',
    'project_path:org/repo:colour:blue',
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
    ['project-path: org/repo', 'project_path:org/repo:ref_type:branch:ref:main'],
    ['ProjectPath=org/repo', 'project_path:org/repo:ref_type:branch:ref:main'],
    ['repository:org/repo', 'project_path:org/repo:ref_type:branch:ref:main'],
    [' /org/sub/repo.git ', 'project_path:org/sub/repo:ref_type:branch:ref:main'],
    ['org/repo:ref:dev', 'project_path:org/repo:ref_type:branch:ref:dev'],
    ['org/repo:Ref=heads/dev', 'project_path:org/repo:ref_type:branch:ref:dev'],
    ['org/repo:ref:refs/tags/dev', 'project_path:org/repo:ref_type:tag:ref:dev'],
    ['org/repo:type:tag:ref:v1', 'project_path:org/repo:ref_type:tag:ref:v1'],
    ['org/repo:reftype:Tags:ref:v1', 'project_path:org/repo:ref_type:tag:ref:v1'],
    ['org/repo:ref:v1:ref_type:tag', 'project_path:org/repo:ref_type:tag:ref:v1'],
    ['org/repo:ref_type:heads:ref:dev', 'project_path:org/repo:ref_type:branch:ref:dev'],
    ['org/repo:ref_type:mytag:ref:dev', 'project_path:org/repo:ref_type:branch:ref:dev'],
    ['org/repo:tag:v1', 'project_path:org/repo:ref_type:tag:ref:v1'],
    ['org/repo:tag:refs/tags/v1', 'project_path:org/repo:ref_type:tag:ref:v1'],
    ['org/repo:tags/v1', 'project_path:org/repo:ref_type:tag:ref:v1'],
    ['org/repo:refs/tags/v1', 'project_path:org/repo:ref_type:tag:ref:v1'],
    ['org/repo:refs/heads/dev', 'project_path:org/repo:ref_type:branch:ref:dev'],
    ['org/repo:refs/heads/stage/x', 'project_path:org/repo:ref_type:branch:ref:stage/x'],
    ['org/repo: dev', 'project_path:org/repo:ref_type:branch:ref:dev'],
    ['org/repo:environment:prod:tag:v1', 'project_path:org/repo:ref_type:tag:ref:v1'],
    ['org/repo:ref_type=tag:v1', 'project_path:org/repo:ref_type:tag:ref:v1'],
    ['org/repo:ref_type:tag/v1', 'project_path:org/repo:ref_type:tag:ref:v1'],
    ['org/repo:branch=dev', 'project_path:org/repo:ref_type:branch:ref:dev'],
    ['org/repo:ref_type:branch:dev', 'project_path:org/repo:ref_type:branch:ref:dev'],
    ['org/repo:ref_type:tag:v1', 'project_path:org/repo:ref_type:tag:ref:v1'],
    ['org/repo:a b', undefined],
    ['org/repo:environment:prod', undefined],
    ['x:org/repo', undefined],
    ['org', undefined],
    ['nothing', undefined],
  ])('meant by the subject %s have %s', (text, meant) => expect(mended(GITLAB, text)).toBe(meant));

  it.each([
    ['ref', 'refs/heads/main', 'main'],
    ['ref', 'refs/tags/v1', 'v1'],
    ['ref_path', 'x/heads/dev', 'refs/heads/x/heads/dev'],
    ['runner_environment', 'Self-Hosted', 'self-hosted'],
    ['ref_path', 'v1.2', 'refs/tags/v1.2'],
    ['ref_path', '10.2', 'refs/tags/10.2'],
    ['ref_path', 'heads/dev', 'refs/heads/dev'],
    ['ref_path', 'main1.2', 'refs/heads/main1.2'],
    ['ref_type', 'Head', 'branch'],
    ['ref_type', 'branches', 'branch'],
    ['ref_type', 'merge_request', 'branch'],
    ['ref_type', 'Tags', 'tag'],
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

  it.each([
    ['gitlab.acme.dev/org/repo.git', 'org/repo'],
    ['/org/repo', 'org/repo'],
    ['/org/repo.github', 'org/repo.github'],
    ['https://my-gitlab-1.dev/org/sub/repo', 'org/sub/repo'],
    ['git.acme.dev/org/repo', 'git.acme.dev/org/repo'],
    ['org/x-https://gitlab.com/y', 'org/x-https://gitlab.com/y'],
  ])('have of the project %s the path %s', (text, meant) => {
    expect(GITLAB.mendClaim?.('project_path', text, ALONE)).toEqual([meant]);
  });

  it('have no ref type that only ends or begins so', () => {
    const meant = ['myhead', 'headx', 'mytags', 'tagsx'].map((text) => GITLAB.mendClaim?.('ref_type', text, ALONE));
    expect(meant).toEqual([['myhead'], ['headx'], ['mytags'], ['tagsx']]);
  });
});
