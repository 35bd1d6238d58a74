import { inject, injectable } from 'tsyringe';
import type { Installation } from '../../domain/apps.ts';
import { MAX_POLICY_BYTES, POLICY_SUFFIX } from '../../domain/policy-location.ts';
import type { PolicyFile } from '../../domain/policy-folder.ts';
import type { Cache, CacheEntry, CacheInvalidation } from '../ports/cache.ts';
import type { FoundFolder, RefusedFolder } from '../ports/trust-policy-repository.ts';
import { freshFor } from './freshness.ts';
import { POLICY_RULES, type PolicyRules } from './policy-rules.ts';
import { requestToken } from '../ports/token.ts';

/** The policy folder of a repository, as it is kept. */
export interface KnownFolder {
  readonly accountId: number;
  /** `null`: GitHub told, as part of a read that succeeded, that there is no such repository for us. */
  readonly repositoryId: number | null;
  readonly files: readonly PolicyFile[];
  readonly listingOnly: boolean;
}

export const FOLDER_CACHE = requestToken<Cache<KnownFolder> & CacheInvalidation>('FolderCache');

/** An absent repository is remembered by this isolate alone: invented names must not fill the store. */
const ABSENT_REPOSITORY_MS = 30_000;

/** Policy folders as they were last read, by repository. */
@injectable()
export class PolicyFolders {
  constructor(
    @inject(FOLDER_CACHE) private readonly cache: Cache<KnownFolder> & CacheInvalidation,
    @inject(POLICY_RULES) private readonly rules: PolicyRules,
  ) {}

  /** The last one read for this account. An account id that has changed discards what was kept under its name. */
  async known({ owner, accountId }: Installation, repository: string): Promise<CacheEntry<KnownFolder> | undefined> {
    const found = await this.cache.find(folderKey(owner, repository));
    return found.kind === 'found' && found.entry.value.accountId === accountId ? found.entry : undefined;
  }

  /** @param readAt when the read began */
  keep(
    { owner, accountId }: Installation,
    repository: string,
    target: FoundFolder | RefusedFolder,
    previous: CacheEntry<KnownFolder> | undefined,
    readAt: number,
  ): KnownFolder {
    const key = folderKey(owner, repository);
    if (target.kind === 'refused') {
      const value = { accountId, repositoryId: null, files: [], listingOnly: false };
      this.cache.put(key, { value, readAt, revision: 0, freshForMs: ABSENT_REPOSITORY_MS }, 'isolate');
      return value;
    }
    const read = keptFolder(target);
    const unchanged = previous !== undefined && isSameFolder(previous.value, read);
    // The same object again, so that a folder is held once.
    const value = unchanged ? previous.value : read;
    const freshForMs = freshFor(previous, unchanged, this.rules.webhooksTell);
    this.cache.put(key, { value, readAt, revision: 0, freshForMs }, 'shared');
    return value;
  }
}

export function folderKey(owner: string, repository: string): string {
  return `${owner}/${repository}`.toLowerCase();
}

export function isSameFolder(a: KnownFolder, b: KnownFolder): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function keptFolder({ folder }: FoundFolder): KnownFolder {
  const { accountId, repositoryId, files, listingOnly } = folder;
  return { accountId, repositoryId, files: files.map(keptFile), listingOnly };
}

/** Only policies are needed with their texts. */
function keptFile(file: PolicyFile): PolicyFile {
  const { name, kind, bytes, text, oid } = file;
  const isKept = name.endsWith(POLICY_SUFFIX) && bytes <= MAX_POLICY_BYTES && text !== undefined;
  return isKept ? { name, kind, bytes, text } : { name, kind, bytes, ...(oid === undefined ? {} : { oid }) };
}
