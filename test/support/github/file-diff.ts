import type { FileEntry, GitObjects, Snapshot } from './git-objects.ts';

export interface ChangedFile {
  readonly filename: string;
  readonly status: 'added' | 'removed' | 'modified' | 'renamed';
  readonly oid: string;
  readonly previousFilename?: string;
  readonly additions: number;
  readonly deletions: number;
}

/** What changed between two snapshots, by path, as GitHub's file lists tell it. */
export function diffSnapshots(objects: GitObjects, before: Snapshot, after: Snapshot): ChangedFile[] {
  const removed = new Map([...before].filter(([path]) => !after.has(path)));
  const changes: ChangedFile[] = [];
  for (const [path, file] of after) {
    const old = before.get(path);
    if (old !== undefined) {
      if (old.oid !== file.oid || old.mode !== file.mode) changes.push(modified(objects, path, old, file));
      continue;
    }
    const source = [...removed].find(([, gone]) => gone.oid === file.oid)?.[0];
    if (source !== undefined) removed.delete(source);
    changes.push(source === undefined ? added(objects, path, file) : renamed(path, source, file));
  }
  for (const [path, file] of removed) {
    const deletions = linesOf(objects, file).length;
    changes.push({ filename: path, status: 'removed', oid: file.oid, additions: 0, deletions });
  }
  return changes.sort((left, right) => (left.filename < right.filename ? -1 : 1));
}

function added(objects: GitObjects, filename: string, file: FileEntry): ChangedFile {
  return { filename, status: 'added', oid: file.oid, additions: linesOf(objects, file).length, deletions: 0 };
}

function renamed(filename: string, previousFilename: string, file: FileEntry): ChangedFile {
  return { filename, previousFilename, status: 'renamed', oid: file.oid, additions: 0, deletions: 0 };
}

function modified(objects: GitObjects, filename: string, old: FileEntry, file: FileEntry): ChangedFile {
  const before = linesOf(objects, old);
  const after = linesOf(objects, file);
  return {
    filename,
    status: 'modified',
    oid: file.oid,
    additions: countMissing(after, before),
    deletions: countMissing(before, after),
  };
}

function linesOf(objects: GitObjects, file: FileEntry): string[] {
  const text = objects.blob(file.oid)?.toString('utf8') ?? '';
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

function countMissing(lines: readonly string[], from: readonly string[]): number {
  const available = new Map<string, number>();
  for (const line of from) available.set(line, (available.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const left = available.get(line) ?? 0;
    available.set(line, left - 1);
    return left <= 0;
  }).length;
}
