import { request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { noteExposure, noteSecret, requireNoLeak } from './canary.ts';
import { GitHubEmulator } from './github/emulator.ts';
import type { ActionsTokenOptions } from './github/actions-issuer.ts';
import type { TokenFormat } from './github/access-tokens.ts';
import type { FileChanges } from './github/git-objects.ts';
import type { App, Installation } from './github/world-model.ts';
import { OidcIssuer } from './issuer/oidc-issuer.ts';
import { parseJson } from './json.ts';
import { RunningWorker } from './running-worker.ts';
import type { WorkerOptions } from './running-worker.ts';
import { SEED_APP_ID, seedWorld } from './seed.ts';
import type { Seed } from './seed.ts';

export const STS_DOMAIN = 'sts.example.com';

export interface StackOptions {
  readonly tokenFormat?: TokenFormat;
  /** Over the usual ones, from the addresses of the others; `undefined` takes a setting away. */
  readonly bindings?: (local: { readonly issuer: string; readonly github: string }) => WorkerOptions['bindings'];
  readonly worker?: Omit<Partial<WorkerOptions>, 'bindings'>;
}

export interface Ask {
  readonly method?: string;
  readonly path?: string;
  /** Sent as they are: names may repeat. */
  readonly query?: Readonly<Record<string, string>> | readonly (readonly [string, string])[] | string;
  readonly form?: Readonly<Record<string, string>>;
  readonly token?: string;
  /** A list sends the header that many times. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Of the body; an empty object where it is no JSON object. */
  readonly json: Readonly<Record<string, unknown>>;
}

export interface OwnerOptions {
  readonly installed?: boolean;
  readonly app?: App;
  readonly policyFiles?: FileChanges;
  /** Repositories by name, with the files of their policy folders. */
  readonly repositories?: Readonly<Record<string, FileChanges>>;
}

/** The Worker with its local GitHub and an issuer, as an outsider drives them: over HTTP. */
export class LocalStack {
  readonly emulator: GitHubEmulator;
  readonly issuer: OidcIssuer;
  readonly seed: Seed;
  worker: RunningWorker;
  readonly #options: StackOptions;

  private constructor(
    emulator: GitHubEmulator,
    issuer: OidcIssuer,
    seed: Seed,
    worker: RunningWorker,
    options: StackOptions,
  ) {
    this.emulator = emulator;
    this.issuer = issuer;
    this.seed = seed;
    this.worker = worker;
    this.#options = options;
  }

  static async start(options: StackOptions = {}): Promise<LocalStack> {
    const emulator = await GitHubEmulator.start(
      options.tokenFormat === undefined ? {} : { tokenFormat: options.tokenFormat },
    );
    const issuer = await OidcIssuer.start();
    const seed = seedWorld(emulator, { oidcIssuer: issuer.issuer });
    const worker = await startWorker(emulator, issuer, seed, options);
    return new LocalStack(emulator, issuer, seed, worker, options);
  }

  /** A new isolate and an empty KV, or one with other settings. */
  async restart(options: StackOptions = this.#options): Promise<void> {
    await this.#closeWorker();
    this.worker = await startWorker(this.emulator, this.issuer, this.seed, options);
  }

  /** @throws where the service wrote or said a token, a key or a secret that was used here */
  async close(): Promise<void> {
    await this.#closeWorker();
    await this.emulator.close();
    await this.issuer.close();
    requireNoLeak();
  }

  async #closeWorker(): Promise<void> {
    for (const line of this.worker.log) noteExposure('log', line);
    for (const [key, value] of await this.worker.kvEntries()) noteExposure('KV', `${key} ${value}`);
    await this.worker.close();
  }

  /** A token of the local GitHub's Actions for this service; of acme/infra's default branch unless said otherwise. */
  actionsToken(options: Partial<ActionsTokenOptions> = {}): string {
    return this.emulator.actionsIssuer.sign({ repository: 'acme/infra', audience: STS_DOMAIN, ...options });
  }

  /** The exchange that the seed grants to `actionsToken()`, unless asked otherwise. */
  exchange(ask: Ask = {}): Promise<Answer> {
    const query = ask.form === undefined ? { scope: 'acme/app', identity: 'deploy' } : {};
    return this.send({ path: '/sts/exchange', query, token: this.actionsToken(), ...ask });
  }

  exchangeFor(scope: string, identity: string, token = this.actionsToken()): Promise<Answer> {
    return this.exchange({ query: { scope, identity }, token });
  }

  async send(ask: Ask): Promise<Answer> {
    const query = typeof ask.query === 'string' ? ask.query : new URLSearchParams(pairs(ask.query)).toString();
    const url = `${this.worker.url}${ask.path ?? '/'}${query === '' ? '' : `?${query}`}`;
    const body = ask.form === undefined ? ask.body : new URLSearchParams(ask.form).toString();
    const headers = {
      ...(ask.form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      ...(ask.token === undefined ? {} : { authorization: `Bearer ${ask.token}` }),
      ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      ...ask.headers,
    };
    const answer = await rawRequest(url, ask.method ?? (ask.form === undefined ? 'GET' : 'POST'), headers, body);
    for (const [name, value] of answer.headers) noteExposure(name, value);
    // The answer of a success is the caller's own.
    if (answer.status >= 400) noteExposure(`body of a ${answer.status}`, answer.text);
    return answer;
  }

  /** A further organization with policy repository and repositories, that nothing has read yet. */
  addOwner(login: string, options: OwnerOptions = {}): Installation | undefined {
    const { world } = this.emulator;
    const account = world.addOrganization(login);
    world.addRepository({ owner: account, name: '.github', files: { 'README.md': '', ...options.policyFiles } });
    for (const [name, files] of Object.entries(options.repositories ?? {})) {
      world.addRepository({ owner: account, name, files: { 'README.md': '', ...files } });
    }
    return options.installed === false ? undefined : world.install(options.app ?? this.seed.app, account);
  }

  /** Requests to GitHub but the revocations, which come after the answer. */
  githubRequests(): number {
    return this.emulator.count() - this.emulator.count({ method: 'DELETE' });
  }

  /** Issuer requests of both kinds: the Actions issuer's and the other one's. */
  issuerRequests(): number {
    const { discovery, jwks } = this.emulator.actionsIssuerHits;
    return discovery + jwks + this.issuer.hits.discovery + this.issuer.hits.jwks;
  }

  resetCounters(): void {
    this.emulator.resetCounters();
    this.issuer.resetCounters();
  }
}

/** A policy that admits the Actions of a repository's branch; the usual one is what `actionsToken()` says. */
export function actionsPolicy(issuer: string, lines: readonly string[] = ['permissions: { contents: read }']): string {
  return [`issuer: ${issuer}`, 'subject: repo:acme/infra:ref:refs/heads/trunk', ...lines, ''].join('\n');
}

/** Waits for what happens after an answer. */
export async function eventually(condition: () => boolean | Promise<boolean>, timeoutMs = 5000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('it did not happen in time');
    await sleep(10);
  }
}

