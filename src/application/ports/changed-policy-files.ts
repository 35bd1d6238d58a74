import type { Installation } from '../../domain/apps.ts';
import type { Finding } from '../../domain/finding.ts';
import type { GuardrailsReading } from '../../domain/guardrails.ts';
import type { TrustPolicy } from '../../domain/trust-policy.ts';
import type { Unavailable } from './unavailable.ts';
import { requestToken } from './token.ts';

/** A commit of a repository, as our own installation there sees it. */
export interface CommitPlace {
  readonly installation: Installation;
  readonly repository: string;
  /** Its full name, in hex. */
  readonly commit: string;
}

/** Where GitHub lists the files that a commit changes. */
export type ChangeList =
  /** `base`: a commit, for pull requests of more files than GitHub lists. */
  | { readonly kind: 'pull_request'; readonly number: number; readonly base: string }
  /** Everything since the commit that `base` (a commit or a branch) and the commit have in common. */
  | { readonly kind: 'since'; readonly base: string }
  /** All files of the policies' folder are new. */
  | { readonly kind: 'everything' };

export type ChangedPaths = { readonly kind: 'listed'; readonly paths: readonly string[] } | Unavailable;

/** A file of the policies' folder, judged as an exchange would judge it, and linted. */
export interface CheckedFile {
  /** Within the policies' folder. */
  readonly name: string;
  readonly findings: readonly Finding[];
  /** Where it was read as a policy, valid or not. */
  readonly text?: string;
  /** Where it is a valid trust policy. */
  readonly policy?: TrustPolicy;
}

export type CheckedFiles = { readonly kind: 'checked'; readonly files: readonly CheckedFile[] } | Unavailable;

/** The guardrails to judge by: the organization's, or those that the commit itself holds (in the policy repository). */
export type JudgingGuardrails = GuardrailsReading | { readonly kind: 'of_the_commit' };

/** What a commit changes in the policies' folder. Nothing is cached; an unavailable GitHub is never "no change". */
export interface ChangedPolicyFiles {
  /** Paths that were added, changed or renamed to; removed ones are left out. All pages of the list. */
  list(place: CommitPlace, changes: ChangeList): Promise<ChangedPaths>;
  /** The files of these names as they are at the commit; those that are not there are left out. */
  check(place: CommitPlace, names: readonly string[], guardrails: JudgingGuardrails): Promise<CheckedFiles>;
}

export const CHANGED_POLICY_FILES = requestToken<ChangedPolicyFiles>('ChangedPolicyFiles');
