import type { PolicyFile, PolicyFolder } from '../../domain/policy-folder.ts';
import { POLICY_FOLDER } from '../../domain/policy-location.ts';
import { member } from '../json/untrusted-json.ts';

/** What one file holds, read alone. */
export interface FileContent {
  readonly oid: string;
  readonly bytes: number;
  /** Nothing for a binary file. */
  readonly text?: string;
}

export type RepositoryReading =
  | { readonly kind: 'found'; readonly folder: Omit<PolicyFolder, 'listingOnly'> }
  /** "Could not resolve to a Repository": missing, or invisible to this token. */
  | { readonly kind: 'invisible' }
  | { readonly kind: 'failed'; readonly cause: 'down' | 'unusable'; readonly detail: string };

export type FolderText = 'with_text' | 'listing';

const OBJECT = JSON.stringify(`HEAD:${POLICY_FOLDER}`);
const BLOB = {
  with_text: '... on Blob { byteSize isBinary isTruncated text }',
  listing: '... on Blob { byteSize oid }',
  alone: '... on Blob { byteSize isBinary isTruncated text oid }',
};

/**
 * `followRenames: false`: an old name must not lead to the repository's new place, which may belong to someone else.
 */
export function folderQuery(aliases: readonly string[], text: FolderText): string {
  const variables = aliases.map((alias) => `$${alias}: String!`).join(', ');
  const repositories = aliases.map(
    (alias) => `${alias}: repository(owner: $owner, name: $${alias}, followRenames: false) { ...folder }`,
  );
  return `query PolicyFolders($owner: String!, ${variables}) {
  ${repositories.join('\n  ')}
}
fragment folder on Repository {
  databaseId
  owner { __typename ... on Organization { databaseId } ... on User { databaseId } }
  object(expression: ${OBJECT}) {
    __typename
    ... on Tree { entries { name mode type object { __typename ${BLOB[text]} } } }
  }
}`;
}

export function fileQuery(path: string): string {
  return `query PolicyFile($owner: String!, $target: String!) {
  target: repository(owner: $owner, name: $target, followRenames: false) {
    databaseId
    object(expression: ${JSON.stringify(`HEAD:${path}`)}) { __typename ${BLOB.alone} }
  }
}`;
}

/** Reads one alias of a GraphQL answer. Only `NOT_FOUND` is an absence; a partial answer never is. */
export function readRepository(json: unknown, alias: string): RepositoryReading {
  const failure = failureOf(json, alias);
  if (failure !== undefined) return failure;
  const repository = member(member(json, 'data'), alias);
  const repositoryId = member(repository, 'databaseId');
  const accountId = member(member(repository, 'owner'), 'databaseId');
  if (typeof repositoryId !== 'number' || typeof accountId !== 'number')
    return unusable(`${alias}: no repository in the answer`);
  const files = filesOf(member(repository, 'object'));
  return files === undefined
    ? unusable(`${alias}: ${POLICY_FOLDER} is not a folder that can be read`)
    : { kind: 'found', folder: { repositoryId, accountId, files } };
}

/** The file that `fileQuery` asked for. Nothing where the answer has none. */
export function readContent(json: unknown): FileContent | undefined {
  const blob = member(member(member(json, 'data'), 'target'), 'object');
  const oid = member(blob, 'oid');
  const bytes = member(blob, 'byteSize');
  if (typeof oid !== 'string' || typeof bytes !== 'number') return undefined;
  const text = wholeText(blob);
  return text === undefined ? { oid, bytes } : { oid, bytes, text };
}

export function failureOf(json: unknown, alias: string): Exclude<RepositoryReading, { kind: 'found' }> | undefined {
  const errors = member(json, 'errors');
  if (errors === undefined) return undefined;
  if (!Array.isArray(errors) || errors.length === 0) return unusable('errors of an unknown form');
  const own = errors.filter((error: unknown) => concerns(error, alias));
  const first: unknown = own[0];
  if (first === undefined) return undefined;
  const path = member(first, 'path');
  const isWholeRepository = Array.isArray(path) && path.length === 1;
  if (own.length === 1 && isWholeRepository && member(first, 'type') === 'NOT_FOUND') return { kind: 'invisible' };
  return { kind: 'failed', cause: 'down', detail: `GraphQL: ${String(member(first, 'type'))}` };
}

/** An error without a path concerns everything. */
function concerns(error: unknown, alias: string): boolean {
  const path = member(error, 'path');
  return !Array.isArray(path) || path.length === 0 || path[0] === alias;
}

function unusable(detail: string): Exclude<RepositoryReading, { kind: 'found' | 'invisible' }> {
  return { kind: 'failed', cause: 'unusable', detail: `GraphQL: ${detail}` };
}

/** @returns nothing where this is no folder, or an incomplete one. GraphQL's `null` is a folder that does not exist */
export function filesOf(object: unknown): readonly PolicyFile[] | undefined {
  if (object === null) return [];
  const entries = member(object, 'entries');
  if (member(object, '__typename') !== 'Tree' || !Array.isArray(entries)) return undefined;
  const files = entries.map(fileOf);
  return files.every((file) => file !== undefined) ? files : undefined;
}

const SYMLINK_MODE = 0o120000;

/** A GraphQL `TreeEntry` with its blob. */
export function fileOf(entry: unknown): PolicyFile | undefined {
  const name = member(entry, 'name');
  if (typeof name !== 'string') return undefined;
  const blob = member(entry, 'object');
  if (member(entry, 'type') !== 'blob') return { name, kind: 'other', bytes: 0 };
  const bytes = member(blob, 'byteSize');
  if (typeof bytes !== 'number') return undefined;
  if (member(entry, 'mode') === SYMLINK_MODE) return { name, kind: 'symlink', bytes };
  const text = wholeText(blob);
  if (text !== undefined) return { name, kind: 'file', bytes, text };
  const oid = member(blob, 'oid');
  return { name, kind: 'file', bytes, ...(typeof oid === 'string' ? { oid } : {}) };
}

/** GitHub cuts the text of a large blob, and gives no text of a binary one. */
function wholeText(blob: unknown): string | undefined {
  const text = member(blob, 'text');
  const isWhole = member(blob, 'isBinary') === false && member(blob, 'isTruncated') === false;
  return isWhole && typeof text === 'string' ? text : undefined;
}
