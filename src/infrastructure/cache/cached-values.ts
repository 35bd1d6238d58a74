import { LONGEST_FRESH_MS, LONGEST_STALE_MS } from '../../application/policies/freshness.ts';
import { INSTALLATION_FRESH_MS, type InstallationEntry } from '../../application/policies/installations.ts';
import { isSameFile, type OrganizationFileEntry } from '../../application/policies/organization-file.ts';
import { isSameFolder, type KnownFolder } from '../../application/policies/policy-folders.ts';
import { member } from '../json/untrusted-json.ts';
import { entryOf } from './cache-entry.ts';
import type { WeightLimit } from './lru-map.ts';
import type { CachePolicy, IsolateMemo } from './two-level-cache.ts';

/** An isolate asks the store again after this time, so it sees what other isolates wrote. */
const ISOLATE_MS = 30_000;

type Policy<Value> = Omit<CachePolicy<Value>, 'prefix'>;

export const INSTALLATION_VALUES: Policy<InstallationEntry> = {
  isolateMs: ISOLATE_MS,
  longestFreshMs: INSTALLATION_FRESH_MS,
  keepForSeconds: INSTALLATION_FRESH_MS / 1000,
  isValue: isInstallation,
  migrations: [],
  isSame: isSameInstallation,
};

export const FOLDER_VALUES: Policy<KnownFolder> = {
  isolateMs: ISOLATE_MS,
  longestFreshMs: LONGEST_FRESH_MS,
  keepForSeconds: LONGEST_STALE_MS / 1000 + 60 * 60,
  isValue: isFolder,
  migrations: [],
  isSame: isSameFolder,
};

/**
 * Kept for ever: once a file was seen, it counts until a read shows that it is gone. So a change of the shape needs a
 * migration: entries that are stored already must stay readable.
 */
export const ORGANIZATION_FILE_VALUES: Policy<OrganizationFileEntry> = {
  isolateMs: ISOLATE_MS,
  isAlwaysWritten: true,
  longestFreshMs: LONGEST_FRESH_MS,
  isValue: isOrganizationFile,
  migrations: [],
  isSame: isSameFile,
};

/** For all folders that an isolate remembers. An isolate has 128 MB, and a character takes up to two bytes. */
const MAX_FOLDER_CHARACTERS = 16 * 1024 * 1024;
/** What a file takes in memory beside its text, roughly. */
const FILE_OVERHEAD_CHARACTERS = 100;

/** A folder has 1 MiB of text at most, and usually a few KiB. */
export const FOLDER_WEIGHT: WeightLimit<IsolateMemo<KnownFolder>> = {
  weigh: ({ record, kept }) => {
    const held = new Set([entryOf(record)?.value, kept?.value]);
    return [...held].reduce((sum, folder) => sum + charactersOf(folder), 0);
  },
  maxWeight: MAX_FOLDER_CHARACTERS,
};

function charactersOf(folder: KnownFolder | undefined): number {
  const sizes = folder?.files.map(({ name, text }) => name.length + (text?.length ?? 0) + FILE_OVERHEAD_CHARACTERS);
  return sizes?.reduce((sum, size) => sum + size, 0) ?? 0;
}

/** An absence is kept in the isolate only, so a stored value is never one. Older versions know no `accepted`. */
function isInstallation(value: unknown): value is InstallationEntry {
  const pairRefused = member(value, 'pairRefused');
  const unreadableAt = member(value, 'unreadableAt');
  return (
    typeof member(value, 'id') === 'number' &&
    typeof member(value, 'accountId') === 'number' &&
    (pairRefused === undefined || typeof pairRefused === 'boolean') &&
    (unreadableAt === undefined || typeof unreadableAt === 'number') &&
    isAccepted(member(value, 'accepted'))
  );
}

function isAccepted(accepted: unknown): boolean {
  if (accepted === undefined) return true;
  const permissions = member(accepted, 'permissions');
  const account = member(accepted, 'account');
  return (
    (account === 'organization' || account === 'user') &&
    typeof permissions === 'object' &&
    permissions !== null &&
    Object.values(permissions).every((level) => typeof level === 'string')
  );
}

function isSameInstallation(a: InstallationEntry, b: InstallationEntry): boolean {
  if ('absent' in a || 'absent' in b) return 'absent' in a && 'absent' in b;
  return (
    a.id === b.id &&
    a.accountId === b.accountId &&
    (a.pairRefused === true) === (b.pairRefused === true) &&
    (a.unreadableAt === undefined) === (b.unreadableAt === undefined) &&
    JSON.stringify(a.accepted) === JSON.stringify(b.accepted)
  );
}

function isFolder(value: unknown): value is KnownFolder {
  const repositoryId = member(value, 'repositoryId');
  const files = member(value, 'files');
  return (
    typeof member(value, 'accountId') === 'number' &&
    (repositoryId === null || typeof repositoryId === 'number') &&
    typeof member(value, 'listingOnly') === 'boolean' &&
    Array.isArray(files) &&
    files.every(isFile)
  );
}

function isFile(value: unknown): boolean {
  const text = member(value, 'text');
  const oid = member(value, 'oid');
  const isNamed = typeof member(value, 'name') === 'string' && typeof member(value, 'kind') === 'string';
  const areTexts = [text, oid].every((one) => one === undefined || typeof one === 'string');
  return isNamed && typeof member(value, 'bytes') === 'number' && areTexts;
}

function isOrganizationFile(value: unknown): value is OrganizationFileEntry {
  const lastGood = member(value, 'lastGood');
  const isGood = typeof member(lastGood, 'text') === 'string' && typeof member(lastGood, 'readAt') === 'number';
  const isState = isFileState(member(value, 'state'));
  return typeof member(value, 'accountId') === 'number' && isState && (lastGood === undefined || isGood);
}

function isFileState(state: unknown): boolean {
  const kind = member(state, 'kind');
  if (kind === 'file') return typeof member(state, 'text') === 'string';
  return kind === 'absent' || kind === 'not_a_file';
}
