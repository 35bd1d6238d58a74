import { POLICY_FOLDER } from '../../domain/policy-location.ts';
import { member } from '../json/untrusted-json.ts';
import type { PolicyFile } from '../../domain/policy-folder.ts';
import { failureOf, fileOf } from './folder-query.ts';
import type { Unavailable } from '../../application/ports/unavailable.ts';
import { unavailable } from './github-client.ts';

/** Files of the policies' folder at a commit, by name. */
export interface CommitFiles {
  readonly query: string;
  readonly variables: Readonly<Record<string, string>>;
}

const BLOB = 'name mode type object { __typename ... on Blob { byteSize isBinary isTruncated text } }';

/** Asks for these files of a commit. Their names go as variables, because a policy's author chose them. */
export function filesQuery(
  place: { owner: string; name: string; commit: string },
  names: readonly string[],
): CommitFiles {
  const declared = names.map((_, index) => `$p${index}: String!`).join(', ');
  const files = names.map((_, index) => `f${index}: file(path: $p${index}) { ${BLOB} }`).join('\n      ');
  const paths = names.map((name, index) => [`p${index}`, `${POLICY_FOLDER}/${name}`] as const);
  return {
    query: `query PolicyFiles($owner: String!, $name: String!, $commit: GitObjectID!, ${declared}) {
  repository(owner: $owner, name: $name, followRenames: false) {
    object(oid: $commit) { __typename ... on Commit {
      ${files}
    } }
  }
}`,
    variables: { ...place, ...Object.fromEntries(paths) },
  };
}

/** @returns the files that exist */
export function readFiles(json: unknown, names: readonly string[]): readonly PolicyFile[] | Unavailable {
  const commit = member(repositoryOf(json), 'object');
  if (member(json, 'errors') !== undefined || member(commit, '__typename') !== 'Commit') return unreadable(json);
  const entries = names.map((_, index) => member(commit, `f${index}`));
  const files = entries.map((entry) => (entry === null ? null : fileOf(entry)));
  if (files.some((file) => file === undefined)) return unreadable(json);
  return files.filter((file) => file !== null && file !== undefined);
}

/** Asks what the policies' folder holds at some commits, without texts. */
export function foldersQuery(place: { owner: string; name: string }, commits: readonly string[]): CommitFiles {
  const declared = commits.map((_, index) => `$e${index}: String!`).join(', ');
  const folders = commits.map(
    (_, index) => `c${index}: object(expression: $e${index}) { __typename ... on Tree { entries { name mode oid } } }`,
  );
  const expressions = commits.map((commit, index) => [`e${index}`, `${commit}:${POLICY_FOLDER}`] as const);
  return {
    query: `query PolicyFolders($owner: String!, $name: String!, ${declared}) {
  repository(owner: $owner, name: $name, followRenames: false) {
    ${folders.join('\n    ')}
  }
}`,
    variables: { ...place, ...Object.fromEntries(expressions) },
  };
}

/** @returns for each commit the entries of the folder, by name; no entries where there is no such folder */
export function readFolders(
  json: unknown,
  commits: readonly string[],
): readonly ReadonlyMap<string, string>[] | Unavailable {
  if (member(json, 'errors') !== undefined || repositoryOf(json) === undefined) return unreadable(json);
  return commits.map((_, index) => {
    const entries = member(member(repositoryOf(json), `c${index}`), 'entries');
    const list: readonly unknown[] = Array.isArray(entries) ? entries : [];
    return new Map(list.map((entry) => [String(member(entry, 'name')), JSON.stringify(entry)]));
  });
}

function repositoryOf(json: unknown): unknown {
  return member(member(json, 'data'), 'repository');
}

function unreadable(json: unknown): Unavailable {
  const failure = failureOf(json, 'repository');
  return failure?.kind === 'failed'
    ? unavailable(failure.cause, failure.detail)
    : unavailable('unusable', 'GraphQL: the commit or its files are not in the answer');
}
