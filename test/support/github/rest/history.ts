import type { JsonObject } from '../../json.ts';
import type { Commit } from '../git-objects.ts';
import {
  changedFileJson,
  commitJson,
  fullName,
  pullRequestJson,
  pullRequestSimpleJson,
  repositoryUrl,
} from '../representations.ts';
import { notFound } from '../responses.ts';
import type { GitHubResponse } from '../responses.ts';
import type { PullRequest, Repository } from '../world-model.ts';
import { paginate, param, requireCommit, requireRepository } from './context.ts';
import type { RestContext } from './context.ts';

/** "Get a commit" and "Compare two commits" show up to 300 files a page. */
const FILES_A_PAGE = 300;
/** "List pull requests files": at most 3000. */
const MAX_PULL_REQUEST_FILES = 3000;
const MAX_COMPARED_COMMITS = 250;

export function getPullRequest(context: RestContext): GitHubResponse {
  const pull = requirePullRequest(context);
  return { status: 200, body: pullRequestJson(context.roots, pull, context.world.pullRequestFiles(pull)) };
}

export function listPullRequestFiles(context: RestContext): GitHubResponse {
  const pull = requirePullRequest(context);
  const files = context.world.pullRequestFiles(pull).slice(0, MAX_PULL_REQUEST_FILES);
  const page = paginate(context, files);
  const body = page.items.map((file) => changedFileJson(context.roots, pull.repository, pull.head.sha, file));
  return { status: 200, headers: page.headers, body };
}

export function getCommit(context: RestContext): GitHubResponse {
  const repository = requireRepository(context, 'contents', 'read');
  const commit = requireCommit(context, repository, param(context, 'ref'));
  const files = context.world.changedFiles(commit.parents[0], commit.sha);
  const page = paginate(context, files, { defaultSize: FILES_A_PAGE, maxSize: FILES_A_PAGE });
  const total = (of: 'additions' | 'deletions'): number => files.reduce((sum, file) => sum + file[of], 0);
  const [additions, deletions] = [total('additions'), total('deletions')];
  return {
    status: 200,
    headers: page.headers,
    body: {
      ...describeCommit(context, repository, commit),
      stats: { additions, deletions, total: additions + deletions },
      files: page.items.map((file) => changedFileJson(context.roots, repository, commit.sha, file)),
    },
  };
}

export function listPullRequestsOfCommit(context: RestContext): GitHubResponse {
  const repository = requireRepository(context, 'pull_requests', 'read');
  const { sha } = requireCommit(context, repository, param(context, 'commit_sha'));
  const pulls = context.world
    .pullRequests(repository)
    .filter(
      (pull) => pull.head.sha === sha || (pull.merged && context.world.objects.ancestry(pull.head.sha).includes(sha)),
    );
  const page = paginate(context, pulls);
  return {
    status: 200,
    headers: page.headers,
    body: page.items.map((pull) => pullRequestSimpleJson(context.roots, pull)),
  };
}

/** The commits are paged; the files are on the first page only, 300 at most, as GitHub documents it. */
export function compareCommits(context: RestContext): GitHubResponse {
  const repository = requireRepository(context, 'contents', 'read');
  const { objects } = context.world;
  const [base, head] = comparedCommits(context, repository);
  const mergeBase = objects.mergeBase(base.sha, head.sha);
  if (mergeBase === undefined) throw notFound(`No common ancestor between ${base.sha} and ${head.sha}.`);
  const ahead = commitsBetween(context, base.sha, head.sha);
  const behind = commitsBetween(context, head.sha, base.sha);
  const page = paginate(context, ahead, { defaultSize: MAX_COMPARED_COMMITS });
  const first = (context.query.get('page') ?? '1') === '1';
  const files = first ? context.world.changedFiles(mergeBase, head.sha).slice(0, FILES_A_PAGE) : [];
  const web = `${context.roots.web}/${fullName(repository)}/compare/${base.sha}...${head.sha}`;
  const body: JsonObject = {
    url: `${repositoryUrl(context.roots, repository)}/compare/${base.sha}...${head.sha}`,
    html_url: web,
    permalink_url: web,
    diff_url: `${web}.diff`,
    patch_url: `${web}.patch`,
    base_commit: describeCommit(context, repository, base),
    merge_base_commit: describeCommit(context, repository, objects.existingCommit(mergeBase)),
    status: comparison(ahead.length, behind.length),
    ahead_by: ahead.length,
    behind_by: behind.length,
    total_commits: ahead.length,
    commits: page.items.map((sha) => describeCommit(context, repository, objects.existingCommit(sha))),
    files: files.map((file) => changedFileJson(context.roots, repository, head.sha, file)),
  };
  return { status: 200, headers: page.headers, body };
}

function requirePullRequest(context: RestContext): PullRequest {
  const repository = requireRepository(context, 'pull_requests', 'read');
  const number = Number(param(context, 'pull_number'));
  const pull = context.world.pullRequests(repository).find((one) => one.number === number);
  if (pull === undefined) throw notFound();
  return pull;
}

function comparedCommits(context: RestContext, repository: Repository): [Commit, Commit] {
  const [base, head] = param(context, 'basehead').split('...');
  const commits = [base, head].map((name) => context.world.resolveCommit(repository, unqualified(name ?? '')));
  const [left, right] = commits;
  if (left === undefined || right === undefined) throw notFound();
  return [left, right];
}

/** `owner:branch` names the branch of a fork; its commits are known here by their own names. */
function unqualified(name: string): string {
  return name.slice(name.lastIndexOf(':') + 1);
}

/** Oldest first. */
function commitsBetween(context: RestContext, from: string, to: string): string[] {
  const { objects } = context.world;
  const known = new Set(objects.ancestry(from));
  return objects
    .ancestry(to)
    .filter((sha) => !known.has(sha))
    .reverse();
}

function comparison(ahead: number, behind: number): string {
  if (ahead > 0 && behind > 0) return 'diverged';
  if (ahead > 0) return 'ahead';
  return behind > 0 ? 'behind' : 'identical';
}

function describeCommit(context: RestContext, repository: Repository, commit: Commit): JsonObject {
  return commitJson(context.roots, repository, commit, context.world.account(commit.author.name));
}
