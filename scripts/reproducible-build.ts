/**
 * `npm run build:reproducible`: builds the last commit twice, in two folders and two surroundings, and compares the
 * bundles byte for byte. Each folder holds the commit's files and the run-time packages, and nothing else: what the
 * bundle is made of is what docs/dependencies.md lists.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLockFile } from './supply-chain/lock-file.ts';

const root = join(import.meta.dirname, '..');
const WRANGLER = join(root, 'node_modules/wrangler/bin/wrangler.js');
const FILES = ['worker.js', 'worker.js.map'];
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
  const [first = [], second = []] = SURROUNDINGS.map(({ folder, ...env }) =>
    hashesOf(build(join(workspace, folder), archive, env)),
  );
  FILES.forEach((file, at) => {
    console.log(`${file} ${String(first[at])} ${first[at] === second[at] ? 'twice the same' : 'DIFFERS'}`);
  });
  console.log(`commit ${commit}`);
  if (first.join() !== second.join()) process.exitCode = 1;
} finally {
  rmSync(workspace, { recursive: true });
}

function build(folder: string, archive: string, surroundings: Readonly<Record<string, string>>): string {
  mkdirSync(folder, { recursive: true });
  execFileSync('tar', ['-xf', archive, '-C', folder]);
  for (const { path, isRunTime } of readLockFile(folder)) {
    if (isRunTime) cpSync(join(root, path), join(folder, path), { recursive: true });
  }
  const env = { ...process.env, ...surroundings, HOME: folder, TMPDIR: folder, WRANGLER_SEND_METRICS: 'false' };
  const run = (...args: readonly string[]): void => {
    execFileSync(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  };
  run(WRANGLER, 'deploy', '--dry-run', '--outdir', 'dist');
  run('scripts/portable-source-map.ts');
  return join(folder, 'dist');
}

function hashesOf(folder: string): readonly string[] {
  return FILES.map((file) =>
    createHash('sha256')
      .update(readFileSync(join(folder, file)))
      .digest('hex'),
  );
}
