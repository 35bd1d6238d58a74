import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A package of `package-lock.json`. */
export interface LockedPackage {
  /** Where it is installed: `node_modules/tsyringe/node_modules/tslib`. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  /** An SPDX expression as the lock file has it, which npm took from the package's manifest. */
  readonly licence: string | undefined;
  /** Subresource Integrity of the tarball: `sha512-…`. */
  readonly integrity: string | undefined;
  /** Installed with `npm install --omit=dev`: what the bundle may hold. */
  readonly isRunTime: boolean;
  /** Not installed everywhere: for other platforms, or left out where it does not build. */
  readonly isOptional: boolean;
  /** Names of the packages that it asks for. */
  readonly needs: readonly string[];
}

interface LockEntry {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

const FOLDER = 'node_modules/';

export function readManifest(root: string): Manifest {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
}

/** Every package of the lock file, in its order. */
export function readLockFile(root: string): readonly LockedPackage[] {
  const text = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const { packages } = JSON.parse(text) as { readonly packages: Readonly<Record<string, LockEntry>> };
  return Object.entries(packages)
    .filter(([path]) => path !== '')
    .map(([path, entry]) => lockedPackage(path, entry));
}

/** The package that one at `path` gets by a name: the nearest one upwards, as Node resolves it. */
export function resolveFrom(packages: readonly LockedPackage[], path: string, name: string): LockedPackage | undefined {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf(`/${FOLDER}`)))) {
    const nested = folder === '' ? `${FOLDER}${name}` : `${folder}/${FOLDER}${name}`;
    const found = packages.find((one) => one.path === nested);
    if (found !== undefined || folder === '') return found;
  }
}

function lockedPackage(path: string, entry: LockEntry): LockedPackage {
  return {
    path,
    name: entry.name ?? path.slice(path.lastIndexOf(FOLDER) + FOLDER.length),
    version: entry.version ?? '',
    licence: entry.license,
    integrity: entry.integrity,
    isRunTime: entry.dev !== true && entry.devOptional !== true,
    isOptional: entry.optional === true,
    needs: Object.keys(entry.dependencies ?? {}),
  };
}
