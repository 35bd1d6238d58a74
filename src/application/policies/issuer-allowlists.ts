import type { AllowlistReading } from '../../domain/issuer-allowlist.ts';
import type { Cache, CacheInvalidation } from '../ports/cache.ts';
import type { OrganizationFile, OrganizationFileEntry } from './organization-file.ts';
import { requestToken } from '../ports/token.ts';

/** Organizations' issuer allowlists, one an owner. */
export type IssuerAllowlists = OrganizationFile<AllowlistReading>;

export const ISSUER_ALLOWLISTS = requestToken<IssuerAllowlists>('IssuerAllowlists');
export const ALLOWLIST_CACHE = requestToken<Cache<OrganizationFileEntry> & CacheInvalidation>('AllowlistCache');
