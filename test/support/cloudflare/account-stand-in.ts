import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { join } from 'node:path';
import { isJsonObject, parseJson } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { LoopbackServer, readBody, sendJson } from '../loopback-server.ts';
import { RunningWorker } from '../running-worker.ts';

/** One run of wrangler, as the stand-in's process saw it. */
export interface WranglerCall {
  readonly args: readonly string[];
  readonly input: string;
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly config?: string;
}

interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Lines of `WRANGLER_OUTPUT_FILE_PATH`. */
  readonly outputs: readonly JsonObject[];
}

interface DeployedWorker {
  readonly secrets: Map<string, string>;
  variables: Readonly<Record<string, string>>;
  deployments: number;
  /** Versions that nobody gets yet. */
  uploads: number;
}

/** A failure in wrangler's place, before or after the command did its work. */
export interface WranglerFault {
  /** The command's words: `deploy`, `secret put`. */
  readonly command: string;
  readonly stderr: string;
  readonly times: number;
  /** Whether the work is done nevertheless, so that only the answer is lost. */
  readonly afterwards?: boolean;
}

const EMPTY: Outcome = { exitCode: 0, stdout: '', stderr: '', outputs: [] };
const ACCOUNT = { id: '0123456789abcdef0123456789abcdef', name: "acme's account" };

/**
 * A Cloudflare account as `wrangler` 4.153 shows it (its messages are wrangler's own). What is deployed, the bundle of `dist/`, runs in
 * workerd on this machine once it is asked something. A command, option or configuration that wrangler would not take is a violation.
 */
export class AccountStandIn {
  isLoggedIn = true;
  accounts: { readonly id: string; readonly name: string }[] = [ACCOUNT];
  readonly calls: WranglerCall[] = [];
  readonly violations: string[] = [];
  readonly workers = new Map<string, DeployedWorker>();
  readonly faults: WranglerFault[] = [];
  readonly #server: LoopbackServer;
  readonly #running = new Map<string, Promise<RunningWorker>>();
  /** Where each Worker is served, for as long as the account lives. */
  readonly #addresses = new Map<string, Server>();

