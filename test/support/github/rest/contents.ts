import { posix } from 'node:path';
import type { JsonObject } from '../../json.ts';
import type { Commit, TreeEntry } from '../git-objects.ts';
import { contentItemJson, fullRepositoryJson, nodeId, repositoryUrl } from '../representations.ts';
import type { ContentItem } from '../representations.ts';
import { GitHubError, notFound, unprocessable } from '../responses.ts';
import type { GitHubResponse } from '../responses.ts';
import type { Repository } from '../world-model.ts';
import { param, requireRepository } from './context.ts';
import type { RestContext } from './context.ts';

/** Between this and 100 MiB the content is only to be had raw; GitHub's "Get repository content". */
const MAX_INLINE_CONTENT_BYTES = 1024 * 1024;
const MAX_DIRECTORY_ENTRIES = 1000;

export function getRepository(context: RestContext): GitHubResponse {
  const repository = requireRepository(context, 'metadata', 'read');
  return { status: 200, body: fullRepositoryJson(context.roots, repository) };
}

export function getContents(context: RestContext): GitHubResponse {
  const repository = requireRepository(context, 'contents', 'read');
  const ref = context.query.get('ref') ?? repository.defaultBranch;
  const commit = requireRef(context, repository, ref);
  const path = param(context, 'path').replace(/\/+$/, '');
  const entry = followLink(context, commit, path);
  if (entry === undefined) throw notFound();
  const item: ContentItem = { ...entry, path, name: path.split('/').at(-1) ?? '' };
  if (item.type === 'tree') return directoryResponse(context, repository, ref, item);
  return fileResponse(context, repository, ref, item);
}

export function getTree(context: RestContext): GitHubResponse {
  const repository = requireRepository(context, 'contents', 'read');
  const name = param(context, 'tree_sha');
  const oid = context.world.resolveCommit(repository, name)?.tree ?? name;
  const entries = context.world.objects.tree(oid);
  if (entries === undefined) throw notFound();
  const tree = context.query.has('recursive')
    ? allEntries(context, oid, '')
    : entries.map((entry) => ({ path: entry.name, entry }));
  const url = `${repositoryUrl(context.roots, repository)}/git`;
  return {
    status: 200,
    body: {
      sha: oid,
      url: `${url}/trees/${oid}`,
      truncated: false,
      tree: tree.map(({ path, entry }) => treeEntryJson(context, url, path, entry)),
    },
  };
}

export function getBlob(context: RestContext): GitHubResponse {
  const repository = requireRepository(context, 'contents', 'read');
  const oid = param(context, 'file_sha');
  if (!/^[0-9a-f]{40}$/.test(oid))
    throw unprocessable('The sha parameter must be exactly 40 characters and contain only [0-9a-f].');
  const content = context.world.objects.blob(oid);
  if (content === undefined) throw notFound();
  if (context.accept.includes('raw')) return rawResponse(content);
  return {
    status: 200,
    body: {
      sha: oid,
      node_id: nodeId('B', oid),
      size: content.length,
      url: `${repositoryUrl(context.roots, repository)}/git/blobs/${oid}`,
      content: wrappedBase64(content),
      encoding: 'base64',
    },
  };
}

function requireRef(context: RestContext, repository: Repository, ref: string): Commit {
  if (repository.branches.size === 0) throw new GitHubError(404, 'This repository is empty.');
  const commit = context.world.resolveCommit(repository, ref);
  if (commit === undefined) throw notFound(`No commit found for the ref ${ref}`);
  return commit;
}

/** A link to a file of the same repository is answered with that file; any other link as itself. */
function followLink(context: RestContext, commit: Commit, path: string): TreeEntry | undefined {
  const { objects } = context.world;
  const entry = objects.entryAt(commit.tree, path);
  if (entry?.mode !== '120000') return entry;
  const target = posix.join(posix.dirname(path), objects.blob(entry.oid)?.toString('utf8') ?? '');
  const aim = target.startsWith('..') ? undefined : objects.entryAt(commit.tree, target);
  return aim?.type === 'blob' && aim.mode !== '120000' ? aim : entry;
}

function directoryResponse(
  context: RestContext,
  repository: Repository,
  ref: string,
  item: ContentItem,
): GitHubResponse {
  const { objects } = context.world;
  const entries = (objects.tree(item.oid) ?? []).slice(0, MAX_DIRECTORY_ENTRIES).map((entry) =>
    contentItemJson(context.roots, repository, ref, objects, {
      ...entry,
      path: item.path === '' ? entry.name : `${item.path}/${entry.name}`,
    }),
  );
  if (!context.accept.includes('vnd.github.object')) return { status: 200, body: entries };
  const folder = contentItemJson(context.roots, repository, ref, objects, item);
  return {
    status: 200,
    headers: { 'content-type': 'application/vnd.github.object; charset=utf-8' },
    body: { ...folder, entries },
  };
}

function fileResponse(context: RestContext, repository: Repository, ref: string, item: ContentItem): GitHubResponse {
  const { objects } = context.world;
  const content = objects.blob(item.oid) ?? Buffer.alloc(0);
  if (context.accept.includes('raw')) return rawResponse(content);
  const described = contentItemJson(context.roots, repository, ref, objects, item);
  if (item.mode === '120000') return { status: 200, body: { ...described, target: content.toString('utf8') } };
  const inline = content.length <= MAX_INLINE_CONTENT_BYTES;
  const body = {
    ...described,
    content: inline ? wrappedBase64(content) : '',
    encoding: inline ? 'base64' : 'none',
  };
  return { status: 200, body };
}

function rawResponse(content: Buffer): GitHubResponse {
  return { status: 200, headers: { 'content-type': 'application/vnd.github.raw+json; charset=utf-8' }, body: content };
}

function allEntries(context: RestContext, oid: string, prefix: string): { path: string; entry: TreeEntry }[] {
  return (context.world.objects.tree(oid) ?? []).flatMap((entry) => {
    const path = prefix + entry.name;
    const inside = entry.type === 'tree' ? allEntries(context, entry.oid, `${path}/`) : [];
    return [{ path, entry }, ...inside];
  });
}

function treeEntryJson(context: RestContext, url: string, path: string, entry: TreeEntry): JsonObject {
  const { mode, type, oid: sha } = entry;
  if (type === 'tree') return { path, mode, type, sha, url: `${url}/trees/${sha}` };
  const size = context.world.objects.blob(sha)?.length ?? 0;
  return { path, mode, type, sha, size, url: `${url}/blobs/${sha}` };
}

/** GitHub breaks base64 every 60 characters. */
function wrappedBase64(content: Buffer): string {
  return content.toString('base64').replace(/.{1,60}/g, '$&\n');
}
