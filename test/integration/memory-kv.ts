import type { AdjustableClock } from '../support/clock.ts';

interface Entry {
  readonly text: string;
  readonly expiresAt: number;
}

const LEAST_EXPIRATION_SECONDS = 60;
const LEAST_CACHE_SECONDS = 30;
const LONGEST_KEY_BYTES = 512;

/** A KV namespace with KV's own limits, whose time and faults a test sets, and which counts what it is asked. */
export class MemoryKv {
  reads = 0;
  writes = 0;
  lists = 0;
  failsOn: 'nothing' | 'get' | 'put' | 'everything' = 'nothing';
  readonly #entries = new Map<string, Entry>();
  readonly #clock: AdjustableClock;

  constructor(clock: AdjustableClock) {
    this.#clock = clock;
  }

  async get(key: string, options: { type?: string; cacheTtl?: number } = {}): Promise<string | null> {
    this.reads += 1;
    requireKey(key);
    if ((options.cacheTtl ?? LEAST_CACHE_SECONDS) < LEAST_CACHE_SECONDS) throw new Error('cacheTtl is too short');
    if (this.failsOn === 'get' || this.failsOn === 'everything') throw new Error('KV GET failed: 500');
    const entry = this.#entries.get(key);
    return entry === undefined || entry.expiresAt <= this.#clock.now() ? null : entry.text;
  }

  async put(key: string, text: string, options: { expirationTtl?: number } = {}): Promise<void> {
    this.writes += 1;
    requireKey(key);
    const { expirationTtl = Number.POSITIVE_INFINITY } = options;
    if (expirationTtl < LEAST_EXPIRATION_SECONDS) throw new Error('expirationTtl is too short');
    if (this.failsOn === 'put' || this.failsOn === 'everything') throw new Error('KV PUT failed: 500');
    this.#entries.set(key, { text, expiresAt: this.#clock.now() + expirationTtl * 1000 });
  }

  async list({ prefix = '', limit = 1000 }: { prefix?: string; limit?: number; cursor?: string } = {}): Promise<{
    readonly keys: readonly { readonly name: string }[];
    readonly list_complete: true;
  }> {
    this.lists += 1;
    if (this.failsOn === 'get' || this.failsOn === 'everything') throw new Error('KV LIST failed: 500');
    const now = this.#clock.now();
    const live = [...this.#entries].flatMap(([name, { expiresAt }]) => (expiresAt > now ? [{ name }] : []));
    const keys = live.filter(({ name }) => name.startsWith(prefix)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return { keys: keys.slice(0, limit), list_complete: true };
  }

  resetCounters(): void {
    this.reads = 0;
    this.writes = 0;
    this.lists = 0;
  }

  /** Changes every value; `undefined` takes one away. */
  rewrite(change: (text: string, key: string) => string | undefined): void {
    for (const [key, entry] of [...this.#entries]) {
      const text = change(entry.text, key);
      if (text === undefined) this.#entries.delete(key);
      else this.#entries.set(key, { ...entry, text });
    }
  }

  get keys(): readonly string[] {
    return [...this.#entries.keys()];
  }
}

function requireKey(key: string): void {
  if (Buffer.byteLength(key) > LONGEST_KEY_BYTES) throw new Error('the key is too long');
}
