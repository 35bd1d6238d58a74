import { createHash } from 'node:crypto';

export type FileMode = '100644' | '100755' | '120000';

export interface TreeEntry {
  readonly name: string;
  readonly mode: FileMode | '040000';
  readonly type: 'blob' | 'tree';
  readonly oid: string;
}

export interface FileEntry {
  readonly mode: FileMode;
  readonly oid: string;
}

export interface Signature {
  readonly name: string;
  readonly email: string;
  /** Seconds since the epoch, as git keeps it. */
  readonly at: number;
}

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly author: Signature;
}

/** `null` deletes the file. */
export type FileContent = string | Buffer | { readonly content: string | Buffer; readonly mode: FileMode } | null;
export type FileChanges = Readonly<Record<string, FileContent>>;
export type Snapshot = ReadonlyMap<string, FileEntry>;

export const NO_COMMIT = '0'.repeat(40);

/** A symbolic link, as git keeps one: a blob that holds the target. */
export function symlink(target: string): { content: string; mode: FileMode } {
  return { content: target, mode: '120000' };
}

/** Git's object database: real object names, so a folder's oid changes exactly when its content does. */
export class GitObjects {
  readonly #blobs = new Map<string, Buffer>();
  readonly #trees = new Map<string, readonly TreeEntry[]>();
  readonly #commits = new Map<string, Commit>();

  writeBlob(content: string | Buffer): string {
    const bytes = Buffer.from(content);
    const oid = hashObject('blob', bytes);
    this.#blobs.set(oid, bytes);
    return oid;
  }

  writeTree(files: Snapshot): string {
    const entries: TreeEntry[] = [];
    const folders = new Map<string, Map<string, FileEntry>>();
    for (const [path, file] of files) {
      const slash = path.indexOf('/');
      if (slash < 0) {
        entries.push({ name: path, mode: file.mode, type: 'blob', oid: file.oid });
        continue;
      }
      const folder = path.slice(0, slash);
      const inside = folders.get(folder) ?? new Map<string, FileEntry>();
      folders.set(folder, inside.set(path.slice(slash + 1), file));
    }
    for (const [name, inside] of folders) {
      entries.push({ name, mode: '040000', type: 'tree', oid: this.writeTree(inside) });
    }
    entries.sort(byGitOrder);
    const oid = hashObject('tree', Buffer.concat(entries.map(encodeTreeEntry)));
    this.#trees.set(oid, entries);
    return oid;
  }

  writeCommit(commit: Omit<Commit, 'sha'>): Commit {
    const who = `${commit.author.name} <${commit.author.email}> ${commit.author.at} +0000`;
    const lines = [
      `tree ${commit.tree}`,
      ...commit.parents.map((parent) => `parent ${parent}`),
      `author ${who}`,
      `committer ${who}`,
      '',
      commit.message,
    ];
    const written = { ...commit, sha: hashObject('commit', Buffer.from(lines.join('\n'))) };
    this.#commits.set(written.sha, written);
    return written;
  }

  blob(oid: string): Buffer | undefined {
    return this.#blobs.get(oid);
  }

  tree(oid: string): readonly TreeEntry[] | undefined {
    return this.#trees.get(oid);
  }

  commit(sha: string): Commit | undefined {
    return this.#commits.get(sha);
  }

  existingCommit(sha: string): Commit {
    const commit = this.#commits.get(sha);
    if (commit === undefined) throw new Error(`there is no commit ${sha}`);
    return commit;
  }

  /** What a path names in a tree; the root itself for an empty path. */
  entryAt(tree: string, path: string): TreeEntry | undefined {
    let found: TreeEntry | undefined = { name: '', mode: '040000', type: 'tree', oid: tree };
    for (const part of path.split('/').filter((one) => one !== '')) {
      found = this.#trees.get(found.oid)?.find((entry) => entry.name === part);
      if (found === undefined) return undefined;
    }
    return found;
  }

  filesOf(tree: string, prefix = ''): Map<string, FileEntry> {
    const files = new Map<string, FileEntry>();
    for (const entry of this.#trees.get(tree) ?? []) {
      const path = prefix + entry.name;
      if (entry.mode === '040000') {
        for (const [inner, file] of this.filesOf(entry.oid, `${path}/`)) files.set(inner, file);
      } else {
        files.set(path, { mode: entry.mode, oid: entry.oid });
      }
    }
    return files;
  }

  applyChanges(base: Snapshot, changes: FileChanges): Map<string, FileEntry> {
    const files = new Map(base);
    for (const [path, change] of Object.entries(changes)) {
      if (change === null) {
        files.delete(path);
        continue;
      }
      const plain = typeof change === 'string' || change instanceof Uint8Array;
      const content = plain ? change : change.content;
      files.set(path, { mode: plain ? '100644' : change.mode, oid: this.writeBlob(content) });
    }
    return files;
  }

  /** The commit itself and everything before it, nearest first. */
  ancestry(sha: string): string[] {
    const seen = new Set<string>();
    const queue = [sha];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (seen.has(next)) continue;
      seen.add(next);
      queue.push(...(this.#commits.get(next)?.parents ?? []));
    }
    return [...seen];
  }

  mergeBase(left: string, right: string): string | undefined {
    const known = new Set(this.ancestry(left));
    return this.ancestry(right).find((sha) => known.has(sha));
  }
}

function hashObject(type: string, content: Buffer): string {
  return createHash('sha1').update(`${type} ${content.length}\0`).update(content).digest('hex');
}

function encodeTreeEntry(entry: TreeEntry): Buffer {
  const mode = entry.mode.replace(/^0/, '');
  return Buffer.concat([Buffer.from(`${mode} ${entry.name}\0`), Buffer.from(entry.oid, 'hex')]);
}

/** Git sorts a folder as if its name ended in a slash. */
function byGitOrder(left: TreeEntry, right: TreeEntry): number {
  const key = (entry: TreeEntry): Buffer => Buffer.from(entry.type === 'tree' ? `${entry.name}/` : entry.name);
  return Buffer.compare(key(left), key(right));
}
