import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { plainText } from './plain-text.ts';
import { withTemporaryFolder } from './temporary-files.ts';

/** How a run of wrangler ended. */
export interface WranglerRun {
  readonly exitCode: number;
  readonly stdout: string;
  /** Standard output and error, as they came. */
  readonly output: string;
  /** What it wrote to `WRANGLER_OUTPUT_FILE_PATH`, an object a line. */
  readonly records: readonly Readonly<Record<string, unknown>>[];
}

export interface RunOptions {
  /** Standard input; nothing at all unless given. */
  readonly input?: string;
  /** The terminal is handed over, for a login. */
  readonly attached?: boolean;
  /** Each line as it comes. */
  readonly onLine?: (line: string) => void;
}

export interface Account {
  readonly id: string;
  readonly name: string;
}

/** Why wrangler failed, in its own words. */
export interface Failed {
  readonly kind: 'failed';
  readonly reason: string;
}

export type AccountsResult =
  { readonly kind: 'logged-in'; readonly accounts: readonly Account[] } | { readonly kind: 'logged-out' } | Failed;
export type SecretNamesResult =
  { readonly kind: 'listed'; readonly names: readonly string[] } | { readonly kind: 'no-worker' } | Failed;
export type DeployKind = 'deploy' | 'dry-run' | 'upload';
export type DeployRunResult = { readonly kind: 'deployed'; readonly targets: readonly string[] } | Failed;

/** Another program in wrangler's place: tests put one there. */
const PROGRAM_VARIABLE = 'OCTO_STS_WRANGLER';
const MAX_REASON_LINES = 30;

/** The one place that runs wrangler. */
export class Wrangler {
  private readonly command: readonly [string, ...string[]];

  constructor(
    private readonly root: string,
    private readonly environment: Readonly<Record<string, string | undefined>>,
  ) {
    const program = environment[PROGRAM_VARIABLE];
    this.command =
      program === undefined || program === ''
        ? [process.execPath, join(root, 'node_modules/wrangler/bin/wrangler.js')]
        : [program];
  }

  async accounts(): Promise<AccountsResult> {
    const { exitCode, stdout, output } = await this.run(['whoami', '--json']);
    const answer = jsonIn(stdout, '{');
    if (answer?.loggedIn === false) return { kind: 'logged-out' };
    if (exitCode !== 0 || answer?.loggedIn !== true || !Array.isArray(answer.accounts)) return failure(output);
    return { kind: 'logged-in', accounts: answer.accounts.flatMap(accountOf) };
  }

  /** Opens a browser, and asks in the terminal. */
  async login(): Promise<boolean> {
    return (await this.run(['login'], { attached: true })).exitCode === 0;
  }

