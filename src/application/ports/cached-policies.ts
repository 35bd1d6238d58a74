import type { InjectionToken } from 'tsyringe';
import type { App } from '../../domain/apps.ts';

/** `store_failed`: this isolate has forgotten, others may go on with the old for as long as a copy lives. */
export type Forgetting = { readonly kind: 'forgotten' } | { readonly kind: 'store_failed'; readonly detail: string };

/**
 * What is remembered of GitHub, to be forgotten when GitHub tells of a change: in this isolate at once, elsewhere within
 * 90 s. A read that is under way can't bring the old back.
 */
export interface CachedPolicies {
  /** An issuer allowlist is made old instead: what was seen once must not be taken for absent until that is read. */
  forgetRepository(owner: string, repository: string): Promise<Forgetting>;
  forgetInstallation(app: App, owner: string): Promise<Forgetting>;
}

export const CACHED_POLICIES: InjectionToken<CachedPolicies> = Symbol('CachedPolicies');
