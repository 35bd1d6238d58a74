import { member, parsedJson } from '../http/bounded-fetch.ts';
import type { Stored } from './copy.ts';
import type { StoreAnswer } from './copy-store.ts';

/** What stores that keep text hold: `v` is the schema version of the value. */
export function storedText(stored: Stored<unknown>, version: number): string {
  return JSON.stringify({ v: version, ...stored });
}

export function storeAnswer(text: string): StoreAnswer {
  const parsed = parsedJson(text);
  const version = member(parsed, 'v');
  const stored = storedIn(parsed);
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || stored === undefined) {
    return { kind: 'unreadable' };
  }
  return { kind: 'found', stored, version };
}

function storedIn(parsed: unknown): Stored<unknown> | undefined {
  const purgedAt = member(parsed, 'purgedAt');
  if (typeof purgedAt === 'number') return { purgedAt };
  const readAt = member(parsed, 'readAt');
  const freshForMs = member(parsed, 'freshForMs');
  const value = member(parsed, 'value');
  if (typeof readAt !== 'number' || typeof freshForMs !== 'number' || value === undefined) return undefined;
  return { value, readAt, freshForMs };
}