function startWorker(
  emulator: GitHubEmulator,
  issuer: OidcIssuer,
  seed: Seed,
  options: StackOptions,
): Promise<RunningWorker> {
  const bindings: WorkerOptions['bindings'] = {
    STS_DOMAIN,
    GITHUB_BASE_URL: emulator.url,
    GITHUB_APP_ID: String(SEED_APP_ID),
    GITHUB_APP_PRIVATE_KEY: seed.app.keys.pkcs1Pem,
    GITHUB_WEBHOOK_SECRET: seed.app.webhookSecret,
    ALLOW_LOOPBACK_HTTP: 'true',
    ...options.bindings?.({ issuer: issuer.issuer, github: emulator.url }),
  };
  for (const [name, value] of Object.entries(bindings)) if (/KEY|SECRET/.test(name)) noteSecret(value ?? '');
  return RunningWorker.start({ watched: true, ...options.worker, bindings });
}

function pairs(query: Exclude<Ask['query'], string>): [string, string][] {
  if (query === undefined) return [];
  return isList(query) ? query.map(([name, value]) => [name, value]) : Object.entries(query);
}

function isList(query: object): query is readonly (readonly [string, string])[] {
  return Array.isArray(query);
}

/** `fetch` would join headers, add some of its own and refuse others. */
function rawRequest(
  url: string,
  method: string,
  headers: Readonly<Record<string, string | string[]>>,
  body: string | undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        // A body that was announced and never sent would keep the connection.
        request.destroy();
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({
          status: response.statusCode ?? 0,
          headers: headersOf(response.rawHeaders),
          text,
          json: object(text),
        });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

function headersOf(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let index = 0; index + 1 < raw.length; index += 2) headers.append(raw[index] ?? '', raw[index + 1] ?? '');
  return headers;
}

function object(text: string): Readonly<Record<string, unknown>> {
  const value = parseJson(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
