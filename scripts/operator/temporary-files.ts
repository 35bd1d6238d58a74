import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const paths = new Set<string>();
// Ctrl-C ends the program in the middle.
process.on('exit', () => paths.forEach(remove));

/** A folder that nobody else can read, gone when the work is done or the program ends. */
export async function withTemporaryFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'octo-sts-'));
  return removedAfter(folder, () => work(folder));
}

/** A file with this text, gone when the work is done or the program ends. */
export async function withTemporaryFile<Result>(
  path: string,
  text: string,
  work: () => Promise<Result>,
): Promise<Result> {
  writeFileSync(path, text);
  return removedAfter(path, work);
}

async function removedAfter<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  paths.add(path);
  try {
    return await work();
  } finally {
    remove(path);
    paths.delete(path);
  }
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true });
}
