import { inject, injectable } from 'tsyringe';
import type { Installation } from '../../domain/apps.ts';
import type { GuardrailsReading } from '../../domain/guardrails.ts';
import type { AllowlistReading } from '../../domain/issuer-allowlist.ts';
import type { Cache, CacheInvalidation } from '../ports/cache.ts';
import { requestToken } from '../ports/token.ts';
import type { FoldersRead } from '../ports/trust-policy-repository.ts';
import type { Unavailable } from '../ports/unavailable.ts';
import type { KnownFile, OrganizationFile, OrganizationFileEntry, RefusedReading } from './organization-file.ts';

/** Organizations' issuer allowlists, one an owner. */
export type IssuerAllowlists = OrganizationFile<AllowlistReading>;
/** Organizations' guardrails, one an owner. */
export type OrganizationGuardrails = OrganizationFile<GuardrailsReading>;

export const ISSUER_ALLOWLISTS = requestToken<IssuerAllowlists>('IssuerAllowlists');
export const ALLOWLIST_CACHE = requestToken<Cache<OrganizationFileEntry> & CacheInvalidation>('AllowlistCache');
export const GUARDRAILS = requestToken<OrganizationGuardrails>('Guardrails');
export const GUARDRAILS_CACHE = requestToken<Cache<OrganizationFileEntry> & CacheInvalidation>('GuardrailsCache');

/** What both files of an organization say. */
export interface OrganizationReadings {
  readonly allowlist: AllowlistReading;
  readonly guardrails: GuardrailsReading;
}

/** The same, where this App may have been refused the policy repository. */
export interface OrganizationFound {
  readonly allowlist: AllowlistReading | RefusedReading<AllowlistReading>;
  readonly guardrails: GuardrailsReading | RefusedReading<GuardrailsReading>;
}

/** What is known of both before GitHub is asked. */
export interface KnownFiles {
  readonly allowlist: KnownFile;
  readonly guardrails: KnownFile;
}

/** The files with which an organization restrains its repositories. One read of the policy repository brings both. */
@injectable()
export class OrganizationFiles {
  constructor(
    @inject(ISSUER_ALLOWLISTS) private readonly allowlists: IssuerAllowlists,
    @inject(GUARDRAILS) private readonly guardrails: OrganizationGuardrails,
  ) {}

  async known(installation: Installation): Promise<KnownFiles> {
    const [allowlist, guardrails] = await Promise.all([
      this.allowlists.known(installation),
      this.guardrails.known(installation),
    ]);
    return { allowlist, guardrails };
  }

  /** What may be gone by without asking GitHub: only both, for one read brings both. */
  fresh(known: KnownFiles): OrganizationReadings | undefined {
    const allowlist = this.allowlists.fresh(known.allowlist);
    const guardrails = this.guardrails.fresh(known.guardrails);
    return allowlist === undefined || guardrails === undefined ? undefined : { allowlist, guardrails };
  }

  /** The last answers, if both are recent enough. */
  last(known: KnownFiles): OrganizationReadings | undefined {
    const allowlist = this.allowlists.last(known.allowlist);
    const guardrails = this.guardrails.last(known.guardrails);
    if (allowlist === undefined || allowlist.kind === 'unavailable') return undefined;
    return guardrails === undefined || guardrails.kind === 'unavailable' ? undefined : { allowlist, guardrails };
  }

  /** @param readAt when the read began */
  async after(
    installation: Installation,
    organization: FoldersRead['organization'],
    known: KnownFiles,
    readAt: number,
  ): Promise<OrganizationFound | Unavailable> {
    const allowlist = await this.allowlists.after(installation, organization, known.allowlist, readAt);
    const guardrails = await this.guardrails.after(installation, organization, known.guardrails, readAt);
    if (allowlist.kind === 'unavailable') return allowlist;
    return guardrails.kind === 'unavailable' ? guardrails : { allowlist, guardrails };
  }
}
