import { inject, injectable } from 'tsyringe';
import type { App } from '../../domain/apps.ts';
import { sameName } from '../../domain/scope.ts';
import type { CacheInvalidation } from '../ports/cache.ts';
import { INSTALLATION_CACHE, installationKey } from './installations.ts';
import { ALLOWLIST_CACHE, GUARDRAILS_CACHE } from './organization-files.ts';
import { FOLDER_CACHE, folderKey } from './policy-folders.ts';
import { POLICY_RULES, type PolicyRules } from './policy-rules.ts';

/** `store_failed`: this isolate has forgotten, others may go on with the old for as long as an entry lives. */
export type Forgetting = { readonly kind: 'forgotten' } | { readonly kind: 'store_failed'; readonly detail: string };

/**
 * Forgets what is remembered of GitHub when GitHub tells of a change: in this isolate at once, elsewhere within 90 s. A
 * read that is under way can't bring the old back.
 */
@injectable()
export class ForgetPolicies {
  constructor(
    @inject(INSTALLATION_CACHE) private readonly installations: CacheInvalidation,
    @inject(FOLDER_CACHE) private readonly folders: CacheInvalidation,
    @inject(ALLOWLIST_CACHE) private readonly allowlists: CacheInvalidation,
    @inject(GUARDRAILS_CACHE) private readonly guardrails: CacheInvalidation,
    @inject(POLICY_RULES) private readonly rules: PolicyRules,
  ) {}

  /** An organization's own files are expired instead: what was seen once must not be taken for absent until that is read. */
  ofRepository(owner: string, repository: string): Promise<Forgetting> {
    return outcome(async () => {
      const purge = this.folders.purge(folderKey(owner, repository));
      const files = sameName(repository, this.rules.orgPolicyRepository) ? [this.allowlists, this.guardrails] : [];
      await Promise.all([purge, ...files.map((file) => file.expire(owner.toLowerCase()))]);
    });
  }

  ofInstallation(app: App, owner: string): Promise<Forgetting> {
    return outcome(() => this.installations.purge(installationKey(app, owner)));
  }
}

async function outcome(work: () => Promise<void>): Promise<Forgetting> {
  try {
    await work();
    return { kind: 'forgotten' };
  } catch (error) {
    return { kind: 'store_failed', detail: error instanceof Error ? error.name : 'unknown' };
  }
}
