import type { Clock } from '../../src/application/ports/clock.ts';
import { FREE_A_DAY } from '../prices.ts';

/** Cloudflare KV, "Limits" and "Read key-value pairs" (2026). */
export const LEAST_CACHE_SECONDS = 30;
const DEFAULT_CACHE_SECONDS = 60;
const LEAST_EXPIRATION_SECONDS = 60;
const WRITE_INTERVAL_MS = 1000;
/**
 * "Up to 60 seconds or more": with the 30 s that a location keeps what it has read, a write is seen everywhere after 60.
 */
export const LONGEST_SPREAD_MS = 30_000;
/** A read that the location has to fetch from a central store. Cloudflare gives no figure; what it keeps takes no time here. */
const COLD_READ_MS = 60;
const WRITE_MS = 100;
const DAY_MS = 24 * 60 * 60_000;
/** Older versions than the last few can't be seen by anybody any more. */
const KEPT_VERSIONS = 4;

/** Operations a day that a plan allows, from midnight UTC. */
export interface KvBudget {
  readonly reads: number;
  readonly writes: number;
  readonly lists: number;
}

/** Cloudflare KV, "Pricing": the Workers Free plan. What is over it fails. */
export const FREE_KV_BUDGET: KvBudget = { reads: FREE_A_DAY.kvReads, writes: FREE_A_DAY.kvWrites, lists: 1000 };

export type KvEvent =
  /** Whatever answers it: the location's cache, the central store, or nothing. All are billed. */
  | 'read'
  /** A read that the location had to fetch. */
  | 'cold_read'
  | 'write'
  | 'list'
  /** A write within a second of the last one to the same key. */
  | 'too_fast'
  /** An operation that the plan's budget did not allow. */
  | 'over_budget';

const BUDGETS = { read: 'reads', write: 'writes', list: 'lists' } as const;
const CALLS = { read: 'get', write: 'put', list: 'list' } as const;

interface Version {
  /** Nothing after a deletion. */
  readonly text: string;
  readonly location: number;
  readonly writtenAt: number;
  readonly expiresAt: number;
  /** Decides when each other location can see it. */
  readonly number: number;
}

interface Kept {
  /** `null`: that there is no such key is kept too. */
  readonly text: string | null;
  readonly until: number;
}

/**
 * Workers KV as its documentation describes it: one central store, and in each location a cache that keeps what was read
 * for at least 30 s, absences too. A write is seen at once where it was made; elsewhere when the location's copy has run
 * out and the write has spread.
 */
export class KvModel {
  private readonly versions = new Map<string, Version[]>();
  private readonly spent = { day: -1, reads: 0, writes: 0, lists: 0 };
  private written = 0;

  constructor(
    private readonly clock: Clock & { sleep(milliseconds: number): Promise<void> },
    private readonly seed: number,
    /** Told of everything that happens, with the key, or the prefix of a list. */
    readonly told: (event: KvEvent, key: string) => void,
    /** None: the Workers Paid plan, where every operation is paid for. */
    private readonly budget?: KvBudget,
  ) {}

  /** The namespace as a Worker sees it that runs there. */
  location(index: number): KvLocation {
    return new KvLocation(this, this.clock, index);
  }

  /** Takes one operation out of the plan's budget. @throws once it is used up */
  spend(operation: keyof typeof BUDGETS, key: string): void {
    const day = Math.floor(this.clock.now() / DAY_MS);
    if (this.spent.day !== day) Object.assign(this.spent, { day, reads: 0, writes: 0, lists: 0 });
    const name = BUDGETS[operation];
    if (this.budget !== undefined && this.spent[name] >= this.budget[name]) {
      this.told('over_budget', key);
      throw new Error(`KV ${CALLS[operation]}() limit exceeded for the day.`);
    }
    this.spent[name] += 1;
    this.told(operation, key);
  }

  /** @throws within a second of the last write to the key, as KV answers 429 */
  write(location: number, key: string, text: string, expiresAt: number): void {
    const writtenAt = this.clock.now();
    const versions = this.versions.get(key) ?? [];
    const last = versions.at(-1);
    if (last !== undefined && writtenAt - last.writtenAt < WRITE_INTERVAL_MS) {
      this.told('too_fast', key);
      throw new Error('KV PUT failed: 429 Too Many Requests');
    }
    this.spend('write', key);
    this.written += 1;
    versions.push({ text, location, writtenAt, expiresAt, number: this.written });
    if (versions.length > KEPT_VERSIONS) versions.shift();
    this.versions.set(key, versions);
  }

  /** What the central store tells a location now. */
  read(location: number, key: string): Version | undefined {
    const now = this.clock.now();
    const seen = this.versions.get(key)?.findLast((version) => this.visibleAt(version, location) <= now);
    return seen === undefined || seen.expiresAt <= now ? undefined : seen;
  }

  keys(location: number, prefix: string): string[] {
    return [...this.versions.keys()].filter((key) => key.startsWith(prefix) && this.read(location, key) !== undefined);
  }

  private visibleAt({ location, writtenAt, number }: Version, reader: number): number {
    if (location === reader) return writtenAt;
    return writtenAt + share(this.seed, number, reader) * LONGEST_SPREAD_MS;
  }
}

/** As much of a KV namespace as the service uses. */
export class KvLocation {
  private readonly edge = new Map<string, Kept>();

  constructor(
    private readonly kv: KvModel,
    private readonly clock: Clock & { sleep(milliseconds: number): Promise<void> },
    private readonly index: number,
  ) {}

  async get(key: string, { cacheTtl = DEFAULT_CACHE_SECONDS }: { type?: 'text'; cacheTtl?: number } = {}) {
    if (cacheTtl < LEAST_CACHE_SECONDS) throw new Error('KV GET failed: 400 Invalid cache_ttl');
    this.kv.spend('read', key);
    const kept = this.edge.get(key);
    if (kept !== undefined && this.clock.now() < kept.until) return kept.text;
    this.kv.told('cold_read', key);
    await this.clock.sleep(COLD_READ_MS);
    const version = this.kv.read(this.index, key);
    const until = Math.min(this.clock.now() + cacheTtl * 1000, version?.expiresAt ?? Number.POSITIVE_INFINITY);
    const text = version?.text ?? null;
    this.edge.set(key, { text, until });
    return text;
  }

  async put(key: string, text: string, { expirationTtl }: { expirationTtl?: number } = {}): Promise<void> {
    if (expirationTtl !== undefined && expirationTtl < LEAST_EXPIRATION_SECONDS) {
      throw new Error('KV PUT failed: 400 Invalid expiration_ttl');
    }
    await this.clock.sleep(WRITE_MS);
    const now = this.clock.now();
    const expiresAt = expirationTtl === undefined ? Number.POSITIVE_INFINITY : now + expirationTtl * 1000;
    this.kv.write(this.index, key, text, expiresAt);
    this.edge.set(key, { text, until: Math.min(now + LEAST_CACHE_SECONDS * 1000, expiresAt) });
  }

  list({ prefix = '', limit = 1000 }: { prefix?: string; limit?: number; cursor?: string } = {}) {
    this.kv.spend('list', prefix);
    const names = this.kv.keys(this.index, prefix);
    return { keys: names.slice(0, limit).map((name) => ({ name })), list_complete: true as const };
  }
}

/** From 0 up to 1, decided by the three numbers alone. */
function share(seed: number, number: number, location: number): number {
  let mixed = Math.imul(seed ^ Math.imul(number, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(location + 1, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
}
