import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

/** The root of the clone that a path lies in: the nearest folder above it with `.git`, a folder or a worktree's file. */
export function cloneRoot(path: string): string | undefined {
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

/** Outside of any clone: from the working folder. */
export function pathFromRoot(path: string): string {
  return slashed(relative(cloneRoot(path) ?? process.cwd(), resolve(path)));
}

export function slashed(path: string): string {
  return path.split(sep).join('/');
}