  async secretNames(configPath: string): Promise<SecretNamesResult> {
    const { exitCode, stdout, output, records } = await this.run(['secret', 'list', '--config', configPath]);
    if (exitCode !== 0) {
      const isNew = /\bWorker "[^"\n]*"[^\n]* not found/.test(`${output}\n${failureMessage(records)}`);
      return isNew ? { kind: 'no-worker' } : failure(output);
    }
    const list = jsonIn(stdout, '[');
    if (!Array.isArray(list)) return failure(output);
    const names = list.flatMap((one: unknown) => {
      const name = (one as { readonly name?: unknown } | null)?.name;
      return typeof name === 'string' ? [name] : [];
    });
    return { kind: 'listed', names };
  }

  /** The value goes over standard input: a command line is seen by every process of the machine. */
  async putSecret(configPath: string, name: string, value: string): Promise<{ readonly kind: 'put' } | Failed> {
    const { exitCode, output } = await this.run(['secret', 'put', name, '--config', configPath], { input: value });
    // Whatever it says: never the secret.
    return exitCode === 0 ? { kind: 'put' } : failure(output.replaceAll(value, '…'));
  }

  /** Deploys, or uploads a version that nobody gets yet. */
  async deploy(
    configPath: string,
    options: { readonly how: DeployKind; readonly onLine: (line: string) => void },
  ): Promise<DeployRunResult> {
    const { how } = options;
    const command = how === 'upload' ? ['versions', 'upload'] : ['deploy'];
    const args = [...command, '--config', configPath, ...(how === 'dry-run' ? ['--dry-run'] : [])];
    const { exitCode, output, records } = await this.run(args, { onLine: options.onLine });
    if (exitCode !== 0) return failure(output);
    const targets = records.find(({ type }) => type === 'deploy')?.targets;
    return {
      kind: 'deployed',
      targets: Array.isArray(targets) ? targets.filter((one) => typeof one === 'string') : [],
    };
  }

  private async run(args: readonly string[], options: RunOptions = {}): Promise<WranglerRun> {
    return withTemporaryFolder(async (folder) => {
      const records = join(folder, 'records');
      const { exitCode, stdout, output } = await this.spawn(args, records, options);
      return { exitCode, stdout: plainText(stdout), output: plainText(output), records: readRecords(records) };
    });
  }

  private spawn(
    args: readonly string[],
    records: string,
    { input, attached = false, onLine }: RunOptions,
  ): Promise<Omit<WranglerRun, 'records'>> {
    const [program, ...first] = this.command;
    const environment = {
      ...this.environment,
      WRANGLER_OUTPUT_FILE_PATH: records,
      // Its log file would hold the secret otherwise, at the level `debug`.
      WRANGLER_LOG_SANITIZE: 'true',
    };
    return new Promise((resolve) => {
      const child = spawn(program, [...first, ...args], {
        cwd: this.root,
        env: environment,
        stdio: attached ? 'inherit' : 'pipe',
      });
      let stdout = '';
      let output = '';
      let line = '';
      const take = (chunk: string): void => {
        output += chunk;
        const lines = `${line}${chunk}`.split('\n');
        line = lines.pop() ?? '';
        for (const one of lines) onLine?.(plainText(one));
      };
      child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
        stdout += chunk;
        take(chunk);
      });
      child.stderr?.setEncoding('utf8').on('data', take);
      // It may end before it has read everything.
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(input ?? '');
      child.on('error', (error) =>
        resolve({ exitCode: -1, stdout, output: `${program} can't be started: ${error.message}` }),
      );
      child.on('close', (exitCode) => {
        if (line !== '') onLine?.(plainText(line));
        resolve({ exitCode: exitCode ?? -1, stdout, output });
      });
    });
  }
}

function failure(output: string): Failed {
  const lines = output.split('\n').map((line) => line.trimEnd());
  const told = lines.filter((line) => line.trim() !== '' && !line.startsWith('🪵'));
  return {
    kind: 'failed',
    reason: told.length === 0 ? 'wrangler ended without a word' : told.slice(-MAX_REASON_LINES).join('\n'),
  };
}

function failureMessage(records: WranglerRun['records']): string {
  const message = records.find(({ type }) => type === 'command-failed')?.message;
  return typeof message === 'string' ? message : '';
}

function readRecords(path: string): WranglerRun['records'] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    try {
      const record = JSON.parse(line) as unknown;
      return isRecord(record) ? [record] : [];
    } catch {
      return [];
    }
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** The JSON that a command prints, which warnings may stand before. */
function jsonIn(output: string, opening: '{' | '['): Readonly<Record<string, unknown>> | undefined {
  for (let at = output.indexOf(opening); at >= 0; at = output.indexOf(opening, at + 1)) {
    try {
      return JSON.parse(output.slice(at)) as Readonly<Record<string, unknown>>;
    } catch {
      // A bracket in a warning.
    }
  }
  return undefined;
}

function accountOf(value: unknown): readonly Account[] {
  const { id, name } = (value ?? {}) as { readonly id?: unknown; readonly name?: unknown };
  return typeof id === 'string' && typeof name === 'string' ? [{ id, name: plainText(name) }] : [];
}
