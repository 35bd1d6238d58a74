import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { COMPILE_CACHE } from './compile-cache.ts';

export interface CommandResult {
  readonly exitCode: number | null;
  readonly output: string;
  readonly remarks: string;
}

export interface CommandOptions {
  readonly input?: string;
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** The built file; the working tree's unless given. */
  readonly script?: string;
}

const ROOT = new URL('../../', import.meta.url).pathname;

/** Builds the command line as it is published. */
export async function buildCommandLine(): Promise<void> {
  await promisify(execFile)(process.execPath, ['scripts/build-cli.ts'], { cwd: ROOT });
}

/** Runs it in a process of its own, with no environment but what is given. */
export function runCommand(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const { input = '', cwd = ROOT, environment = {}, script = `${ROOT}dist-cli/octo-sts-worker.js` } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], {
      cwd,
      env: { PATH: process.env.PATH, ...COMPILE_CACHE, ...environment },
    });
    let output = '';
    let remarks = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (remarks += chunk.toString()));
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, output, remarks }));
    // A command that needs no input may have ended before this is written.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
