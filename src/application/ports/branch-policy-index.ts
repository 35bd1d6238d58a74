import { requestToken } from './token.ts';

/** Policies on another branch than the default one. Exchanges do not read them there. */
export interface BranchPolicies {
  /** Another account can take over a name, but never an id. */
  readonly accountId: number;
  readonly owner: string;
  readonly repository: string;
  readonly branch: string;
  readonly identities: readonly string[];
}

/**
 * Remembers for a week on which branch a policy was seen, to tell an author who asks before the merge. It may forget,
 * and it may be out of date.
 */
export interface BranchPolicyIndex {
  note(pushed: BranchPolicies): Promise<void>;
  /** The branch that last held it; nothing where none is known, or the store fails. */
  find(place: Omit<BranchPolicies, 'branch' | 'identities'>, identity: string): Promise<string | undefined>;
}

export const BRANCH_POLICY_INDEX = requestToken<BranchPolicyIndex>('BranchPolicyIndex');
