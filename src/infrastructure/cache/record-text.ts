import { member, parsedJson } from '../json/untrusted-json.ts';
import type { CacheRecord } from './cache-entry.ts';
import type { StoreAnswer } from './cache-store.ts';

/** What stores that keep text hold: `v` is the schema version of the value. */
export function recordText(record: CacheRecord<unknown>, version: number): string {
  return JSON.stringify({ v: version, ...record });
}

export function storeAnswer(text: string): StoreAnswer {
  const parsed = parsedJson(text);
  const version = member(parsed, 'v');
  const record = recordIn(parsed);
  return isWhole(version) && record !== undefined ? { kind: 'found', record, version } : { kind: 'unreadable' };
}

function recordIn(parsed: unknown): CacheRecord<unknown> | undefined {
  const purgedAt = member(parsed, 'purgedAt');
  if (typeof purgedAt === 'number') return { purgedAt };
  const readAt = member(parsed, 'readAt');
  // Entries had no revision at first.
  const revision = member(parsed, 'revision') ?? 0;
  const freshForMs = member(parsed, 'freshForMs');
  const value = member(parsed, 'value');
  if (typeof readAt !== 'number' || !isWhole(revision) || typeof freshForMs !== 'number' || value === undefined) {
    return undefined;
  }
  const expiredAt = member(parsed, 'expiredAt');
  return { value, readAt, revision, freshForMs, ...(typeof expiredAt === 'number' ? { expiredAt } : {}) };
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
