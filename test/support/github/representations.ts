import type { Json, JsonObject } from '../json.ts';
import type { ChangedFile } from './file-diff.ts';
import type { Commit, GitObjects } from './git-objects.ts';
import type { Account, App, CheckRun, HookDelivery, Installation, PullRequest, Repository } from './world-model.ts';

/** GitHub's JSON for what is in the world. `api` is the REST root and `web` the site, without a slash at the end. */
export interface Roots {
  readonly api: string;
  readonly web: string;
}

/** GitHub writes times without fractions of a second. */
export function timestamp(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

export function nodeId(kind: string, id: number | string): string {
  return `${kind}_${Buffer.from(`${kind}:${id}`).toString('base64url')}`;
}

export function fullName(repository: Repository): string {
  return `${repository.owner.login}/${repository.name}`;
}

export function accountJson({ api, web }: Roots, account: Account): JsonObject {
  const url = `${api}/users/${account.login}`;
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId(account.type === 'User' ? 'U' : 'O', account.id),
    avatar_url: `${web}/avatars/u/${account.id}`,
    gravatar_id: '',
    url,
    html_url: `${web}/${account.login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: account.type,
    site_admin: false,
  };
}

export function appJson(roots: Roots, app: App): JsonObject {
  return {
    id: app.id,
    slug: app.slug,
    client_id: app.clientId,
    node_id: nodeId('A', app.id),
    owner: accountJson(roots, app.owner),
    name: app.name,
    description: null,
    external_url: `${roots.web}/apps/${app.slug}/home`,
    html_url: `${roots.web}/apps/${app.slug}`,
    created_at: timestamp(app.createdAt),
    updated_at: timestamp(app.createdAt),
    permissions: { ...app.permissions },
    events: ['push', 'pull_request', 'check_run', 'check_suite'],
  };
}

export function hookDeliveryJson(delivery: HookDelivery): JsonObject {
  const { id, guid, event, action, installationId, repositoryId, deliveredAt, statusCode, redelivery } = delivery;
  return {
    id,
    guid,
    delivered_at: timestamp(deliveredAt),
    redelivery,
    duration: 0.27,
    status: deliveryStatus(statusCode),
    status_code: statusCode,
    event,
    action: action ?? null,
    installation_id: installationId ?? null,
    repository_id: repositoryId ?? null,
    throttled_at: null,
  };
}

function deliveryStatus(statusCode: number): string {
  if (statusCode === 0) return 'failed to connect to host';
  return statusCode >= 200 && statusCode < 300 ? 'OK' : `Invalid HTTP Response: ${statusCode}`;
}

export function installationJson(roots: Roots, installation: Installation): JsonObject {
  const { app, account } = installation;
  const settings =
    account.type === 'Organization'
      ? `organizations/${account.login}/settings/installations`
      : 'settings/installations';
  return {
    id: installation.id,
    account: accountJson(roots, account),
    repository_selection: installation.selection,
    access_tokens_url: `${roots.api}/app/installations/${installation.id}/access_tokens`,
    repositories_url: `${roots.api}/installation/repositories`,
    html_url: `${roots.web}/${settings}/${installation.id}`,
    app_id: app.id,
    app_slug: app.slug,
    client_id: app.clientId,
    target_id: account.id,
    target_type: account.type,
    permissions: { ...installation.permissions },
    events: ['push', 'pull_request', 'check_run', 'check_suite'],
    created_at: timestamp(installation.createdAt),
    updated_at: timestamp(installation.createdAt),
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: installation.suspendedAt === undefined ? null : accountJson(roots, account),
    suspended_at: installation.suspendedAt === undefined ? null : timestamp(installation.suspendedAt),
  };
}

/** Each `<name>_url` of a repository, with GitHub's URI template for what follows. */
const REPOSITORY_URLS: Readonly<Record<string, string>> = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
};

export function repositoryJson(roots: Roots, repository: Repository): JsonObject {
  const url = repositoryUrl(roots, repository);
  const web = `${roots.web}/${fullName(repository)}`;
  const created = timestamp(repository.createdAt);
  return {
    id: repository.id,
    node_id: nodeId('R', repository.id),
    name: repository.name,
    full_name: fullName(repository),
    owner: accountJson(roots, repository.owner),
    private: repository.private,
    visibility: repository.private ? 'private' : 'public',
    html_url: web,
    description: null,
    fork: repository.forkOf !== undefined,
    url,
    ...Object.fromEntries(Object.entries(REPOSITORY_URLS).map(([name, suffix]) => [name, url + suffix])),
    git_url: `${web}.git`,
    ssh_url: `${web}.git`,
    clone_url: `${web}.git`,
    svn_url: web,
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    ...REPOSITORY_NUMBERS,
    default_branch: repository.defaultBranch,
    topics: [],
    is_template: false,
    web_commit_signoff_required: false,
    allow_forking: true,
    archived: false,
    disabled: false,
    has_issues: true,
    has_projects: true,
    has_wiki: true,
    has_pages: false,
    has_downloads: true,
    has_discussions: false,
    created_at: created,
    updated_at: created,
    pushed_at: created,
  };
}

const REPOSITORY_NUMBERS: JsonObject = {
  forks: 0,
  forks_count: 0,
  stargazers_count: 0,
  watchers: 0,
  watchers_count: 0,
  size: 1,
  open_issues: 0,
  open_issues_count: 0,
};

export function fullRepositoryJson(roots: Roots, repository: Repository): JsonObject {
  return { ...repositoryJson(roots, repository), subscribers_count: 0, network_count: 0 };
}

export function repositoryUrl(roots: Roots, repository: Repository): string {
  return `${roots.api}/repos/${fullName(repository)}`;
}

export function commitJson(
  roots: Roots,
  repository: Repository,
  commit: Commit,
  author: Account | undefined,
): JsonObject {
  const url = `${repositoryUrl(roots, repository)}/commits/${commit.sha}`;
  const web = `${roots.web}/${fullName(repository)}`;
  const signature = { name: commit.author.name, email: commit.author.email, date: timestamp(commit.author.at) };
  const user = author === undefined ? null : accountJson(roots, author);
  return {
    sha: commit.sha,
    node_id: nodeId('C', commit.sha),
    commit: {
      author: signature,
      committer: signature,
      message: commit.message,
      tree: { sha: commit.tree, url: `${repositoryUrl(roots, repository)}/git/trees/${commit.tree}` },
      url: `${repositoryUrl(roots, repository)}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null },
    },
    url,
    html_url: `${web}/commit/${commit.sha}`,
    comments_url: `${url}/comments`,
    author: user,
    committer: user,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${repositoryUrl(roots, repository)}/commits/${sha}`,
      html_url: `${web}/commit/${sha}`,
    })),
  };
}

export function changedFileJson(roots: Roots, repository: Repository, ref: string, file: ChangedFile): JsonObject {
  const path = file.filename.split('/').map(encodeURIComponent).join('/');
  const web = `${roots.web}/${fullName(repository)}`;
  return {
    sha: file.oid,
    filename: file.filename,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${web}/blob/${ref}/${path}`,
    raw_url: `${web}/raw/${ref}/${path}`,
    contents_url: `${repositoryUrl(roots, repository)}/contents/${path}?ref=${ref}`,
    ...(file.previousFilename === undefined ? {} : { previous_filename: file.previousFilename }),
  };
}

