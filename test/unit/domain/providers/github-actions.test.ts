import { describe, expect, it } from '@jest/globals';
import { GITHUB_ACTIONS } from '../../../../src/domain/providers/github-actions.ts';
import { ALONE, mended, strangers, type Sample } from './tokens.ts';

const MAIN = 'repo:octo-org/octo-repo:ref:refs/heads/main';
const TOKEN: Sample = {
  iss: 'https://token.actions.githubusercontent.com',
  sub: MAIN,
  aud: 'https://github.com/octo-org',
  actor: 'dependabot[bot]',
  actor_id: '12',
  base_ref: '',
  head_ref: 'feature/x',
  environment: 'prod (EU)',
  event_name: 'workflow_dispatch',
  job_workflow_ref: 'octo-org/octo-automation/.github/workflows/oidc.yml@refs/heads/main',
  job_workflow_sha: '0123456789012345678901234567890123456789',
  ref: 'refs/heads/main',
  ref_protected: 'true',
  ref_type: 'branch',
  repository: 'octo-org/octo-repo',
  repository_id: '74',
  repository_owner: 'octo-org',
  repository_owner_id: '65',
  repository_visibility: 'private',
  repo_property_team: 'platform',
  run_attempt: '2',
  run_id: '1',
  runner_environment: 'github-hosted',
  sha: '0123456789012345678901234567890123456789',
  workflow: 'Release: now',
  workflow_ref: 'octo-org/octo-repo/.github/workflows/a b.yaml@refs/pull/7/merge',
};

describe('tokens of GitHub Actions', () => {
  it('are known with all their claims', () => expect(strangers(GITHUB_ACTIONS, TOKEN)).toEqual([]));

  it.each([
    'https://token.actions.githubusercontent.com/octocat-inc',
    'https://token.actions.octocorp.ghe.com',
    'https://token.actions.octocorp.ghe.com/octocorp',
    'https://ghe.acme.example/_services/token',
  ])('come from %s too', (issuer) => expect(GITHUB_ACTIONS.issuer.holds(issuer)).toBe(true));

  it.each([
    'https://token.actions.githubusercontent.com/',
    'https://token.actions.githubusercontent.com/a/b',
    'https://x.example',
  ])('do not come from %s', (issuer) => expect(GITHUB_ACTIONS.issuer.holds(issuer)).toBe(false));
});

describe('subjects of GitHub Actions', () => {
  const usual = [
    MAIN,
    'repo:octo-org@123456/octo-repo@456789:ref:refs/heads/main',
    'repo:octo-org/octo-repo:environment:Production%3AV1',
    'repo:octo-org/octo-repo:pull_request',
    'repo:octo-org/.github:ref:refs/tags/v1.0.0',
    'repo:octo-org/octo-repo:ref:refs/heads/gh-readonly-queue/main/pr-1-abc',
  ];
  const customised = [
    'repo:octo-org/octo-repo',
    'repository_owner:monalisa:repository_visibility:private',
    'job_workflow_ref:octo-org/octo-automation/.github/workflows/oidc.yml@refs/heads/main',
    'repo:octo-org/octo-repo:environment:prod:job_workflow_ref:octo-org/octo-automation/.github/workflows/oidc.yml@refs/heads/main',
    'repository_id:74',
    'repo:octo-org/octo-repo:workflow:.github/workflows/x.yaml',
    'repo_property_team:blue',
  ];

  it.each(usual)('can be %s', (subject) => {
    expect([GITHUB_ACTIONS.subject.holds(subject), GITHUB_ACTIONS.usualSubject?.holds(subject)]).toEqual([true, true]);
  });

  it.each(customised)('can be %s where they are customised', (subject) => {
    expect([GITHUB_ACTIONS.subject.holds(subject), GITHUB_ACTIONS.usualSubject?.holds(subject)]).toEqual([true, false]);
  });

  it.each([
    'octo-org/octo-repo:ref:refs/heads/main',
    'repo:octo-org/octo-repo:ref:main',
    'repo:octo-org/octo-repo:refs/heads/main',
    'repo:octo-org/octo-repo:ref:refs/head/main',
    'repo:octo-org/octo-repo:issues',
    'repo:octo-org:ref:refs/heads/main',
    'repo:octo-org/octo-repo:',
    'repo:octo-org/octo-reporef:refs/heads/main',
    'https://github.com/octo-org/octo-repo',
    '',
  ])('are never %j', (subject) => expect(GITHUB_ACTIONS.subject.holds(subject)).toBe(false));

  it.each([
    ['octo-org/octo-repo:ref:refs/heads/main', MAIN],
    ['Repo:octo-org/octo-repo:main', MAIN],
    ['repo:octo-org/octo-repo.git:ref:refs/heads/main', MAIN],
    ['https://github.com/octo-org/octo-repo', MAIN],
    ['repo: octo-org/octo-repo:ref:/refs/heads/main', MAIN],
    ['repo:octo-org/octo-repo@refs/heads/main', MAIN],
    ['repo:octo-org:octo-repo:ref:refs/heads/main', MAIN],
    ['repo:octo-org/octo-repo:heads/main', MAIN],
    ['repo:octo-org@1/octo-repo@2:main', 'repo:octo-org@1/octo-repo@2:ref:refs/heads/main'],
    ['repo:octo-org/octo-repo:tag:v1', 'repo:octo-org/octo-repo:ref:refs/tags/v1'],
    ['repo:octo-org/octo-repo:deployment:prod', 'repo:octo-org/octo-repo:environment:prod'],
    ['repo:octo-org/octo-repo:pull_request_target', 'repo:octo-org/octo-repo:pull_request'],
    ['job_workflow_ref:octo-org/x', undefined],
    ['project_path:octo-org/x', undefined],
    ['nothing', undefined],
  ])('meant by %s are %s', (text, subject) => expect(mended(GITHUB_ACTIONS, text)).toBe(subject));
});

describe('claims of GitHub Actions', () => {
  it.each([
    ['ref', 'main'],
    ['ref', ''],
    ['head_ref', 'refs/heads/main'],
    ['job_workflow_ref', 'o/r/.github/workflows/x.yml@main'],
    ['job_workflow_ref', 'o/r/.github/workflows/x.yml'],
    ['workflow_ref', '.github/workflows/x.yml@refs/heads/main'],
    ['repository', 'app'],
    ['repository_id', 'app'],
    ['event_name', 'pull-request'],
    ['ref_type', 'branches'],
  ])('%s is never %j', (claim, text) => expect(GITHUB_ACTIONS.claims.get(claim)?.holds(text)).toBe(false));

  it.each([
    ['ref', 'v1.2', 'refs/tags/v1.2'],
    ['head_ref', 'refs/heads/x', 'x'],
    ['job_workflow_ref', 'o/r/x.yml@main', 'o/r/.github/workflows/x.yml@refs/heads/main'],
    [
      'workflow_ref',
      'https://github.com/o/r/blob/main/.github/workflows/x.yml',
      'o/r/.github/workflows/x.yml@refs/heads/main',
    ],
    ['repository', 'https://github.com/o/r.git', 'o/r'],
    ['repository_owner', 'o/r', 'o'],
    ['event_name', 'Pull-Request', 'pull_request'],
    ['ref_type', 'tags', 'tag'],
    ['repository_visibility', 'Private', 'private'],
  ])('%s meant by %s is %s', (claim, text, meant) => {
    expect(GITHUB_ACTIONS.mendClaim?.(claim, text, ALONE)).toEqual([meant]);
    expect(GITHUB_ACTIONS.claims.get(claim)?.holds(meant)).toBe(true);
  });
});
