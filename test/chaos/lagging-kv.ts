import type { AdjustableClock } from '../support/clock.ts';

interface Version {
  readonly text: string;
  readonly place: number;
  readonly writtenAt: number;
  /** When other places can read it. */
  readonly visibleAt: number;
  readonly expiresAt: number;
}

/** Together with what the edge keeps, a write is seen everywhere after 60 s: what KV's documentation names. */
const LONGEST_SPREAD_MS = 30_000;
const LEAST_CACHE_SECONDS = 30;
const LEAST_EXPIRATION_SECONDS = 60;
/** KV takes one write a second to one key. */
const WRITE_INTERVAL_MS = 1000;

export type KvFault = 'nothing' | 'get_fails' | 'get_hangs' | 'put_fails' | 'everything_fails';

/** A KV namespace that several places see, each with the delay of the real one. */
export class LaggingKv {
  fault: KvFault = 'nothing';
  readonly versions = new Map<string, Version[]>();
  readonly clock: AdjustableClock;
  readonly #seed: number;
  readonly #turnedAway = new Set<string>();
  readonly #written: string[] = [];
  #writes = 0;

  constructor(clock: AdjustableClock, seed: number) {
    this.clock = clock;
    this.#seed = seed;
  }

  place(place: number): KvPlace {
    return new KvPlace(this, place);
  }

  write(place: number, key: string, text: string, expirationSeconds: number): void {
    const writtenAt = this.clock.now();
    const versions = this.versions.get(key) ?? [];
    const last = versions.at(-1);
    // Whoever was turned away waits longer than a second; the clock stands still meanwhile.
    const isTooSoon = last !== undefined && Math.abs(writtenAt - last.writtenAt) < WRITE_INTERVAL_MS;
    if (isTooSoon && !this.#turnedAway.delete(key)) {
      this.#turnedAway.add(key);
      throw new Error('KV PUT failed: 429 Too Many Requests');
    }
    this.#written.push(`${key} ${text}`);
    const visibleAt = writtenAt + this.#spreadMs();
    const expiresAt = writtenAt + expirationSeconds * 1000;
    this.versions.set(key, [...versions.slice(-10), { text, place, writtenAt, visibleAt, expiresAt }]);
  }

  /** What was written since the last call. */
  takeTexts(): string[] {
    return this.#written.splice(0);
  }

  #spreadMs(): number {
    this.#writes += 1;
    const mixed = Math.imul(this.#seed ^ (this.#writes * 0x9e3779b1), 0x85ebca6b) >>> 0;
    return (mixed / 2 ** 32) * LONGEST_SPREAD_MS;
  }
}

/** The namespace as one place sees it: its own writes at once, those of others later, through a cache at the edge. */
export class KvPlace {
  readonly #kv: LaggingKv;
  readonly #place: number;
  readonly #edge = new Map<string, { readonly text: string | null; readonly readAt: number }>();

  constructor(kv: LaggingKv, place: number) {
    this.#kv = kv;
    this.#place = place;
  }

  async get(key: string, options: { type?: string; cacheTtl?: number } = {}): Promise<string | null> {
    const { fault, clock } = this.#kv;
    const cacheSeconds = options.cacheTtl ?? LEAST_CACHE_SECONDS;
    if (cacheSeconds < LEAST_CACHE_SECONDS) throw new Error('cacheTtl is too short');
    if (fault === 'get_fails' || fault === 'everything_fails') throw new Error('KV GET failed: 500');
    if (fault === 'get_hangs') return new Promise(() => undefined);
    const now = clock.now();
    const kept = this.#edge.get(key);
    if (kept !== undefined && Math.abs(now - kept.readAt) < cacheSeconds * 1000) return kept.text;
    const seen = (this.#kv.versions.get(key) ?? []).findLast(
      ({ place, visibleAt }) => place === this.#place || visibleAt <= now,
    );
    const text = seen === undefined || seen.expiresAt <= now ? null : seen.text;
    this.#edge.set(key, { text, readAt: now });
    return text;
  }

  async put(key: string, text: string, options: { expirationTtl?: number } = {}): Promise<void> {
    const { expirationTtl = Number.POSITIVE_INFINITY } = options;
    if (expirationTtl < LEAST_EXPIRATION_SECONDS) throw new Error('expirationTtl is too short');
    if (this.#kv.fault === 'put_fails' || this.#kv.fault === 'everything_fails') {
      throw new Error('KV PUT failed: 500');
    }
    this.#kv.write(this.#place, key, text, expirationTtl);
    this.#edge.delete(key);
  }
}
