import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKED_VARIABLE } from './checked-variable.ts';
import { plainText } from './plain-text.ts';
import { withTemporaryFolder } from './temporary-files.ts';

/** How a run of wrangler ended. */
export interface WranglerRun {
  readonly exitCode: number;
  /** Standard output as it came: what is stored may be on it. */
  readonly text: string;
  /** The same, and both outputs together, fit for a terminal. */
  readonly stdout: string;
  readonly output: string;
  /** What it wrote to `WRANGLER_OUTPUT_FILE_PATH`, an object a line. */
  readonly records: readonly Readonly<Record<string, unknown>>[];
}

export interface RunOptions {
  /** Standard input; nothing at all unless given. */
  readonly input?: string;
  /** The terminal is handed over, for a login. */
  readonly attached?: boolean;
  /** Of a login that has several. */
  readonly accountId?: string | undefined;
  /** Ends it then, as a failure. */
  readonly timeoutMilliseconds?: number;
  /** The build that wrangler starts may go on to an upload. */
  readonly isChecked?: boolean;
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
export interface Namespace {
  readonly id: string;
  readonly title: string;
}

export type NamespacesResult = { readonly kind: 'listed'; readonly namespaces: readonly Namespace[] } | Failed;
export type StoredTextResult = { readonly kind: 'found'; readonly text: string } | Failed;
export type DeployKind = 'deploy' | 'dry-run' | 'upload';
export type DeployRunResult = { readonly kind: 'deployed'; readonly targets: readonly string[] } | Failed;

/** Another program in wrangler's place: tests put one there. */
const PROGRAM_VARIABLE = 'OCTO_STS_WRANGLER';
const NAMESPACE_ID = /^[0-9a-f]{32}$/;
const MAX_REASON_LINES = 30;
const MAX_OUTPUT_CHARACTERS = 4 * 1024 * 1024;
const LOOK_MILLISECONDS = 60_000;

/** The one place that runs wrangler. Plain enough for Node to run it as it stands. */
export class Wrangler {
  private readonly root: string;
  private readonly environment: Readonly<Record<string, string | undefined>>;
  private readonly command: readonly [string, ...string[]];

  constructor(root: string, environment: Readonly<Record<string, string | undefined>>) {
    this.root = root;
    this.environment = environment;
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

  /** KV namespaces of an account; of the login's only one unless given. */
  async namespaces(accountId?: string): Promise<NamespacesResult> {
    const { exitCode, stdout, output } = await this.look(['kv', 'namespace', 'list'], accountId);
    const list: unknown = exitCode === 0 ? jsonIn(stdout, '[') : undefined;
    if (!Array.isArray(list)) return failure(output);
    const namespaces = list.flatMap((one: unknown) => {
      const { id, title } = (one ?? {}) as { readonly id?: unknown; readonly title?: unknown };
      return typeof id === 'string' && NAMESPACE_ID.test(id) && typeof title === 'string' ? [{ id, title }] : [];
    });
    return { kind: 'listed', namespaces };
  }

  /** What stands under a key of a KV namespace. */
  async storedText(namespaceId: string, key: string, accountId?: string): Promise<StoredTextResult> {
    const args = ['kv', 'key', 'get', key, '--namespace-id', namespaceId, '--remote', '--text'];
    const { exitCode, text, output } = await this.look(args, accountId);
    return exitCode === 0 ? { kind: 'found', text } : failure(output);
  }

  private look(args: readonly string[], accountId: string | undefined): Promise<WranglerRun> {
    return this.run(args, { accountId, timeoutMilliseconds: LOOK_MILLISECONDS });
  }

  /** The value goes over standard input: a command line is seen by every process of the machine. */
  async putSecret(configPath: string, name: string, value: string): Promise<{ readonly kind: 'put' } | Failed> {
    const { exitCode, output } = await this.run(['secret', 'put', name, '--config', configPath], { input: value });
    // Whatever it says: never the secret.
    return exitCode === 0 ? { kind: 'put' } : failure(output.replaceAll(value, '…'));
  }

  /** Deploys, or uploads a version that nobody gets yet. Only what was checked before comes here. */
  async deploy(
    configPath: string,
    options: { readonly how: DeployKind; readonly onLine: (line: string) => void },
  ): Promise<DeployRunResult> {
    const { how } = options;
    const command = how === 'upload' ? ['versions', 'upload'] : ['deploy'];
    const args = [...command, '--config', configPath, ...(how === 'dry-run' ? ['--dry-run'] : [])];
    const { exitCode, output, records } = await this.run(args, { onLine: options.onLine, isChecked: true });
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
      const { exitCode, text, output } = await this.spawn(args, records, options);
      return {
        exitCode,
        text,
        stdout: plainText(text),
        output: plainText(output),
        records: readRecords(records),
      };
    });
  }

  private spawn(
    args: readonly string[],
    records: string,
    { input, attached = false, accountId, timeoutMilliseconds, isChecked = false, onLine }: RunOptions,
  ): Promise<Pick<WranglerRun, 'exitCode' | 'text' | 'output'>> {
    const [program, ...first] = this.command;
    const environment = {
      ...this.environment,
      WRANGLER_OUTPUT_FILE_PATH: records,
      // Its log file would hold the secret otherwise, at the level `debug`.
      WRANGLER_LOG_SANITIZE: 'true',
      ...(accountId === undefined ? {} : { CLOUDFLARE_ACCOUNT_ID: accountId }),
      ...(isChecked ? { [CHECKED_VARIABLE]: '1' } : {}),
      // It asks nothing, and prints nothing about itself.
      ...(attached ? {} : { CI: 'true', WRANGLER_SEND_METRICS: 'false' }),
    };
    return new Promise((resolve) => {
      const child = spawn(program, [...first, ...args], {
        cwd: this.root,
        env: environment,
        stdio: attached ? 'inherit' : 'pipe',
        ...(timeoutMilliseconds === undefined ? {} : { timeout: timeoutMilliseconds }),
      });
      let text = '';
      let output = '';
      let line = '';
      const take = (chunk: string): void => {
        if (output.length < MAX_OUTPUT_CHARACTERS) output += chunk;
        const lines = `${line}${chunk}`.split('\n');
        line = lines.pop() ?? '';
        for (const one of lines) onLine?.(plainText(one));
      };
      child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
        if (text.length < MAX_OUTPUT_CHARACTERS) text += chunk;
        take(chunk);
      });
      child.stderr?.setEncoding('utf8').on('data', take);
      // It may end before it has read everything.
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(input ?? '');
      child.on('error', (error) =>
        resolve({ exitCode: -1, text, output: `${program} can't be started: ${error.message}` }),
      );
      child.on('close', (exitCode) => {
        if (line !== '') onLine?.(plainText(line));
        resolve({ exitCode: exitCode ?? -1, text, output });
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
