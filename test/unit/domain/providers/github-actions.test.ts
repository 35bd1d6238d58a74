import { describe, expect, it } from '@jest/globals';
import { actionsIssuers, GITHUB_ACTIONS } from '../../../../src/domain/providers/github-actions.ts';
import { nearestIssuer } from '../../../../src/domain/providers/providers.ts';
import { ALONE, claimMeant, mended, strangers, textMeant, type Sample } from './tokens.ts';

const ISSUER = 'https://token.actions.githubusercontent.com';

const MAIN = 'repo:octo-org/octo-repo:ref:refs/heads/main';
const TOKEN: Sample = {
  iss: ISSUER,
  sub: MAIN,
  aud: 'https://github.com/octo-org',
  actor: 'dependabot[bot]',
  actor_id: '12',
  base_ref: '',
  check_run_id: '5',
  enterprise: 'octocat-inc',
  enterprise_id: '3',
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
  run_number: '10',
  runner_environment: 'github-hosted',
  sha: '0123456789012345678901234567890123456789',
  workflow: 'Release: now',
  workflow_ref: 'octo-org/octo-repo/.github/workflows/a b.yaml@refs/pull/7/merge',
  workflow_sha: '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
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
    'http://token.actions.githubusercontent.com',
    'https://token-actions.githubusercontent.com',
    'https://token.actions.octo.corp.ghe.com',
    'https://octocorp.ghe.com',
    'https://ghe.acme.example/x/_services/token',
  ])('do not come from %s', (issuer) => expect(GITHUB_ACTIONS.issuer.holds(issuer)).toBe(false));

  it('come from one server and the enterprises on it', () => {
    const issuers = actionsIssuers('https://token.actions.octocorp.ghe.com');
    const own = ['https://token.actions.octocorp.ghe.com', 'https://token.actions.octocorp.ghe.com/octo-corp'];
    const others = ['https://token-actions.octocorp.ghe.com', `${own[1] ?? ''}/x`, ISSUER];
    expect([...own, ...others].map((one) => issuers.holds(one))).toEqual([true, true, false, false, false]);
  });

  it.each([
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
  ])('are meant by the issuer %s', (issuer) => expect(nearestIssuer(issuer, [])).toBe(ISSUER));

  it.each([
    ['https://acme-1.ghe.com', 'https://token.actions.acme-1.ghe.com'],
    ['https://ACME.ghe.com/', 'https://token.actions.acme.ghe.com'],
    ['https://token.acme.ghe.com', 'https://token.actions.acme.ghe.com'],
    ['https://acme.actions.ghe.com', 'https://token.actions.acme.ghe.com'],
    ['https://token.acme.actions.ghe.com/', 'https://token.actions.acme.ghe.com'],
    ['https://token.actions.ghe.com', undefined],
    ['https://Actions.ghe.com', undefined],
    ['https://acme.ghe.com/x', undefined],
    ['x https://acme.ghe.com', undefined],
    ['https://token.actions.githubusercontent.com/acme/app', ISSUER],
    ['https://TOKEN.actions.githubusercontent.com/x', `${ISSUER}/x`],
    ['https://token.actions.githubusercontent.com/octocat-inc/', `${ISSUER}/octocat-inc`],
    ['https://token.actions.githubusercontent.com/acme.app', ISSUER],
    ['https://token.actions.githubusercontent.com/', undefined],
    ['x https://token.actions.githubusercontent.com/x', undefined],
    ['https://git.acme.dev/_services', 'https://git.acme.dev/_services/token'],
    ['https://git.acme.dev/_services/', 'https://git.acme.dev/_services/token'],
    ['https://git.acme.dev/_services/token', 'https://git.acme.dev/_services/token'],
    ['https://Git.acme.dev/_Services/token/', 'https://git.acme.dev/_services/token'],
    ['https://git.acme.dev/_services/tokens', undefined],
    ['https://git.acme.dev/x/_services', undefined],
    ['x https://git.acme.dev/_services', undefined],
    ['https://git.acme.dev/api/v3', 'https://git.acme.dev/_services/token'],
    ['https://git.acme.dev/API/v3/', 'https://git.acme.dev/_services/token'],
    ['https://git.acme.dev/api/v3/x', undefined],
    ['https://git.acme.dev/x/api/v3', undefined],
    ['x https://git.acme.dev/api/v3', undefined],
    ['https://github.acme.dev', 'https://github.acme.dev/_services/token'],
    ['https://ghe.acme.dev/', 'https://ghe.acme.dev/_services/token'],
    ['https://GHES.acme.dev', 'https://ghes.acme.dev/_services/token'],
    ['https://git.acme.dev', undefined],
    ['https://github.dev', undefined],
    ['https://github.acme.dev/x', undefined],
    ['x https://github.acme.dev', undefined],
  ])('meant by a server of one’s own as %s have the issuer %s', (text, meant) =>
    expect(GITHUB_ACTIONS.mendIssuer?.(text)).toBe(meant),
  );
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
    'actor:octocat:actor_id:1',
    'environment:prod:ref:refs/heads/main:pull_request',
    'event_name:push:head_ref:x:base_ref:y',
    'workflow_ref:octo-org/octo-repo/.github/workflows/x.yml@refs/heads/main:runner_environment:self-hosted',
    'job_workflow_ref:octo-org/octo-repo/dynamic/github-code-scanning/codeql@refs/heads/main',
    'job_workflow_ref:octo-org/octo-repo/.github/workflows/x.yml@0123456789012345678901234567890123456789',
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
    'repo:octo-org/octo-repo:environment:',
    'repo:octo-org@1/octo-repo:pull_request',
    'workflow_ref:x',
    'job_workflow_ref:octo-org/octo-repo/.github/workflows/x.txt@refs/heads/main',
    'job_workflow_ref:octo-org/octo-repo/.github/workflows/x.yml@main',
    'colour:blue',
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
    ['repository:octo-org/octo-repo:main', MAIN],
    ['repos = octo-org/octo-repo:main', MAIN],
    ['http://github.com/octo-org/octo-repo:main', MAIN],
    ['github.com:octo-org/octo-repo.git', MAIN],
    ['octo-org / octo-repo', MAIN],
    ['  octo-org/octo-repo  ', MAIN],
    ['octo-org/octo-repo/main', MAIN],
    ['octo-org/octo-repo@ main', MAIN],
    ['repo:octo-org/octo-repo:ref:heads:main', MAIN],
    ['repo:octo-org/octo-repo:refs/head/main', MAIN],
    ['repo:octo-org/octo-repo:ref/heads/main', MAIN],
    ['repo:octo-org/octo-repo:branches:main', MAIN],
    ['repo:octo-org/octo-repo:Branch/main', MAIN],
    ['repo:octo-org/octo-repo:ref:main', MAIN],
    ['repo:octo-org/octo-repo:refs/main', MAIN],
    ['repo:octo-org/octo-repo:main:', MAIN],
    ['repo:octo-org/octo-repo://main', MAIN],
    ['repo:octo-org/octo-repo:', MAIN],
    ['repo:octo-org/octo-repo:x y', undefined],
    ['repo:octo-org/octo-repo:a:b', undefined],
    ['repo:octo-org/octo-repo:ref:tags:v1', 'repo:octo-org/octo-repo:ref:refs/tags/v1'],
    ['repo:octo-org/octo-repo:v10', 'repo:octo-org/octo-repo:ref:refs/tags/v10'],
    ['repo:octo-org/octo-repo:v10.20', 'repo:octo-org/octo-repo:ref:refs/tags/v10.20'],
    ['repo:octo-org/octo-repo:10.2.3', 'repo:octo-org/octo-repo:ref:refs/tags/10.2.3'],
    ['repo:octo-org/octo-repo:v1x', 'repo:octo-org/octo-repo:ref:refs/heads/v1x'],
    ['repo:octo-org/octo-repo:dev1', 'repo:octo-org/octo-repo:ref:refs/heads/dev1'],
    ['repo:octo-org/octo-repo:x1.2', 'repo:octo-org/octo-repo:ref:refs/heads/x1.2'],
    ['repo:octo-org/octo-repo:12', 'repo:octo-org/octo-repo:ref:refs/heads/12'],
    ['repo:octo-org/octo-repo:env=prod', 'repo:octo-org/octo-repo:environment:prod'],
    ['repo:octo-org/octo-repo:Environments: prod', 'repo:octo-org/octo-repo:environment:prod'],
    ['repo:octo-org/octo-repo:deployments/prod', 'repo:octo-org/octo-repo:environment:prod'],
    ['repo:octo-org/octo-repo:my-env:prod', undefined],
    ['repo:octo-org/octo-repo:pull-request', 'repo:octo-org/octo-repo:pull_request'],
    ['repo:octo-org/octo-repo:PullRequests', 'repo:octo-org/octo-repo:pull_request'],
    ['repo:octo-org/octo-repo:pr', 'repo:octo-org/octo-repo:pull_request'],
    ['repo:octo-org/octo-repo:prs:opened', 'repo:octo-org/octo-repo:pull_request'],
    ['repo:octo-org/octo-repo:merge_requests', 'repo:octo-org/octo-repo:pull_request'],
    ['repo:octo-org/octo-repo:event_name:pull_request', 'repo:octo-org/octo-repo:pull_request'],
    ['repo:octo-org/octo-repo:event:pull_request/7', 'repo:octo-org/octo-repo:pull_request'],
    ['repo:octo-org/octo-repo:my-pr', 'repo:octo-org/octo-repo:ref:refs/heads/my-pr'],
    ['repo:octo-org/octo-repo:prx', 'repo:octo-org/octo-repo:ref:refs/heads/prx'],
    ['repo:octo-org@12/octo-repo@34', 'repo:octo-org@12/octo-repo@34:ref:refs/heads/main'],
    ['Repo:octo-org@12/octo-repo@34:prs', 'repo:octo-org@12/octo-repo@34:pull_request'],
    ['repo:octo-org@12/octo-repo:main', undefined],
    ['octo-org/octo-repo@34:main', undefined],
    ['octo-org/octo-repo@v1.2', 'repo:octo-org/octo-repo:ref:refs/tags/v1.2'],
    ['repository_owner/x', undefined],
    ['repo:octo-org@12/octo-repo@34: main', 'repo:octo-org@12/octo-repo@34:ref:refs/heads/main'],
    ['repo:octo-org/octo-repo:main//', MAIN],
    ['repo:octo-org/octo-repo:ref:ref/heads/main', MAIN],
    ['repo:octo-org/octo-repo:heads//main', MAIN],
    ['repo:octo-org/octo-repo:x-heads/main', 'repo:octo-org/octo-repo:ref:refs/heads/x-heads/main'],
    ['repo:octo-org/octo-repo:x/y@1', 'repo:octo-org/octo-repo:ref:refs/heads/x/y@1'],
    ['repo:octo-org/octo-repo:environment/prod', 'repo:octo-org/octo-repo:environment:prod'],
    ['repo:octo-org/octo-repo:merge_request', 'repo:octo-org/octo-repo:pull_request'],
    ['x repo:octo-org@12/octo-repo@34:main', undefined],
    ['see octo-org/octo-repo', undefined],
    ['job_workflow_ref:octo-org/x', undefined],
    ['project_path:octo-org/x', undefined],
    ['nothing', undefined],
  ])('meant by %s are %s', (text, subject) => expect(mended(GITHUB_ACTIONS, text)).toBe(subject));

  it.each(['octo-org/octo-repo@34', 'repo:octo-org@12/octo-repo', 'repo:octo-org/octo-repo:a:b'])(
    'are not meant by %s, of which only its author knows the rest',
    (text) => expect(GITHUB_ACTIONS.mendSubject(text)).toEqual([]),
  );

  it.each([
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
  ])('have a branch where people write the event %s', (event) =>
    expect(mended(GITHUB_ACTIONS, `repo:octo-org/octo-repo:${event}`)).toBe(MAIN),
  );

  it.each([
    ['repo:octo-org/octo-repo.git:ref:refs/heads/main', true],
    ['repo:octo-org@1/octo-repo.git@23:pull_request', true],
    ['repo:octo-org/octo-repo:ref:refs/heads/a..b', true],
    ['repo:octo-org/octo-repo:ref:refs/heads/..', true],
    ['repo:octo-org/octo.github:pull_request', false],
    ['repo:octo-org/octo-repo.git@x:pull_request', false],
    ['repo:octo-org/octo-repo:environment:x.git:', false],
    ['x-repo:octo-org/octo-repo.git:pull_request', false],
    ['repo:octo-org/octo-repo:ref:refs/heads/a.b', false],
    ['repo:octo-org/octo-repo:environment:a..b', false],
    [
      'repo:octo-org/octo-repo:ref:refs/heads/x:workflow_ref:octo-org/octo-repo/.github/workflows/a..b.yml@refs/heads/x',
      false,
    ],
    ['repo:octo-org/octo-repo:ref:refs/heads/a b..c', false],
  ])('%s are impossible: %j', (subject, isImpossible) => {
    expect(GITHUB_ACTIONS.impossibleSubject?.test(subject)).toBe(isImpossible);
  });

  it.each([
    ['repo:octo-org@12/octo-repo:pull_request', true],
    ['repo:octo-org/octo-repo@34:pull_request', true],
    ['repo:octo-org@12/octo-repo@34:pull_request', false],
    ['repo:octo-org/octo-repo:pull_request', false],
    ['repo:octo-org@x/octo-repo:pull_request', false],
    ['repo:octo-org/octo-repo@34', false],
    ['x-repo:octo-org/octo-repo@34:pull_request', false],
  ])('such as %s have one id, and are told to have both: %j', (subject, isTold) => {
    const advice = 'Write both ids or none: repo:OWNER@OWNER_ID/NAME@REPOSITORY_ID.';
    expect(GITHUB_ACTIONS.subjectAdvice?.(subject)).toBe(isTold ? advice : undefined);
  });

  const names = { repository: ['octo-org/octo-repo'], repository_owner: ['octo-org'] };

  it.each([
    [MAIN, { ...names, ref: ['refs/heads/main'] }],
    ['repo:octo-org/octo-repo:environment:a%3Ab%3Ac', { ...names, environment: ['a:b:c'] }],
    ['repo:octo-org/octo-repo:pull_request', { ...names, event_name: ['pull_request', 'pull_request_target'] }],
    [
      'repo:octo-org@12/octo-repo@34:ref:refs/tags/v1',
      { ...names, repository_owner_id: ['12'], repository_id: ['34'], ref: ['refs/tags/v1'] },
    ],
    ['repo:octo-org/octo-repo', {}],
    ['repo:octo-org/octo-repo:environment:a:actor:b', {}],
    ['repo:octo-org/octo-repo:pull_requests', {}],
    ['x-repo:octo-org/octo-repo:pull_request', {}],
    ['repo:octo-org@x/octo-repo:pull_request', {}],
    ['repository_id:1', {}],
  ])('such as %s decide other claims: %j', (subject, decided) => {
    expect(Object.fromEntries(GITHUB_ACTIONS.decidedBy?.(subject) ?? [])).toEqual(decided);
  });
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
    ['actor', 'octo cat'],
    ['actor', 'octocat[robot]'],
    ['sha', '0123456'],
    ['ref_protected', 'yes'],
    ['repository_owner', 'octo-org/octo-repo'],
    ['repository_visibility', 'secret'],
    ['runner_environment', 'ubuntu-latest'],
    ['run_id', 'x'],
    ['workflow_ref', 'o/r/.github/workflows/x.txt@refs/heads/main'],
    ['workflow_ref', 'o/r/.github/workflows/x.yml@refs/heads/a b'],
    ['workflow_ref', 'o/r/.github/workflows/x.yml@0123456'],
  ])('%s is never %j', (claim, text) => expect(GITHUB_ACTIONS.claims.get(claim)?.holds(text)).toBe(false));

  const SHA = '0123456789abcdef0123456789abcdef01234567';
  const FILE = 'o/r/.github/workflows/x.yml';
  const OCTO = 'octo-org/octo-repo/.github/workflows/x.yml';

  it.each([
    ['ref', 'v1.2', 'refs/tags/v1.2'],
    ['ref', 'heads/main', 'refs/heads/main'],
    ['head_ref', 'refs/heads/x', 'x'],
    ['head_ref', 'refs/tags/x', 'x'],
    ['base_ref', 'refs/heads/x', 'x'],
    ['job_workflow_ref', 'o/r/x.yml@main', `${FILE}@refs/heads/main`],
    ['workflow_ref', `https://github.com/o/r/blob/main/.github/workflows/x.yml`, `${FILE}@refs/heads/main`],
    ['workflow_ref', `http://github.com/${FILE}@main`, `${FILE}@refs/heads/main`],
    ['workflow_ref', `github.com/${FILE}@main`, `${FILE}@refs/heads/main`],
    ['workflow_ref', `/${FILE}@main`, `${FILE}@refs/heads/main`],
    ['workflow_ref', 'o/r:.github/workflows/x.yml@main', `${FILE}@refs/heads/main`],
    ['workflow_ref', 'o/r:/.github/workflows/x.yml@main', `${FILE}@refs/heads/main`],
    ['workflow_ref', 'o/r/workflows/x.yml@main', `${FILE}@refs/heads/main`],
    ['workflow_ref', 'o/r/.github/x.yml@main', `${FILE}@refs/heads/main`],
    ['workflow_ref', FILE, `${FILE}@refs/heads/main`],
    ['workflow_ref', `${FILE}@v1`, `${FILE}@refs/tags/v1`],
    ['workflow_ref', `${FILE}@tags/x`, `${FILE}@refs/tags/x`],
    ['workflow_ref', `o/r/x.yml@${SHA}`, `${FILE}@${SHA}`],
    ['workflow_ref', `o/r/x.yml@${SHA}${SHA.slice(0, 24)}`, `${FILE}@${SHA}${SHA.slice(0, 24)}`],
    ['repository', 'https://github.com/o/r.git', 'o/r'],
    ['repository', 'http://github.com/o/r', 'o/r'],
    ['repository', 'github.com/o/r', 'o/r'],
    ['repository_owner', 'octo-org/octo-repo', 'octo-org'],
    ['head_ref', 'x/refs/heads/y', 'x/refs/heads/y'],
    ['workflow_ref', '/octo-org/octo-repo/.github/workflows/x.yml@main', `${OCTO}@refs/heads/main`],
    ['workflow_ref', 'octo-org/octo-repo:x.yml@main', `${OCTO}@refs/heads/main`],
    ['workflow_ref', 'octo-org/octo-repo/x.yml@main', `${OCTO}@refs/heads/main`],
    ['workflow_ref', `${OCTO}@release-0123456`, `${OCTO}@refs/heads/release-0123456`],
    ['workflow_ref', `${OCTO}@0123456-x`, `${OCTO}@refs/heads/0123456-x`],
    ['event_name', 'Pull-Request', 'pull_request'],
    ['event_name', 'Pull-Request-Target', 'pull_request_target'],
    ['ref_type', 'tags', 'tag'],
    ['ref_type', 'Branches', 'branch'],
    ['ref_type', 'head', 'branch'],
    ['ref_type', 'heads', 'branch'],
    ['repository_visibility', 'Private', 'private'],
  ])('%s meant by %s is %s', (claim, text, meant) => {
    expect(GITHUB_ACTIONS.mendClaim?.(claim, text, ALONE)).toEqual([meant]);
    expect(GITHUB_ACTIONS.claims.get(claim)?.holds(meant)).toBe(true);
  });

  it.each([
    ['ref', 'pull_request'],
    ['ref', 'environment:prod'],
    ['workflow_ref', 'x.yml@main'],
    ['workflow_ref', 'o/r@main'],
    ['workflow_ref', 'a/b/c/d/x.yml@main'],
    ['workflow_ref', 'a/b/c/.github/workflows/x.yml@main'],
    ['workflow_ref', `${FILE}@0123456`],
    ['workflow_ref', `${FILE}@${SHA}0`],
  ])('%s meant by %s can be told by its author alone', (claim, text) => {
    expect(GITHUB_ACTIONS.mendClaim?.(claim, text, ALONE)).toEqual([]);
  });

  it.each([
    ['ref_type', 'subhead'],
    ['ref_type', 'headx'],
    ['ref_type', 'subtags'],
    ['ref_type', 'tagsx'],
    ['repository', 'my.github.com/o/r'],
    ['repository', 'o/r.github'],
  ])('%s stays %s, of which nobody can tell what was meant', (claim, text) => {
    expect(GITHUB_ACTIONS.mendClaim?.(claim, text, ALONE)).toEqual([text]);
  });

  it('keep the backslashes of a pattern for several refs', () => {
    const text = 'o/r/\\.github/workflows/x\\.yml';
    expect(GITHUB_ACTIONS.mendClaim?.('workflow_ref', `${text}@(main|dev)`, ALONE)).toEqual([
      `${text}@refs/heads/(main|dev)`,
    ]);
  });

  it.each([
    ['x.yml', `${FILE}@refs/tags/v1`],
    ['/x.yml', `${FILE}@refs/tags/v1`],
    ['./x.yml', `${FILE}@refs/tags/v1`],
    ['workflows/x.yml@dev', `${FILE}@refs/heads/dev`],
    ['.github/workflows/x.yml', `${FILE}@refs/tags/v1`],
    ['./.github/workflows/x.yml', `${FILE}@refs/tags/v1`],
    ['/.github/workflows/x.yml', `${FILE}@refs/tags/v1`],
    ['a/b/x.yml', 'a/b/.github/workflows/x.yml@refs/tags/v1'],
  ])('workflow_ref meant by %s is of the subject’s repository and ref: %s', (text, meant) => {
    const beside = { ...ALONE, subject: 'repo:o/r:ref:refs/tags/v1' };
    expect(GITHUB_ACTIONS.mendClaim?.('workflow_ref', text, beside)).toEqual([meant]);
  });

  it.each([
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
  ])('are told for %s, which no token has: %s', (name, meant) => expect(claimMeant(ISSUER, name)).toBe(meant));

  it('have examples of the form that they are of', () => {
    const { claimExamples, claims } = GITHUB_ACTIONS;
    expect([...(claimExamples?.keys() ?? [])]).toEqual(['job_workflow_ref', 'workflow_ref', 'ref', 'repository']);
    for (const [name, example] of claimExamples ?? []) {
      expect([name, claims.get(name)?.holds(example.replace(/, or .*$/, ''))]).toEqual([name, true]);
    }
    expect(GITHUB_ACTIONS.subject.holds(GITHUB_ACTIONS.subjectExample)).toBe(true);
    const { name, issuers, claimsAreComplete } = GITHUB_ACTIONS;
    expect([name, issuers, claimsAreComplete]).toEqual(['GitHub Actions', [ISSUER], true]);
  });
});

describe('events of GitHub Actions', () => {
  it.each([
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
  ])('are left as they are, and told where they are misspelt: %s', (event) => {
    expect(textMeant(ISSUER, 'event_name', event)).toBeUndefined();
    expect(textMeant(ISSUER, 'event_name', `${event}${event.slice(-1)}`)).toBe(event);
  });

  it.each([
    ['pr', 'pull_request'],
    ['pull', 'pull_request'],
    ['cron', 'schedule'],
    ['scheduled', 'schedule'],
    ['manual', 'workflow_dispatch'],
    ['dispatch', 'workflow_dispatch'],
    ['pushes', 'push'],
    ['tag', 'push'],
    ['commit', 'push'],
    ['merge', 'push'],
    ['merge_queue', 'merge_group'],
    ['issue', 'issues'],
    ['comment', 'issue_comment'],
  ])('are told for %s, which is none: %s', (text, event) => {
    expect(textMeant(ISSUER, 'event_name', text)).toBe(event);
  });
});
