import type { CheckedFile, CommitPlace } from './changed-policy-files.ts';
import type { Unavailable } from './unavailable.ts';
import { requestToken } from './token.ts';

/** What authors and reviewers are to see on a commit. */
export interface CheckReport {
  readonly conclusion: 'success' | 'failure';
  /** Every file that was asked about, those included that are not there (any more), within the policies' folder. */
  readonly names: readonly string[];
  readonly files: readonly CheckedFile[];
  /** How many of `names`, the last ones, were not judged, for there are too many; none unless given. */
  readonly leftOut?: number;
}

/** Our report on a commit, as GitHub shows it now. */
export interface EarlierReport {
  readonly kind: 'found';
  readonly id: number;
  readonly names: readonly string[];
  /** How many findings it shows already. GitHub only adds to them. */
  readonly annotations: number;
}

export type ReportLookup = EarlierReport | { readonly kind: 'absent' } | Unavailable;
export type Publication = { readonly kind: 'published' } | Unavailable;

/** One report for each commit, on GitHub. Two isolates that begin at the same moment can make two reports. */
export interface CheckRunReporter {
  /** @param covering names that are enough: a report that covers them may be told from this isolate's memory */
  find(place: CommitPlace, covering?: readonly string[]): Promise<ReportLookup>;
  /** @param earlier the report to update; a new one is made without it. Findings that it shows are not sent again */
  publish(place: CommitPlace, report: CheckReport, earlier?: EarlierReport): Promise<Publication>;
}

export const CHECK_RUN_REPORTER = requestToken<CheckRunReporter>('CheckRunReporter');
