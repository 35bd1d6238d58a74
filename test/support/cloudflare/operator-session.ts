import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noteExposure } from '../canary.ts';
import { COMPILE_CACHE } from '../compile-cache.ts';
import { GitHubEmulator } from '../github/emulator.ts';
import { AccountStandIn } from './account-stand-in.ts';

export interface CommandEnd {
  readonly exitCode: number | null;
  /** Standard output and error, as they came. */
  readonly output: string;
}

export interface CommandOptions {
  /** Sends Ctrl-C once the output holds this text. */
  readonly interruptAt?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

const ROOT = new URL('../../../', import.meta.url).pathname;
let sessions = 0;

/** The operator's commands as processes, against a stand-in for wrangler and the local GitHub, with a browser before both. */
export class OperatorSession {
  readonly account: AccountStandIn;
  readonly github: GitHubEmulator;
  /** A deployment that no other session has. */
  readonly deployment: string;
  readonly folder = mkdtempSync(join(tmpdir(), 'operator-session-'));

  private constructor(account: AccountStandIn, github: GitHubEmulator) {
    this.account = account;
    this.github = github;
    sessions += 1;
    this.deployment = `test-${process.pid}-${sessions}`;
  }

  /** With the organization `acme`, its repository `app`, and the user `octocat`, who is signed in. */
  static async start(): Promise<OperatorSession> {
    const github = await GitHubEmulator.start();
    github.world.addUser('octocat');
    const owner = github.world.addOrganization('acme');
    github.world.addRepository({ owner, name: 'app', files: { 'README.md': '# app\n' } });
    return new OperatorSession(await AccountStandIn.start(), github);
  }

  get deploymentPath(): string {
    return join(ROOT, 'deployments', `${this.deployment}.toml`);
  }

  get deploymentText(): string | undefined {
    return existsSync(this.deploymentPath) ? readFileSync(this.deploymentPath, 'utf8') : undefined;
  }

  writeDeployment(text: string): void {
    writeFileSync(this.deploymentPath, text);
  }

  /** What the browser's pages said. */
  get pages(): readonly string[] {
    const path = join(this.folder, 'browser.log');
    return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  }

  /** Whether the merged file of a deployment was left behind. */
  get hasLeftovers(): boolean {
    return existsSync(join(ROOT, `.deployment-${this.deployment}.json`));
  }

  /** `npm run setup -- …`, with nobody to ask. */
  setup(args: readonly string[] = [], options: CommandOptions = {}): Promise<CommandEnd> {
    const github = [
      '--github',
      this.github.url,
      '--organization',
      'acme',
      '--app-name',
      'acme-sts',
      '--preset',
      'review',
    ];
    return this.run(['setup', '--deployment', this.deployment, '--yes', ...github, ...args], options);
  }

  /** A call of wrangler by the operator, with this on its standard input. */
  async wrangler(args: readonly string[], input: string): Promise<number | null> {
    const { OCTO_STS_WRANGLER: program = '', ...environment } = this.account.environment;
    const child = spawn(program, args, {
      env: { PATH: process.env.PATH, ...COMPILE_CACHE, ...environment },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.stdin.end(input);
    return new Promise((resolve) => child.on('close', resolve));
  }

  async run(args: readonly string[], { interruptAt, environment = {} }: CommandOptions = {}): Promise<CommandEnd> {
    const child = spawn(process.execPath, ['--no-warnings', 'scripts/run-operator.ts', ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, as a terminal's Ctrl-C reaches all of it.
      detached: true,
      env: {
        PATH: process.env.PATH,
        ...COMPILE_CACHE,
        ...this.account.environment,
        BROWSER: new URL('browser-stand-in.mjs', import.meta.url).pathname,
        STAND_IN_BROWSER_LOG: join(this.folder, 'browser.log'),
        ...environment,
      },
    });
    let output = '';
    let isInterrupted = false;
    const take = (chunk: string): void => {
      output += chunk;
      if (interruptAt === undefined || isInterrupted || !output.includes(interruptAt)) return;
      isInterrupted = true;
      process.kill(-(child.pid ?? 0), 'SIGINT');
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
    this.#expose(args, output);
    return { exitCode, output };
  }

  async close(): Promise<void> {
    rmSync(this.deploymentPath, { force: true });
    rmSync(this.folder, { recursive: true, force: true });
    await Promise.all([this.account.close(), this.github.close()]);
  }

  /** Everything that others may read: no secret may stand in it. */
  #expose(args: readonly string[], output: string): void {
    noteExposure(`the output of ${args[0] ?? ''}`, output);
    noteExposure('the deployment’s file', this.deploymentText ?? '');
    for (const call of this.account.calls) noteExposure('wrangler’s command line', call.args.join(' '));
    for (const call of this.account.calls) noteExposure('wrangler’s configuration', call.config ?? '');
  }
}
