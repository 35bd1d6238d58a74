/**
 * `npm run build:reproducible`: builds the last commit twice, in two folders and two surroundings, and compares the
 * bundles and the page's files byte for byte. Each folder holds the commit's files, the run-time packages and the page's
 * bundler, and nothing else: what the bundles are made of is what docs/dependencies.md lists.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { readLockFile } from './supply-chain/lock-file.ts';

const root = join(import.meta.dirname, '..');
const WRANGLER = join(root, 'node_modules/wrangler/bin/wrangler.js');
const WORKER_FILES = ['dist/worker.js', 'dist/worker.js.map'];
const PAGE_FOLDER = 'dist-page';
const BUNDLER = /^node_modules\/(?:esbuild|@esbuild\/[^/]+)$/;
/** What differs from one machine to the next, and must not show. */
const SURROUNDINGS = [
  { folder: 'a', TZ: 'UTC', LANG: 'C', USER: 'first' },
  { folder: 'another/folder/with/a longer name', TZ: 'Asia/Kathmandu', LANG: 'tr_TR.UTF-8', USER: 'second' },
];

const workspace = mkdtempSync(join(tmpdir(), 'reproducible-'));
try {
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  const archive = join(workspace, 'commit.tar');
  execFileSync('git', ['archive', '--format=tar', `--output=${archive}`, commit], { cwd: root });
  const [first = new Map<string, string>(), second = new Map<string, string>()] = SURROUNDINGS.map(
    ({ folder, ...env }) => hashesOf(build(join(workspace, folder), archive, env)),
  );
  for (const file of new Set([...first.keys(), ...second.keys()])) {
    const isSame = first.get(file) === second.get(file);
    console.log(`${file} ${first.get(file) ?? 'missing'} ${isSame ? 'twice the same' : 'DIFFERS'}`);
    if (!isSame) process.exitCode = 1;
  }
  console.log(`commit ${commit}`);
} finally {
  rmSync(workspace, { recursive: true });
}

function build(folder: string, archive: string, surroundings: Readonly<Record<string, string>>): string {
  mkdirSync(folder, { recursive: true });
  execFileSync('tar', ['-xf', archive, '-C', folder]);
  for (const { path, isRunTime } of readLockFile(folder)) {
    if (isRunTime || (BUNDLER.test(path) && existsSync(join(root, path))))
      cpSync(join(root, path), join(folder, path), { recursive: true });
  }
  const PATH = [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter);
  const env = { ...process.env, ...surroundings, PATH, HOME: folder, TMPDIR: folder, WRANGLER_SEND_METRICS: 'false' };
  const run = (...args: readonly string[]): void => {
    execFileSync(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  };
  run(WRANGLER, 'deploy', '--dry-run', '--outdir', 'dist');
  run('scripts/portable-source-map.ts');
  return folder;
}

function hashesOf(folder: string): ReadonlyMap<string, string> {
  const page = globSync('**', { cwd: join(folder, PAGE_FOLDER), withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .toSorted();
  return new Map([...WORKER_FILES, ...page].map((file) => [file, hashOf(join(folder, file))]));
}

function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
