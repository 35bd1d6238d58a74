import type { CacheRecord } from '../cache/cache-entry.ts';
import {
  StoreSpentError,
  type CacheStore,
  type Keeping,
  type KeysAnswer,
  type StoreAnswer,
} from '../cache/cache-store.ts';
import { recordText, storeAnswer } from '../cache/record-text.ts';

/** The shortest time that KV accepts. */
const EDGE_CACHE_SECONDS = 30;
const LEAST_EXPIRATION_SECONDS = 60;
/** The most that KV lists at once. */
const MAX_KEYS_A_PAGE = 1000;
/** A read takes milliseconds, or tens of them where the value comes from far away. */
const READ_TIMEOUT_MS = 3000;

/** Cloudflare KV: https://developers.cloudflare.com/kv/api/ */
export class KvCacheStore implements CacheStore {
  constructor(private readonly namespace: KVNamespace) {}

  async get(key: string): Promise<StoreAnswer> {
    try {
      const text = await withinTime(this.namespace.get(key, { type: 'text', cacheTtl: EDGE_CACHE_SECONDS }));
      return text === null ? { kind: 'missing' } : storeAnswer(text);
    } catch (error) {
      return { kind: 'failed', reason: nameOf(error) };
    }
  }

  async keys(prefix: string, most: number): Promise<KeysAnswer> {
    const keys: string[] = [];
    try {
      let cursor: string | undefined;
      do {
        const limit = Math.min(MAX_KEYS_A_PAGE, most - keys.length);
        const from = cursor === undefined ? {} : { cursor };
        const page = await withinTime(this.namespace.list({ prefix, limit, ...from }));
        keys.push(...page.keys.map(({ name }) => name));
        cursor = page.list_complete ? undefined : page.cursor;
      } while (cursor !== undefined && keys.length < most);
      return { kind: 'listed', keys };
    } catch (error) {
      return { kind: 'failed', reason: nameOf(error) };
    }
  }

  async put(key: string, record: CacheRecord<unknown>, { version, keepForSeconds }: Keeping): Promise<void> {
    const options =
      keepForSeconds === undefined ? {} : { expirationTtl: Math.max(LEAST_EXPIRATION_SECONDS, keepForSeconds) };
    try {
      await this.namespace.put(key, recordText(record, version), options);
    } catch (error) {
      throw isSpent(error) ? new StoreSpentError('the daily limit of the plan is reached') : error;
    }
  }
}

/** The free plan's writes of the day are used up: "KV put() limit exceeded for the day." */
function isSpent(error: unknown): boolean {
  const message = typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : '';
  return message.includes('limit exceeded for the day');
}

/** @throws TimeoutError; what comes later is dropped */
async function withinTime<Value>(read: Promise<Value>): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DOMException('no answer', 'TimeoutError')), READ_TIMEOUT_MS);
  });
  try {
    return await Promise.race([read, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** In some runtimes a DOMException is not an instance of Error. */
function nameOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : 'unknown';
}