/** As a list shows it; `pullRequestJson` has what only the single one shows. */
export function pullRequestSimpleJson(roots: Roots, pull: PullRequest): JsonObject {
  const { repository } = pull;
  const url = `${repositoryUrl(roots, repository)}/pulls/${pull.number}`;
  const issue = `${repositoryUrl(roots, repository)}/issues/${pull.number}`;
  const web = `${roots.web}/${fullName(repository)}/pull/${pull.number}`;
  const statuses = `${repositoryUrl(roots, repository)}/statuses/${pull.head.sha}`;
  return {
    url,
    id: pull.id,
    node_id: nodeId('PR', pull.id),
    html_url: web,
    diff_url: `${web}.diff`,
    patch_url: `${web}.patch`,
    issue_url: issue,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${repositoryUrl(roots, repository)}/pulls/comments{/number}`,
    comments_url: `${issue}/comments`,
    statuses_url: statuses,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: accountJson(roots, pull.author),
    body: null,
    labels: [],
    milestone: null,
    created_at: timestamp(pull.createdAt),
    updated_at: timestamp(pull.createdAt),
    closed_at: pull.state === 'closed' ? timestamp(pull.createdAt) : null,
    merged_at: pull.merged ? timestamp(pull.createdAt) : null,
    merge_commit_sha: null,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    draft: false,
    head: pullSide(roots, pull.head.repository, pull.head.branch, pull.head.sha),
    base: pullSide(roots, repository, pull.base.branch, pull.base.sha),
    _links: {
      self: { href: url },
      html: { href: web },
      issue: { href: issue },
      comments: { href: `${issue}/comments` },
      review_comments: { href: `${url}/comments` },
      review_comment: { href: `${repositoryUrl(roots, repository)}/pulls/comments{/number}` },
      commits: { href: `${url}/commits` },
      statuses: { href: statuses },
    },
    author_association: 'MEMBER',
    auto_merge: null,
  };
}

export function pullRequestJson(roots: Roots, pull: PullRequest, files: readonly ChangedFile[]): JsonObject {
  const total = (of: 'additions' | 'deletions'): number => files.reduce((sum, file) => sum + file[of], 0);
  return {
    ...pullRequestSimpleJson(roots, pull),
    merged: pull.merged,
    mergeable: true,
    rebaseable: true,
    mergeable_state: 'clean',
    merged_by: null,
    comments: 0,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: 1,
    additions: total('additions'),
    deletions: total('deletions'),
    changed_files: files.length,
  };
}

function pullSide(roots: Roots, repository: Repository, ref: string, sha: string): JsonObject {
  return {
    label: `${repository.owner.login}:${ref}`,
    ref,
    sha,
    user: accountJson(roots, repository.owner),
    repo: repositoryJson(roots, repository),
  };
}

export function checkRunJson(roots: Roots, run: CheckRun, pulls: readonly PullRequest[]): JsonObject {
  const url = `${repositoryUrl(roots, run.repository)}/check-runs/${run.id}`;
  const web = `${roots.web}/${fullName(run.repository)}/runs/${run.id}`;
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('CR', run.id),
    head_sha: run.headSha,
    external_id: run.externalId,
    url,
    html_url: web,
    details_url: run.detailsUrl ?? web,
    status: run.status,
    conclusion: run.conclusion ?? null,
    started_at: run.startedAt,
    completed_at: run.completedAt ?? null,
    output: {
      title: run.title ?? null,
      summary: run.summary ?? null,
      text: run.text ?? null,
      annotations_count: run.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: run.suite.id },
    app: appJson(roots, run.app),
    pull_requests: pulls.map((pull) => minimalPullRequest(roots, pull)),
  };
}

export function minimalPullRequest(roots: Roots, pull: PullRequest): JsonObject {
  const side = (repository: Repository, ref: string, sha: string): JsonObject => ({
    ref,
    sha,
    repo: { id: repository.id, url: repositoryUrl(roots, repository), name: repository.name },
  });
  return {
    id: pull.id,
    number: pull.number,
    url: `${repositoryUrl(roots, pull.repository)}/pulls/${pull.number}`,
    head: side(pull.head.repository, pull.head.branch, pull.head.sha),
    base: side(pull.repository, pull.base.branch, pull.base.sha),
  };
}

export interface ContentItem {
  readonly path: string;
  readonly name: string;
  readonly mode: string;
  readonly type: 'blob' | 'tree';
  readonly oid: string;
}

export function contentItemJson(
  roots: Roots,
  repository: Repository,
  ref: string,
  objects: GitObjects,
  item: ContentItem,
): JsonObject {
  const path = item.path.split('/').map(encodeURIComponent).join('/');
  const folder = item.type === 'tree';
  const url = `${repositoryUrl(roots, repository)}/contents/${path}?ref=${encodeURIComponent(ref)}`;
  const web = `${roots.web}/${fullName(repository)}/${folder ? 'tree' : 'blob'}/${encodeURIComponent(ref)}/${path}`;
  const git = `${repositoryUrl(roots, repository)}/git/${folder ? 'trees' : 'blobs'}/${item.oid}`;
  const type: Json = folder ? 'dir' : item.mode === '120000' ? 'symlink' : 'file';
  return {
    type,
    size: folder ? 0 : (objects.blob(item.oid)?.length ?? 0),
    name: item.name,
    path: item.path,
    sha: item.oid,
    url,
    git_url: git,
    html_url: web,
    download_url: folder ? null : `${web}?raw=1`,
    _links: { self: url, git, html: web },
  };
}
