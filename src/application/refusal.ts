import type { MissingPermission } from '../domain/accepted-permissions.ts';
import type { Installation } from '../domain/apps.ts';
import type { Finding } from '../domain/finding.ts';
import type { TokenFault } from '../domain/guardrails.ts';
import type { NearMiss } from '../domain/policy-folder.ts';
import type { FieldVerdict, Verdict } from '../domain/trust-policy.ts';
import type { Unavailable } from './ports/unavailable.ts';

/** What a caller who belongs to the scope's owner is told. */
export interface Explanation {
  /** The policy's path in its repository. */
  readonly policy: string;
  readonly fields: readonly ExplainedField[];
  /** Further sentences: near misses of a file name, GitHub's own words, faults of the file. */
  readonly notes: readonly string[];
}

export interface ExplainedField extends FieldVerdict {
  readonly hint?: string;
}

export type RefusalKind =
  | 'invalid_token'
  /** A GitHub token that GitHub does not accept: the wire says `invalid_token`, with 401. */
  | 'token_rejected'
  | 'token_verification_failed'
  | 'issuer_not_allowed'
  | 'permission_denied'
  | 'narrowing_not_granted'
  | 'policy_not_found'
  | 'policy_invalid'
  | 'installation_not_found'
  | 'issuer_allowlist_invalid'
  | 'guardrails_invalid'
  | 'rate_limited'
  | 'misconfigured'
  | 'internal_error'
  | 'upstream_error'
  | 'unavailable'
  | 'upstream_timeout';

/** What a refusal was decided on, from which an explanation can be made. Never sent as it stands. */
export type Evidence =
  | { readonly kind: 'mismatch'; readonly verdict: Verdict }
  /** `nearMisses`: files with almost the policy's name, the nearest first. */
  | { readonly kind: 'policy_absent'; readonly nearMisses: readonly NearMiss[] }
  | { readonly kind: 'policy_invalid'; readonly findings: readonly Finding[] }
  /** The token matches the policy, and the organization's guardrails do not take it. */
  | { readonly kind: 'token_outside'; readonly faults: readonly TokenFault[] }
  /** GitHub's own sentence, and what the installation that was asked seems to lack. */
  | {
      readonly kind: 'mint_refused';
      readonly reason: string;
      readonly missing: readonly MissingPermission[];
      readonly installation: Installation;
    }
  /** No key of the issuer made the token's signature: anybody may have sent it. */
  | { readonly kind: 'bad_signature' };

export interface RefusalDetails {
  readonly retryAfterSeconds?: number;
  /** For the log and the audit event, never for the caller. */
  readonly detail?: string;
  readonly evidence?: Evidence;
  /** For a caller who may have it. */
  readonly explanation?: Explanation;
  /** A bound of this service was reached, and not another server's limit. */
  readonly isOwnLimit?: true;
}

/** An expected outcome that is not a success. Its message is for anyone: general, honest, without text of strangers. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly kind: RefusalKind,
    message: string,
    readonly details: RefusalDetails = {},
  ) {
    super(message);
  }

  /** The refusal for another server's failure. Only GitHub says how long to wait, so only that is passed on. */
  static unavailable(failure: Unavailable, server: 'GitHub' | 'The issuer'): Refusal {
    const details = { detail: failure.detail };
    switch (failure.cause) {
      case 'limited':
        return new Refusal('rate_limited', `${server} limits its requests at the moment. Try again later.`, {
          ...details,
          retryAfterSeconds: failure.retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS,
        });
      case 'own_limit':
        return new Refusal('rate_limited', 'Too many requests of this kind at the moment. Try again later.', {
          ...details,
          retryAfterSeconds: failure.retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS,
          isOwnLimit: true,
        });
      case 'timeout':
        return new Refusal('upstream_timeout', `${server} did not answer in time.`, details);
      case 'credentials':
        return new Refusal('misconfigured', "GitHub does not accept this service's own credentials.", details);
      case 'refused':
        return new Refusal('permission_denied', `${server} refuses what this service asks for.`, details);
      case 'unusable':
        return new Refusal('upstream_error', `${server} gave an answer that can't be used.`, details);
      case 'down':
        return server === 'GitHub'
          ? new Refusal('unavailable', 'GitHub is not available at the moment.', details)
          : new Refusal('upstream_error', 'The issuer is not available at the moment.', details);
    }
  }

  /** The same refusal with an explanation, for a caller who may have it. */
  explained(explanation: Explanation): Refusal {
    return new Refusal(this.kind, this.message, { ...this.details, explanation });
  }
}

/** A refusal as the audit log keeps it. */
export interface RecordedRefusal {
  /** The real one, also where the caller was told another. The edge has kinds of its own (schemas/ lists all). */
  readonly kind: string;
  readonly detail: string;
}

/** @param error a refusal, or what a bug threw */
export function recordedRefusal(error: unknown): RecordedRefusal {
  if (!(error instanceof Refusal)) return { kind: 'internal_error', detail: 'a bug: see the log' };
  return { kind: error.kind, detail: error.details.detail ?? error.message };
}

/** GitHub's advice for a secondary limit without `retry-after`: wait a minute. */
const DEFAULT_RETRY_AFTER_SECONDS = 60;