  private constructor(server: LoopbackServer) {
    this.#server = server;
    server.serve(async (request, response) => {
      const call = JSON.parse((await readBody(request)).toString('utf8')) as WranglerCall;
      this.calls.push(call);
      sendJson(response, 200, await this.#answer(call));
    });
  }

  static async start(): Promise<AccountStandIn> {
    return new AccountStandIn(await LoopbackServer.listen());
  }

  /** What makes the operator's commands run the stand-in. */
  get environment(): Readonly<Record<string, string>> {
    return {
      OCTO_STS_WRANGLER: new URL('wrangler-stand-in.mjs', import.meta.url).pathname,
      STAND_IN_ACCOUNT: this.#server.origin,
    };
  }

  /** The runs of one command, such as `secret put`. */
  callsOf(command: string): readonly WranglerCall[] {
    return this.calls.filter(({ args }) => commandOf(args) === command);
  }

  /** Of the isolate that runs since the last deployment, once somebody has asked it something. */
  async logOf(worker: string): Promise<readonly string[]> {
    return (await this.#running.get(worker))?.log ?? [];
  }

  /** What the cron trigger of a Worker does. */
  async runScheduled(worker: string): Promise<void> {
    await (await this.#started(worker)).runScheduled();
  }

  /** What stands in a Worker's KV. */
  async stored(worker: string, key: string): Promise<string> {
    return (await (await this.#running.get(worker))?.kvEntries())?.get(key) ?? '';
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((name) => this.#stop(name)));
    await Promise.all([...this.#addresses.values()].map((address) => new Promise((end) => address.close(end))));
    await this.#server.close();
  }

  async #answer(call: WranglerCall): Promise<Outcome> {
    const command = commandOf(call.args);
    const index = this.faults.findIndex((one) => one.command === command && one.times > 0);
    const fault = this.faults[index];
    if (fault !== undefined) this.faults[index] = { ...fault, times: fault.times - 1 };
    if (fault !== undefined && fault.afterwards !== true) return failed(fault.stderr);
    const outcome = await this.#run(command, call);
    return fault === undefined ? outcome : failed(fault.stderr);
  }

  async #run(command: string, call: WranglerCall): Promise<Outcome> {
    switch (command) {
      case 'whoami':
        return this.#whoami(call);
      case 'secret list':
        return this.#authorized(call, (name) => this.#listSecrets(name));
      case 'secret put':
        return this.#authorized(call, (name) => this.#putSecret(name, call));
      case 'deploy':
      case 'versions upload':
        return this.#authorized(call, (name, config) => this.#deploy(name, config, call));
      case 'kv namespace list':
        return this.#listNamespaces();
      case 'kv key get':
        return this.#getKey(call);
      default:
        return this.#violated(`wrangler ${call.args.join(' ')}`);
    }
  }

  #whoami({ args }: WranglerCall): Outcome {
    if (args.join(' ') !== 'whoami --json') return this.#violated(`wrangler ${args.join(' ')}`);
    if (!this.isLoggedIn) return { ...EMPTY, exitCode: 1, stdout: '{"loggedIn":false}\n' };
    const answer = { loggedIn: true, authType: 'OAuth Token', email: 'ops@acme.test', accounts: this.accounts };
    return { ...EMPTY, stdout: `${JSON.stringify(answer, null, 2)}\n` };
  }

  async #authorized(
    call: WranglerCall,
    work: (name: string, config: JsonObject) => Outcome | Promise<Outcome>,
  ): Promise<Outcome> {
    const named = call.args.at(-2) === '--name' ? call.args.at(-1) : undefined;
    const config = named === undefined ? parseJson(call.config ?? '') : { name: named };
    if (!isJsonObject(config)) return this.#violated('the configuration is no JSON object');
    const isDryRun = call.args.includes('--dry-run');
    if (!this.isLoggedIn && !isDryRun) {
      return failed(
        "In a non-interactive environment, it's necessary to set a CLOUDFLARE_API_TOKEN environment variable for wrangler to work.",
      );
    }
    if (this.accounts.length > 1 && typeof config.account_id !== 'string') {
      return failed('More than one account available but unable to select one in non-interactive mode.');
    }
    if (typeof config.name !== 'string') return this.#violated('the configuration has no name');
    return work(config.name, config);
  }

  #listNamespaces(): Outcome {
    if (!this.isLoggedIn) return failed('You are not logged in.');
    const list = [...this.workers.keys()].map((name) => ({ id: namespaceId(name), title: `${name}-octo-sts-kv` }));
    return { ...EMPTY, stdout: `${JSON.stringify(list, null, 2)}\n` };
  }

  async #getKey({ args }: WranglerCall): Promise<Outcome> {
    const [, , , key = '', ...rest] = args;
    const [option, id, ...flags] = rest;
    if (option !== '--namespace-id' || flags.join(' ') !== '--remote --text') {
      return this.#violated(`wrangler ${args.join(' ')}`);
    }
    const name = [...this.workers.keys()].find((one) => namespaceId(one) === id);
    const value = name === undefined ? undefined : (await (await this.#running.get(name))?.kvEntries())?.get(key);
    return value === undefined ? failed('Value not found') : { ...EMPTY, stdout: value };
  }

  #listSecrets(name: string): Outcome {
    const worker = this.workers.get(name);
    if (worker === undefined) {
      const message = `Worker "${name}" not found.\n\nIf this is a new Worker, run \`wrangler deploy\` first to create it.`;
      return failed(message);
    }
    const list = [...worker.secrets.keys()].map((secret) => ({ name: secret, type: 'secret_text' }));
    return { ...EMPTY, stdout: `${JSON.stringify(list, null, 2)}\n` };
  }

  async #putSecret(name: string, { args, input }: WranglerCall): Promise<Outcome> {
    const [, , secret, ...rest] = args;
    if (secret === undefined || rest.length !== 2) return this.#violated(`wrangler ${args.join(' ')}`);
    // wrangler makes a draft of a Worker that is not there.
    const worker = this.#worker(name);
    if (worker.variables[secret] !== undefined) {
      return failed(
        `Binding name '${secret}' already in use. Please use a different name and try again. [code: 10053]`,
      );
    }
    worker.secrets.set(secret, input.trimEnd());
    await this.#stop(name);
    return {
      ...EMPTY,
      stdout: `🌀 Creating the secret for the Worker "${name}"\n✨ Success! Uploaded secret ${secret}\n`,
    };
  }

  async #deploy(name: string, config: JsonObject, { args, cwd }: WranglerCall): Promise<Outcome> {
    const known = ['deploy', 'versions', 'upload', '--config', '--dry-run'];
    const unknown = args.filter((arg, index) => !known.includes(arg) && args[index - 1] !== '--config');
    if (unknown.length > 0) return this.#violated(`wrangler deploy does not know ${unknown.join(' ')}`);
    if (typeof config.main !== 'string' || !existsSync(join(cwd, config.main))) {
      return this.#violated('the entry-point file was not found');
    }
    if (config.keep_vars !== false) return this.#violated('variables that are gone from the files would be kept');
    if (!storeWithoutPlaceholder(config)) return this.#violated('the KV namespace has an id that is none');
    if (args.includes('--dry-run')) return { ...EMPTY, stdout: '--dry-run: exiting now.\n' };
    if (args[0] === 'versions') return this.#upload(name);
    const worker = this.#worker(name);
    worker.variables = textsOf(config.vars);
    worker.deployments += 1;
    await this.#stop(name);
    const target = `http://127.0.0.1:${await this.#port(name)}`;
    const record = { type: 'deploy', version: 1, worker_name: name, targets: [target], version_id: 'version' };
    return {
      ...EMPTY,
      stdout: `Uploaded ${name} (1.00 sec)\nDeployed ${name} triggers (0.50 sec)\n  ${target}\n`,
      outputs: [record],
    };
  }

  #upload(name: string): Outcome {
    const worker = this.workers.get(name);
    // wrangler can't upload a version of what was never deployed.
    if (worker === undefined) return failed('This Worker does not exist on your account. [code: 10007]');
    worker.uploads += 1;
    return { ...EMPTY, stdout: `Uploaded ${name} (1.00 sec)\nWorker Version ID: version\n` };
  }

