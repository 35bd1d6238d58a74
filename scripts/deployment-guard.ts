/**
 * Part of the build that wrangler runs (`wrangler.toml`, `[build]`). Ends it where the shared file alone would go to
 * Cloudflare, by `wrangler deploy` or `wrangler versions upload`: the Worker would lose the bindings and routes of its
 * deployment's file, and nothing would have been checked. `npm run deploy -- NAME` says that it has checked, Cloudflare's own
 * build (its deploy button) has no other file, and a dry run uploads nothing.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { CHECKED_VARIABLE } from './operator/checked-variable.ts';

/** Of wrangler's commands that build, those that upload nothing. It names the command (`WRANGLER_COMMAND`). */
const LOCAL_COMMANDS: readonly string[] = ['dev', 'types'];
/** wrangler's process, the shell that it starts, npm, and npm's shell; and one or two more. */
const MAX_ANCESTORS = 6;
const HELP = `wrangler.toml alone is not deployed: what a deployment has of its own stands in deployments/NAME.toml.

  npm run deploy -- NAME     lays that file over wrangler.toml, checks both and the secrets, and deploys
  npm run setup              makes the first one

docs/operations.md says the rest.`;

const { WRANGLER_COMMAND: command, WORKERS_CI: isCloudflaresBuild, [CHECKED_VARIABLE]: checked } = process.env;
const uploads = command !== undefined && !LOCAL_COMMANDS.includes(command);
if (uploads && isCloudflaresBuild !== '1' && checked !== '1' && !isDryRun()) {
  console.error(HELP);
  process.exitCode = 1;
}

/** Whether wrangler was told to upload nothing: among the processes that led here is one with that option. */
function isDryRun(): boolean {
  let pid = process.ppid;
  for (let step = 0; step < MAX_ANCESTORS && pid > 1; step += 1) {
    const { parent, words } = processOf(pid);
    if (words.some((word) => /^--dry-?run(=true)?$/i.test(word))) return true;
    pid = parent;
  }
  return false;
}

interface Ancestor {
  readonly parent: number;
  readonly words: readonly string[];
}

function processOf(pid: number): Ancestor {
  try {
    return process.platform === 'linux' ? linuxProcess(pid) : posixProcess(pid);
  } catch {
    // There is no way to look (Windows, or the process has ended).
    return { parent: 0, words: [] };
  }
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
