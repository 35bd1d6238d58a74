import { requestToken } from './token.ts';

/** A push that changed, or may have changed, the policies of a repository's default branch. */
export interface PolicyChange {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly owner: string;
  readonly repository: string;
  /** The default branch's commits before and after. */
  readonly before: string;
  readonly after: string;
  /** Paths, as the push names them; a push that does not name all has `complete: false`. */
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  readonly complete: boolean;
  /** The login of whoever pushed, as GitHub tells it. */
  readonly sender: string | undefined;
}

/** Keeps a record of changes of policies. Called after the answer; it can neither delay nor fail one. */
export interface PolicyChangeLog {
  record(change: PolicyChange): Promise<void>;
}

export const POLICY_CHANGE_LOG = requestToken<PolicyChangeLog>('PolicyChangeLog');
