import { requestToken } from './token.ts';

/** Policies that a push brought to another branch than the default one, where no exchange reads them. */
export interface BranchPolicies {
  /** Names get recycled, ids don't. */
  readonly accountId: number;
  readonly owner: string;
  readonly repository: string;
  readonly branch: string;
  readonly identities: readonly string[];
}

/** Remembers for a week where policies were seen, to tell an author who asks for one too early. May forget, may be out of date. */
export interface BranchPolicyIndex {
  note(pushed: BranchPolicies): Promise<void>;
  /** The branch that last held it; nothing where none is known, or the store fails. */
  find(place: Omit<BranchPolicies, 'branch' | 'identities'>, identity: string): Promise<string | undefined>;
}

export const BRANCH_POLICY_INDEX = requestToken<BranchPolicyIndex>('BranchPolicyIndex');
