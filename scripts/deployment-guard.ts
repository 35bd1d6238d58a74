/**
 * Part of the build that wrangler runs (`wrangler.toml`, `[build]`). Ends it where the shared file alone would go to
 * Cloudflare, by `wrangler deploy` or `wrangler versions upload`: the Worker would lose the bindings and routes of its
 * deployment's file, and nothing would have been checked. `npm run deploy -- NAME` says that it has checked, Cloudflare's own
 * build (its deploy button) has no other file, and a dry run uploads nothing.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { bareDeploy } from './operator/bare-deploy.ts';

/** wrangler's process, the shell that it starts, npm, and npm's shell; and one or two more. */
const MAX_ANCESTORS = 6;
const HELP = `wrangler.toml alone is not deployed: what a deployment has of its own stands in deployments/NAME.toml.

  npm run deploy -- NAME     lays that file over wrangler.toml, checks both and the secrets, and deploys
  npm run setup              makes the first one

docs/operations.md says the rest.`;

const verdict = bareDeploy(process.env, ancestors);
if (verdict !== 'allowed') console.error(HELP);
if (verdict === 'refused') process.exitCode = 1;

/** @returns nothing where the system does not tell: Windows has no quick way */
function ancestors(): readonly (readonly string[])[] | undefined {
  if (process.platform === 'win32') return undefined;
  const lines: (readonly string[])[] = [];
  let pid = process.ppid;
  try {
    for (let step = 0; step < MAX_ANCESTORS && pid > 1; step += 1) {
      const { parent, words } = process.platform === 'linux' ? linuxProcess(pid) : posixProcess(pid);
      lines.push(words);
      pid = parent;
    }
  } catch {
    // One has ended meanwhile, or may not be looked at.
  }
  return lines.length === 0 ? undefined : lines;
}

interface Ancestor {
  readonly parent: number;
  readonly words: readonly string[];
}

/** proc(5): the name in brackets may hold anything, brackets too. */
function linuxProcess(pid: number): Ancestor {
  const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  const [, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return { parent: Number(parent), words };
}

function posixProcess(pid: number): Ancestor {
  const line = execFileSync('ps', ['-ww', '-o', 'ppid=,command=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  const [parent, ...words] = line.split(/\s+/);
  return { parent: Number(parent), words };
}