  #worker(name: string): DeployedWorker {
    const present = this.workers.get(name);
    if (present !== undefined) return present;
    const made: DeployedWorker = { secrets: new Map(), variables: {}, deployments: 0, uploads: 0 };
    this.workers.set(name, made);
    return made;
  }

  /** As on Cloudflare a changed secret or setting is a new version of the Worker, and an isolate starts with the first request. */
  async #stop(name: string): Promise<void> {
    const running = this.#running.get(name);
    this.#running.delete(name);
    await (await running)?.close();
  }

  #started(name: string): Promise<RunningWorker> {
    const present = this.#running.get(name);
    if (present !== undefined) return present;
    const { variables, secrets } = this.#worker(name);
    const started = RunningWorker.start({ bindings: { ...variables, ...Object.fromEntries(secrets) } });
    this.#running.set(name, started);
    return started;
  }

  async #port(name: string): Promise<number> {
    const present = this.#addresses.get(name);
    const address = present ?? createServer((client) => this.#serve(name, client));
    this.#addresses.set(name, address);
    if (present === undefined) await once(address.listen(0, '127.0.0.1'), 'listening');
    return (address.address() as AddressInfo).port;
  }

  #serve(name: string, client: Socket): void {
    client.on('error', () => client.destroy());
    this.#started(name).then(
      ({ url }) => forward(client, Number(new URL(url).port)),
      (error: unknown) => {
        this.#violated(`${name} does not start: ${String(error)}`);
        client.destroy();
      },
    );
  }

  #violated(message: string): Outcome {
    this.violations.push(message);
    return failed(message);
  }
}

/** To the server at this port of this machine, for as long as both ends live. */
function forward(client: Socket, port: number): void {
  const server = connect(port, '127.0.0.1');
  server.on('error', () => client.destroy()).on('close', () => client.destroy());
  client.on('close', () => server.destroy());
  client.pipe(server).pipe(client);
}

/** The words that name it: `deploy`, `secret put`, `kv key get`. */
function commandOf(args: readonly string[]): string {
  const words = WORDS[args[0] ?? ''] ?? 1;
  return args.slice(0, words).join(' ');
}

const WORDS: Readonly<Record<string, number>> = { secret: 2, versions: 2, kv: 3 };

function namespaceId(worker: string): string {
  return createHash('sha256').update(worker).digest('hex').slice(0, 32);
}

/** As wrangler prints it, colours and all. */
function failed(message: string): Outcome {
  return {
    ...EMPTY,
    exitCode: 1,
    stderr: `\n\u001B[31m✘ \u001B[41;31m[\u001B[41;97mERROR\u001B[41;31m]\u001B[0m \u001B[1m${message}\u001B[0m\n\n`,
    outputs: [{ type: 'command-failed', version: 1, message }],
  };
}

function storeWithoutPlaceholder(config: JsonObject): boolean {
  const namespaces = Array.isArray(config.kv_namespaces) ? config.kv_namespaces : [];
  return namespaces.some((one) => isJsonObject(one) && one.binding === 'OCTO_STS_KV' && isIdOrNone(one.id));
}

function isIdOrNone(id: Json | undefined): boolean {
  return id === undefined || (typeof id === 'string' && /^(?!0+$)[0-9a-f]{32}$/.test(id));
}

function textsOf(variables: Json | undefined): Readonly<Record<string, string>> {
  if (!isJsonObject(variables)) return {};
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => (typeof value === 'object' ? [] : [[name, String(value)]])),
  );
}
