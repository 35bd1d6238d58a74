import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMPILE_CACHE } from './compile-cache.ts';
import { LoopbackServer, sendJson } from './loopback-server.ts';

export interface StepResult {
  readonly exitCode: number | null;
  /** Standard output, as the runner would read it: commands included. */
  readonly output: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  readonly summary: string;
}

const ACTION = new URL('../../action/', import.meta.url).pathname;
const REQUEST_TOKEN = 'request-token-of-the-runner';

/** What a job runs on: environment, files and OIDC endpoint as the real runner gives them to an action. */
export class ActionsRunner {
  /** How often a token was asked for, and for which audience. */
  readonly audiences: string[] = [];
  /** Statuses that the OIDC endpoint answers before it answers with a token. */
  readonly oidcFailures: number[] = [];
  readonly #server: LoopbackServer;
  readonly #sign: (audience: string) => string;

  private constructor(server: LoopbackServer, sign: (audience: string) => string) {
    this.#server = server;
    this.#sign = sign;
    server.serve((request, response) => this.#receive(request, response));
  }

  static async start(sign: (audience: string) => string): Promise<ActionsRunner> {
    return new ActionsRunner(await LoopbackServer.listen(), sign);
  }

  /** What a step of a job with `id-token: write` finds. */
  get environment(): Readonly<Record<string, string>> {
    return {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${this.#server.origin}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: REQUEST_TOKEN,
    };
  }

  /** Runs the file that `action.yml` names for this phase, in a process of its own. */
  async run(
    phase: 'main' | 'post',
    inputs: Readonly<Record<string, string>>,
    state: Readonly<Record<string, string>> = {},
    environment: Readonly<Record<string, string | undefined>> = {},
  ): Promise<StepResult> {
    const folder = mkdtempSync(join(tmpdir(), 'actions-runner-'));
    const files = { GITHUB_OUTPUT: 'output', GITHUB_STATE: 'state', GITHUB_STEP_SUMMARY: 'summary' };
    const paths = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, join(folder, file)]));
    for (const path of Object.values(paths)) writeFileSync(path, '');
    const environmentOfStep = {
      PATH: process.env.PATH,
      ...COMPILE_CACHE,
      ...paths,
      ...this.environment,
      ...prefixed('INPUT_', inputs, true),
      ...prefixed('STATE_', state, false),
      ...environment,
    };
    try {
      const { exitCode, output } = await runScript(entryPoint(phase), environmentOfStep);
      const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
      return {
        exitCode,
        output,
        outputs: named(read('output')),
        state: named(read('state')),
        summary: read('summary'),
      };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  async close(): Promise<void> {
    await this.#server.close();
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.#server.origin);
    const audience = url.searchParams.get('audience') ?? '';
    this.audiences.push(audience);
    const failure = this.oidcFailures.shift();
    if (failure !== undefined) sendJson(response, failure, { message: 'try again' });
    else if (request.headers.authorization !== `Bearer ${REQUEST_TOKEN}`) sendJson(response, 401, {});
    else if (url.searchParams.get('api-version') !== '2.0') sendJson(response, 400, {});
    else sendJson(response, 200, { count: 1, value: this.#sign(audience) });
  }
}

function entryPoint(phase: 'main' | 'post'): string {
  const manifest = readFileSync(join(ACTION, 'action.yml'), 'utf8');
  const file = new RegExp(`^  ${phase}: (\\S+)$`, 'm').exec(manifest)?.[1];
  if (file === undefined) throw new Error(`action.yml names no ${phase}`);
  return join(ACTION, file);
}

function runScript(path: string, env: NodeJS.ProcessEnv): Promise<{ exitCode: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, output }));
  });
}

function prefixed(prefix: string, values: Readonly<Record<string, string>>, upper: boolean): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [prefix + (upper ? name.toUpperCase() : name), value]),
  );
}

/** `NAME<<DELIMITER`, lines, `DELIMITER`. */
function named(text: string): Record<string, string> {
  const entries = text.matchAll(/^([^\n=<]+)<<([^\n]+)\n([\s\S]*?)\n\2$/gm);
  return Object.fromEntries([...entries].map(([, name = '', , value = '']) => [name, value]));
}
