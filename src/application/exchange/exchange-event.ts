import type { ProvenBy } from '../../domain/caller.ts';
import type { FieldVerdict } from '../../domain/trust-policy.ts';
import type { WorkflowRun } from '../../domain/workflow-run.ts';
import type { RecordedRefusal } from '../refusal.ts';

/** `within`: nothing is outside them. `audit`: something is, and they only record it. */
export type GuardrailsNote = 'absent' | 'unreadable' | 'invalid' | 'within' | 'audit' | 'refused';

/** One attempt to exchange a token, as the audit log keeps it. Ids and names only: no token, no key, no secret. */
export interface ExchangeEvent {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly requestId: string;
  readonly outcome: 'granted' | 'refused';
  /** Absent, like the identity, where the request could not be read. */
  readonly scope?: string;
  readonly identity?: string;
  readonly userAgent?: string;
  readonly clientAddress?: string;
  /** Which of two hosts was asked, where two are served. */
  readonly host?: string;
  /** Milliseconds from the request to the decision. */
  readonly durationMs: number;
  readonly githubRequests: number;
  /** Whether the token was verified. If not, anybody may have written issuer and subject. */
  readonly proven: boolean;
  /** Whose keys verified it. */
  readonly provenBy?: ProvenBy;
  readonly issuer?: string;
  readonly subject?: string;
  /** The job that asked, where GitHub's own token told it, whether or not the policy looks at such claims. */
  readonly workflowRun?: WorkflowRun;
  /** Every claim that the policy checked, with what the token said. */
  readonly fields?: readonly FieldVerdict[];
  readonly policyPath?: string;
  readonly policyHash?: string;
  /** How the organization's issuer allowlist decided. */
  readonly allowlist?: string;
  /** How the organization's guardrails decided. */
  readonly guardrails?: GuardrailsNote;
  /** What enforcing guardrails would have refused it with, where they only audit. */
  readonly guardrailsWouldRefuse?: RecordedRefusal;
  /** The App by the operator's name for it, and by GitHub's number. */
  readonly app?: string;
  readonly appId?: string;
  readonly installationId?: number;
  readonly permissions?: Readonly<Record<string, string>>;
  /** Names; nothing where the token covers all repositories of the installation. */
  readonly repositories?: readonly string[];
  readonly expiresAt?: string;
  readonly refusal?: RecordedRefusal;
}
