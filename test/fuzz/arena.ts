import { AdjustableClock } from '../support/clock.ts';
import { GitHubEmulator } from '../support/github/emulator.ts';
import type { RecordedRequest } from '../support/github/request-log.ts';
import type { AccessToken } from '../support/github/access-tokens.ts';
import { Impatience } from '../support/impatience.ts';
import { SEED_APP_ID, seedWorld } from '../support/seed.ts';
import type { Seed } from '../support/seed.ts';
import { generateSigningKey } from '../support/signing-key.ts';
import type { SigningKey } from '../support/signing-key.ts';
import { MemoryKv } from '../integration/memory-kv.ts';
import { Isolate } from '../integration/node-stack.ts';
import { Wire } from './wire.ts';

export const STS_DOMAIN = 'sts.example.com';
/** GitHub's own, which every policy may rely on. */
export const ACTIONS = 'https://token.actions.githubusercontent.com';
/** Known from policies alone. */
export const FARM = 'https://farm.example.com/id';
/** It would answer; no policy of the seed names it. */
export const STRANGER = 'https://stranger.example.net';
export const WEBHOOK_SECRET = 'the-webhook-secret-of-the-fuzzing-runs';
const START = new Date('2026-11-02T08:00:00Z');

/** All that one request of ours led to. */
export interface Seen {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Addresses that the service asked, in order. */
  readonly contacts: readonly string[];
  readonly log: readonly string[];
  /** What the store holds afterwards. */
  readonly stored: readonly string[];
  readonly requests: readonly RecordedRequest[];
  readonly issued: readonly AccessToken[];
  readonly cpuMs: number;
}

/**
 * The service in Node with the settings of a production deployment, before the local GitHub and three issuers. Each case has an
 * isolate and a store of its own.
 */
export class Arena {
  readonly clock: AdjustableClock;
  readonly emulator: GitHubEmulator;
  readonly seed: Seed;
  readonly keys: ReadonlyMap<string, SigningKey>;
  readonly wire: Wire;
  /** Answers that held a token. */
  grants = 0;
  readonly #log: string[] = [];
  readonly #console = { log: console.log, warn: console.warn, error: console.error };
  readonly #impatience: Impatience;
  readonly #heads: ReadonlyMap<string, string>;
  #kv: MemoryKv;
  #isolate: Isolate;

  private constructor(clock: AdjustableClock, emulator: GitHubEmulator) {
    this.clock = clock;
    this.emulator = emulator;
    this.seed = seedWorld(emulator, { oidcIssuer: FARM, actionsIssuer: ACTIONS });
    const names = ['acme/app', 'acme/.github'];
    this.#heads = new Map(names.map((name) => [name, emulator.world.head(name) ?? '']));
    this.keys = new Map([
      [ACTIONS, emulator.actionsIssuer.key],
      [FARM, generateSigningKey({ alg: 'ES256' })],
      [STRANGER, generateSigningKey({ alg: 'ES256' })],
    ]);
    const write = (line: unknown): number => this.#log.push(String(line));
    Object.assign(console, { log: write, warn: write, error: write });
    const { fetch } = globalThis;
    this.#impatience = Impatience.begin();
    this.wire = new Wire(fetch, emulator.url, this.keys);
    globalThis.fetch = ((url: string, init: RequestInit = {}) => this.wire.fetch(url, init)) as typeof globalThis.fetch;
    this.#kv = new MemoryKv(clock);
    this.#isolate = this.#newIsolate();
  }

  static async start(): Promise<Arena> {
    const clock = new AdjustableClock();
    clock.freeze(START);
    return new Arena(clock, await GitHubEmulator.start({ clock }));
  }

  async close(): Promise<void> {
    this.#impatience.end();
    Object.assign(console, this.#console);
    await this.emulator.close();
  }

  /** Forgets what earlier cases left, the files that they wrote included. */
  begin(): void {
    const { world } = this.emulator;
    for (const [name, head] of this.#heads) {
      if (world.head(name) !== head) world.forcePush(name, world.repository(name).defaultBranch, head);
    }
    this.#kv = new MemoryKv(this.clock);
    this.#isolate = this.#newIsolate();
    this.emulator.limits.clear();
    this.wire.begin();
  }

  key(issuer: string): SigningKey {
    const key = this.keys.get(issuer);
    if (key === undefined) throw new Error(`${issuer} has no key`);
    return key;
  }

  /** A file of the policy folder, for this case. */
  commit(repository: string, file: string, text: string): void {
    this.emulator.world.commit(repository, { [`.github/chainguard/${file}`]: text });
  }

  async ask(request: Request): Promise<Seen> {
    this.#log.length = 0;
    this.wire.contacts.length = 0;
    this.emulator.resetCounters();
    const issuedBefore = this.emulator.tokens.all().length;
    const started = process.cpuUsage();
    const response = await this.#isolate.respond(request);
    const text = await response.text();
    const { user, system } = process.cpuUsage(started);
    if (response.status === 200 && text.includes('token":"')) this.grants += 1;
    return {
      status: response.status,
      headers: response.headers,
      text,
      contacts: [...this.wire.contacts],
      log: [...this.#log],
      stored: this.#stored(),
      requests: [...this.emulator.requests],
      issued: this.emulator.tokens.all().slice(issuedBefore),
      cpuMs: (user + system) / 1000,
    };
  }

  #newIsolate(): Isolate {
    return new Isolate(
      {
        STS_DOMAIN,
        GITHUB_APP_ID: String(SEED_APP_ID),
        GITHUB_APP_PRIVATE_KEY: this.seed.app.keys.pkcs1Pem,
        GITHUB_WEBHOOK_SECRET: WEBHOOK_SECRET,
        OCTO_STS_KV: this.#kv,
      },
      this.clock,
    );
  }

  #stored(): readonly string[] {
    const all: string[] = [];
    this.#kv.rewrite((text, key) => {
      all.push(`${key} ${text}`);
      return text;
    });
    return all;
  }
}
