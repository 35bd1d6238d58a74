import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { POLICY_FOLDER } from '../../../domain/policy-location.ts';
import { parseScope } from '../../../domain/scope.ts';
import { readPolicy } from '../input-files.ts';
import { UsageError } from '../outcome.ts';
import { remoteOf } from '../policy-setting.ts';
import type { PolicySource, RepositoryFolder } from './policy-source.ts';

/** Reads checkouts that stand side by side in a folder: one folder a repository, as its files are checked out. */
export function fromCheckouts(folder: string, org: string | undefined): PolicySource {
  const names = checkoutsIn(folder);
  const folders = names.map((name) => checkout(folder, name, org)).filter((one) => isOf(one, org));
  if (folders.length === 0) throw new UsageError(`There is no checkout below ${folder}.`);
  return { folders, remarks: [`Read from ${folders.length} checkouts, as they are checked out.`] };
}

function checkoutsIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && isCheckout(join(folder, entry.name)))
      .map(({ name }) => name)
      .toSorted();
  } catch {
    throw new UsageError(`There is no folder ${folder}.`);
  }
}

function isCheckout(path: string): boolean {
  return existsSync(join(path, '.git')) || existsSync(join(path, POLICY_FOLDER));
}

/** By its remote; without one by the folder's own name. */
function checkout(folder: string, name: string, org: string | undefined): RepositoryFolder {
  const path = join(folder, name, POLICY_FOLDER);
  const remote = parseScope(remoteOf(join(path, 'x')) ?? '');
  const named = { owner: remote?.owner ?? org ?? '-', repository: remote?.repository ?? name };
  if (!isFolder(path)) return { ...named, files: existsSync(path) ? undefined : [] };
  const files = readdirSync(path, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => readPolicy(join(path, entry.name)));
  return { ...named, files };
}

/** A link to a folder is none to GitHub, which reads the commit. */
function isFolder(path: string): boolean {
  return existsSync(path) && lstatSync(path).isDirectory();
}

function isOf({ owner }: RepositoryFolder, org: string | undefined): boolean {
  return org === undefined || owner.toLowerCase() === org.toLowerCase();
}
