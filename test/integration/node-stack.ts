import { readBindings } from '../../src/infrastructure/cloudflare/bindings.ts';
import { KvCacheStore } from '../../src/infrastructure/cloudflare/kv-cache-store.ts';
import { makeIsolate, type Isolate as Made } from '../../src/interfaces/isolate.ts';
import type { Platform } from '../../src/interfaces/platform.ts';
import { checkOnSchedule } from '../../src/interfaces/scheduled-check.ts';
import { serve } from '../../src/interfaces/serve.ts';
import { AdjustableClock } from '../support/clock.ts';
import type { ActionsTokenOptions } from '../support/github/actions-issuer.ts';
import { GitHubEmulator } from '../support/github/emulator.ts';
import { Impatience } from '../support/impatience.ts';
import { OidcIssuer } from '../support/issuer/oidc-issuer.ts';
import { SEED_APP_ID, seedWorld } from '../support/seed.ts';
import type { Seed } from '../support/seed.ts';
import { MemoryKv } from './memory-kv.ts';

export const STS_DOMAIN = 'sts.example.com';
/** Late enough for every certificate and early enough for every fixture; what matters is that it moves by hand. */
const START = new Date('2026-11-02T08:00:00Z');

export type Bindings = Readonly<Record<string, unknown>>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Readonly<Record<string, unknown>>;
}

/** One isolate's memory, on settings, KV and a clock that others may share. */
export class Isolate {
  readonly #made: Promise<Made>;
  readonly #platform: Omit<Platform, 'defer'>;

  constructor(bindings: Bindings, clock: AdjustableClock) {
    const result = readBindings(bindings);
    if (result.kind === 'invalid') throw new Error(JSON.stringify(result.faults));
    this.#platform = { store: new KvCacheStore(result.bindings.kv), rateLimiter: undefined, metrics: undefined };
    this.#made = makeIsolate(bindings, clock, []);
  }

  async send(request: Request): Promise<Answer> {
    const response = await this.respond(request);
    const text = await response.text();
    const json = (text === '' ? {} : JSON.parse(text)) as Answer['json'];
    return { status: response.status, headers: response.headers, json };
  }

  /** What a timer does every five minutes. */
  async runScheduled(): Promise<void> {
    await checkOnSchedule(await this.#made, this.#platform);
  }

  /** Answers, and finishes what comes after the answer. */
  async respond(request: Request): Promise<Response> {
    const deferred: Promise<void>[] = [];
    const platform = { ...this.#platform, defer: (work: Promise<void>) => void deferred.push(work) };
    const response = await serve(request, await this.#made, platform);
    await Promise.all(deferred);
    return response;
  }
}

/** The service in Node, over HTTP against the local GitHub and an issuer, with one clock for all, set by hand. */
export class NodeStack {
  readonly clock: AdjustableClock;
  readonly emulator: GitHubEmulator;
  readonly issuer: OidcIssuer;
  readonly seed: Seed;
  readonly kv: MemoryKv;
  /** What would stand in the log, a line an element. */
  readonly log: string[] = [];
  readonly #console = { log: console.log, warn: console.warn, error: console.error };
  readonly #impatience: Impatience;
  #bindings: Bindings;
  isolate: Isolate;

  private constructor(clock: AdjustableClock, emulator: GitHubEmulator, issuer: OidcIssuer, bindings: Bindings) {
    this.clock = clock;
    this.emulator = emulator;
    this.issuer = issuer;
    this.seed = seedWorld(emulator, { oidcIssuer: issuer.issuer });
    this.kv = new MemoryKv(clock);
    this.#bindings = {
      STS_DOMAIN,
      GITHUB_BASE_URL: emulator.url,
      GITHUB_APP_ID: String(SEED_APP_ID),
      GITHUB_APP_PRIVATE_KEY: this.seed.app.keys.pkcs1Pem,
      ALLOW_LOOPBACK_HTTP: 'true',
      OCTO_STS_KV: this.kv,
      ...bindings,
    };
    this.isolate = this.newIsolate();
    const write = (line: unknown): number => this.log.push(String(line));
    Object.assign(console, { log: write, warn: write, error: write });
    this.#impatience = Impatience.begin();
    emulator.faults.onHang = (path) => this.#impatience.giveUp(emulator.url + path);
    issuer.onHang = (url) => this.#impatience.giveUp(url);
  }

  static async start(bindings: Bindings = {}): Promise<NodeStack> {
    const clock = new AdjustableClock();
    clock.freeze(START);
    const emulator = await GitHubEmulator.start({ clock });
    return new NodeStack(clock, emulator, await OidcIssuer.start({ clock }), bindings);
  }

  /** Another isolate on the same KV, unless told otherwise. */
  newIsolate(bindings: Bindings = {}): Isolate {
    return new Isolate({ ...this.#bindings, ...bindings }, this.clock);
  }

  /** Other settings, which need a new isolate; KV stays. */
  reconfigure(bindings: Bindings): void {
    this.#bindings = { ...this.#bindings, ...bindings };
    this.isolate = this.newIsolate();
  }

  async close(): Promise<void> {
    Object.assign(console, this.#console);
    this.#impatience.end();
    await this.emulator.close();
    await this.issuer.close();
  }

  actionsToken(options: Partial<ActionsTokenOptions> = {}): string {
    return this.emulator.actionsIssuer.sign({ repository: 'acme/infra', audience: STS_DOMAIN, ...options });
  }

  /** What the seed grants to `actionsToken()`, unless asked otherwise. */
  exchange(
    scope = 'acme/app',
    identity = 'deploy',
    token = this.actionsToken(),
    isolate = this.isolate,
  ): Promise<Answer> {
    const query = new URLSearchParams({ scope, identity });
    const url = `https://${STS_DOMAIN}/sts/exchange?${query.toString()}`;
    return isolate.send(new Request(url, { headers: { authorization: `Bearer ${token}` } }));
  }

  /** Writes files of a policy folder; `null` deletes one. */
  commitPolicies(repository: string, files: Readonly<Record<string, string | null>>): void {
    const paths = Object.entries(files).map(([name, text]) => [`.github/chainguard/${name}`, text] as const);
    this.emulator.world.commit(repository, Object.fromEntries(paths));
  }

  policy(lines: readonly string[] = ['permissions: { contents: read }']): string {
    const { issuer } = this.emulator.actionsIssuer;
    return [`issuer: ${issuer}`, 'subject: repo:acme/infra:ref:refs/heads/trunk', ...lines, ''].join('\n');
  }

  /** Whether the log has had this event since it was last emptied. */
  logged(event: string): boolean {
    return this.log.some((line) => line.includes(`"event":"${event}"`));
  }

  /** Requests to GitHub but the revocations, which come after the answer. */
  githubRequests(): number {
    return this.emulator.count() - this.emulator.count({ method: 'DELETE' });
  }

  issuerRequests(): number {
    const { discovery, jwks } = this.emulator.actionsIssuerHits;
    return discovery + jwks + this.issuer.hits.discovery + this.issuer.hits.jwks;
  }

  resetCounters(): void {
    this.emulator.resetCounters();
    this.issuer.resetCounters();
    this.kv.resetCounters();
    this.log.length = 0;
  }

  minutesPass(minutes: number): void {
    this.clock.advance(minutes * 60_000);
  }
}
