import type { Log } from '../../application/ports/log.ts';
import { member, parsedJson } from '../http/bounded-fetch.ts';
import type { Stored } from './copy.ts';
import type { CopyStore } from './copy-store.ts';

/** Changes whenever the shape of a stored value does: an older one is then a miss. */
const SCHEMA_VERSION = 1;
/** The least that KV allows. */
const EDGE_CACHE_SECONDS = 30;
const LEAST_EXPIRATION_SECONDS = 60;

/** Cloudflare KV: https://developers.cloudflare.com/kv/api/ */
export class KvCopyStore implements CopyStore {
  constructor(
    private readonly namespace: KVNamespace,
    private readonly log: Log,
  ) {}

  async get(key: string): Promise<Stored<unknown> | undefined> {
    try {
      const text = await this.namespace.get(key, { type: 'text', cacheTtl: EDGE_CACHE_SECONDS });
      return text === null ? undefined : decoded(text);
    } catch (error) {
      this.log.error('kv_get_failed', { key, error: error instanceof Error ? error.name : 'unknown' });
      return undefined;
    }
  }

  async put(key: string, stored: Stored<unknown>, keepForSeconds?: number): Promise<void> {
    const text = JSON.stringify({ v: SCHEMA_VERSION, ...stored });
    const options =
      keepForSeconds === undefined ? {} : { expirationTtl: Math.max(LEAST_EXPIRATION_SECONDS, keepForSeconds) };
    await this.namespace.put(key, text, options);
  }
}

function decoded(text: string): Stored<unknown> | undefined {
  const parsed = parsedJson(text);
  if (member(parsed, 'v') !== SCHEMA_VERSION) return undefined;
  const purgedAt = member(parsed, 'purgedAt');
  if (typeof purgedAt === 'number') return { purgedAt };
  const readAt = member(parsed, 'readAt');
  const freshForMs = member(parsed, 'freshForMs');
  const value = member(parsed, 'value');
  if (typeof readAt !== 'number' || typeof freshForMs !== 'number' || value === undefined) return undefined;
  return { value, readAt, freshForMs };
}
