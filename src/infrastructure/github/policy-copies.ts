import { ALLOWLIST_FILE, MAX_POLICY_BYTES, POLICY_SUFFIX } from '../../domain/policy-location.ts';
import { member } from '../http/bounded-fetch.ts';
import { entryOf, type CacheEntry } from '../cache/cache-entry.ts';
import type { WeightLimit } from '../cache/lru-map.ts';
import type { CachePolicy, IsolateMemo } from '../cache/two-level-cache.ts';
import type { FolderFile, RepositoryFolder } from './folder-query.ts';

/** The policy folder of a repository, as it is kept. */
export interface FolderCopy {
  readonly accountId: number;
  /** `null`: GitHub told, as part of a read that succeeded, that there is no such repository for us. */
  readonly repositoryId: number | null;
  readonly files: readonly FolderFile[];
  /** The folder was too big to be read at once: texts are read one by one. */
  readonly listingOnly: boolean;
}

export type AllowlistState =
  { readonly kind: 'absent' } | { readonly kind: 'file'; readonly text: string } | { readonly kind: 'not_a_file' };

/** The organization's issuer allowlist, as it is kept. */
export interface AllowlistCopy {
  readonly accountId: number;
  readonly state: AllowlistState;
  /** The last valid list, where the present one is not. */
  readonly lastGood?: { readonly text: string; readonly readAt: number };
}

const FRESH_MS = 5 * 60_000;
const FRESHNESS_STEP_MS = 5 * 60_000;
const LONGEST_FRESH_MS = 15 * 60_000;
const ISOLATE_MS = 30_000;
/** What GitHub last confirmed this long ago decides nothing any more. */
export const LONGEST_STALE_MS = 60 * 60_000;

export const FOLDER_CACHE: Omit<CachePolicy<FolderCopy>, 'prefix'> = {
  isolateMs: ISOLATE_MS,
  longestFreshMs: LONGEST_FRESH_MS,
  keepForSeconds: LONGEST_STALE_MS / 1000 + 60 * 60,
  isValue: isFolderCopy,
  migrations: [],
  isSame: (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b),
};

/** Of all folders that an isolate remembers; it has 128 MB, and a character takes up to two bytes. */
const MAX_FOLDER_CHARACTERS = 16 * 1024 * 1024;
/** Of what a file takes beyond its text. */
const FILE_OVERHEAD_CHARACTERS = 100;

/** A folder is 1 MiB of text at the most, and a few KiB as a rule. */
export const FOLDER_WEIGHT: WeightLimit<IsolateMemo<FolderCopy>> = {
  weigh: ({ record, kept }) => {
    const held = new Set([entryOf(record)?.value, kept?.value]);
    return [...held].reduce((sum, folder) => sum + charactersOf(folder), 0);
  },
  maxWeight: MAX_FOLDER_CHARACTERS,
};

function charactersOf(folder: FolderCopy | undefined): number {
  const sizes = folder?.files.map(({ name, text }) => name.length + (text?.length ?? 0) + FILE_OVERHEAD_CHARACTERS);
  return sizes?.reduce((sum, size) => sum + size, 0) ?? 0;
}

/**
 * Kept for good: once a list was seen, only a readable absence clears it. So whoever changes the shape adds a migration
 * that keeps what is stored.
 */
export const ALLOWLIST_CACHE: Omit<CachePolicy<AllowlistCopy>, 'prefix'> = {
  isolateMs: ISOLATE_MS,
  isAlwaysWritten: true,
  longestFreshMs: LONGEST_FRESH_MS,
  isValue: isAllowlistCopy,
  migrations: [],
  isSame: (a, b) => JSON.stringify(a) === JSON.stringify(b),
};

/** How long a new copy is fresh: longer each time it is found unchanged, where webhooks would tell of a change. */
export function freshFor<Value>(
  previous: CacheEntry<Value> | undefined,
  unchanged: boolean,
  webhooksTell: boolean,
): number {
  if (previous === undefined || !unchanged || !webhooksTell) return FRESH_MS;
  return Math.min(previous.freshForMs + FRESHNESS_STEP_MS, LONGEST_FRESH_MS);
}

/** Texts of files that are no policies are not kept, nor those of files too large to be valid. */
export function folderCopy(folder: RepositoryFolder, listingOnly: boolean): FolderCopy {
  const { accountId, repositoryId, files } = folder;
  return { accountId, repositoryId, files: files.map(keptFile), listingOnly };
}

export function absentRepository(accountId: number): FolderCopy {
  return { accountId, repositoryId: null, files: [], listingOnly: false };
}

export function allowlistFile(folder: RepositoryFolder): FolderFile | undefined {
  return folder.files.find((one) => one.name === ALLOWLIST_FILE);
}

export function allowlistState(file: FolderFile | undefined): AllowlistState {
  if (file === undefined) return { kind: 'absent' };
  return file.kind === 'file' && file.text !== undefined ? { kind: 'file', text: file.text } : { kind: 'not_a_file' };
}

function keptFile(file: FolderFile): FolderFile {
  const { name, kind, bytes, text, oid } = file;
  const isKept = name.endsWith(POLICY_SUFFIX) && bytes <= MAX_POLICY_BYTES && text !== undefined;
  return isKept ? { name, kind, bytes, text } : { name, kind, bytes, ...(oid === undefined ? {} : { oid }) };
}

function isFolderCopy(value: unknown): value is FolderCopy {
  const repositoryId = member(value, 'repositoryId');
  const files = member(value, 'files');
  return (
    typeof member(value, 'accountId') === 'number' &&
    (repositoryId === null || typeof repositoryId === 'number') &&
    typeof member(value, 'listingOnly') === 'boolean' &&
    Array.isArray(files) &&
    files.every(isFolderFile)
  );
}

function isFolderFile(value: unknown): boolean {
  const text = member(value, 'text');
  const oid = member(value, 'oid');
  const isNamed = typeof member(value, 'name') === 'string' && typeof member(value, 'kind') === 'string';
  const areTexts = [text, oid].every((one) => one === undefined || typeof one === 'string');
  return isNamed && typeof member(value, 'bytes') === 'number' && areTexts;
}

function isAllowlistCopy(value: unknown): value is AllowlistCopy {
  const state = member(value, 'state');
  const lastGood = member(value, 'lastGood');
  const isState =
    member(state, 'kind') === 'file' ? typeof member(state, 'text') === 'string' : isOneOf(member(state, 'kind'));
  const isGood = typeof member(lastGood, 'text') === 'string' && typeof member(lastGood, 'readAt') === 'number';
  return typeof member(value, 'accountId') === 'number' && isState && (lastGood === undefined || isGood);
}

function isOneOf(kind: unknown): boolean {
  return kind === 'absent' || kind === 'not_a_file';
}
