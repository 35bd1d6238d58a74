import type { InjectionToken } from 'tsyringe';
import type { Installation } from '../../domain/apps.ts';
import type { Finding } from '../../domain/finding.ts';
import type { AllowlistReading } from '../../domain/issuer-allowlist.ts';
import type { Scope } from '../../domain/scope.ts';
import type { TrustPolicy } from '../../domain/trust-policy.ts';
import type { Unavailable } from './unavailable.ts';

export interface PolicyQuery {
  readonly installation: Installation;
  readonly scope: Scope;
  readonly identity: string;
}

export interface FoundPolicy {
  readonly kind: 'found';
  readonly policy: TrustPolicy;
  /** SHA-256 of the file, in hex. */
  readonly contentHash: string;
}

/** The requested policy, as part of a read that succeeded. */
export type PolicyReading =
  | FoundPolicy
  | { readonly kind: 'invalid'; readonly findings: readonly Finding[]; readonly contentHash: string }
  /** No such file, or no such repository; `nearMisses` are files with almost its name. */
  | { readonly kind: 'absent'; readonly nearMisses: readonly string[] };

/** GitHub refused this installation the policy repository, with 422 and no limit. Another App's may be able to read it. */
export interface AllowlistRefused {
  readonly kind: 'refused';
  /**
   * What counts where every other App is refused too: the last answer, if it is at most an hour old; else that a list
   * was once seen, so that its absence would have to be read. Nothing where none ever was.
   */
  readonly last?: AllowlistReading | Unavailable;
}

export interface PoliciesRead {
  readonly kind: 'read';
  /** The repository that holds the policy; nothing where it does not exist or the App can't see it. */
  readonly repositoryId: number | undefined;
  readonly policy: PolicyReading;
  readonly allowlist: AllowlistReading | AllowlistRefused;
}

export type PolicyLookup =
  | PoliciesRead
  /** The name belongs to another account than the installation: both must be looked up afresh. */
  | { readonly kind: 'account_changed' }
  /** `stale`: what was last confirmed, at most an hour ago, for use where nothing better is to be had. */
  | (Unavailable & { readonly stale?: PoliciesRead });

/**
 * The trust policies and the issuer allowlist, from the default branches. They may be 5 minutes old (up to 15 while
 * webhooks keep them current). An absence counts only as part of a read that succeeded.
 */
export interface PolicySource {
  find(query: PolicyQuery): Promise<PolicyLookup>;
  /** The allowlist alone, through another App of the pool. */
  findAllowlist(installation: Installation): Promise<AllowlistReading | AllowlistRefused | Unavailable>;
  /**
   * Every App was refused: `find` says `unreadable` for the next 5 minutes, so that not every exchange asks them all.
   * Whoever calls this lets every issuer federate meanwhile.
   */
  believeUnreadable(installation: Installation): Promise<void>;
}

export const POLICY_SOURCE: InjectionToken<PolicySource> = Symbol('PolicySource');
