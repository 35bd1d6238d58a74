import type { Log } from '../../application/ports/log.ts';
import type { CacheRecord } from '../cache/cache-entry.ts';
import type { CacheStore, Keeping, StoreAnswer } from '../cache/cache-store.ts';
import { storeAnswer, recordText } from '../cache/record-text.ts';

/** The least that KV allows. */
const EDGE_CACHE_SECONDS = 30;
const LEAST_EXPIRATION_SECONDS = 60;

/** Cloudflare KV: https://developers.cloudflare.com/kv/api/ */
export class KvCacheStore implements CacheStore {
  constructor(
    private readonly namespace: KVNamespace,
    private readonly log: Log,
  ) {}

  async get(key: string): Promise<StoreAnswer> {
    try {
      const text = await this.namespace.get(key, { type: 'text', cacheTtl: EDGE_CACHE_SECONDS });
      return text === null ? { kind: 'missing' } : storeAnswer(text);
    } catch (error) {
      this.log.error('kv_get_failed', { key, error: error instanceof Error ? error.name : 'unknown' });
      return { kind: 'failed' };
    }
  }

  async put(key: string, record: CacheRecord<unknown>, { version, keepForSeconds }: Keeping): Promise<void> {
    const options =
      keepForSeconds === undefined ? {} : { expirationTtl: Math.max(LEAST_EXPIRATION_SECONDS, keepForSeconds) };
    await this.namespace.put(key, recordText(record, version), options);
  }
}
