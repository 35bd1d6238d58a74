import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { MAX_POLICY_BYTES, POLICY_FOLDER, POLICY_SUFFIX } from '../../domain/policy-location.ts';
import { isOrganizationFile, unreadFileFault } from '../../domain/watched-files.ts';
import type { PolicyFile } from '../../domain/policy-folder.ts';
import { pathFromRoot, slashed } from './clone.ts';
import { UsageError } from './outcome.ts';

export interface PolicyFileOnDisk extends PolicyFile {
  /** From the working folder, with slashes: what reports name. */
  readonly path: string;
  /** From the root of its clone, with slashes: what GitHub knows it by. */
  readonly pathFromRoot: string;
  /** In its repository: `.github/chainguard/deploy.sts.yaml`. */
  readonly pathInRepository: string;
}

const SKIPPED: ReadonlySet<string> = new Set(['.git', 'node_modules']);
/** More than any real project has. A link that leads back up would find files without an end. */
const MAX_FILES = 10_000;

/** Every policy and allowlist at these paths: files as they are named, folders searched through. */
export function policyFiles(paths: readonly string[]): readonly PolicyFileOnDisk[] {
  const found = paths.flatMap((path) => (isFolder(path) ? filesIn(path) : [path]));
  const unique = [...new Set(found.map((path) => resolve(path)))];
  if (unique.length > MAX_FILES) throw new UsageError(`There are more than ${MAX_FILES} policies below these paths.`);
  return unique.map(readPolicy);
}

/** @throws UsageError where there is no such file, or it is no text */
export function readText(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch {
    throw new UsageError(`${path} can't be read.`);
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    throw new UsageError(`There is no file or folder ${path}.`);
  }
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : filesIn(path);
      return isPolicyName(entry.name) ? [path] : [];
    });
}

function isPolicyName(name: string): boolean {
  return name.endsWith(POLICY_SUFFIX) || isOrganizationFile(name) || unreadFileFault(name) !== undefined;
}

export function readPolicy(path: string): PolicyFileOnDisk {
  const name = basename(path);
  const paths = {
    name,
    path: slashed(relative(process.cwd(), path)),
    pathFromRoot: pathFromRoot(path),
    pathInRepository: pathInRepository(path, name),
  };
  const stats = lstatSync(path);
  if (stats.isSymbolicLink()) return { ...paths, kind: 'symlink', bytes: 0 };
  const text = stats.size > MAX_POLICY_BYTES ? undefined : textOf(path);
  return { ...paths, kind: 'file', bytes: stats.size, ...(text === undefined ? {} : { text }) };
}

function textOf(path: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path));
  } catch {
    return undefined;
  }
}

/** A file outside a repository's policies' folder is judged as if it stood there. */
function pathInRepository(path: string, name: string): string {
  const whole = slashed(path);
  const at = whole.lastIndexOf(`${POLICY_FOLDER}/`);
  return at < 0 ? `${POLICY_FOLDER}/${name}` : whole.slice(at);
}
