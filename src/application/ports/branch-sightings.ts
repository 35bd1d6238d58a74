import type { InjectionToken } from 'tsyringe';

/** Policies that a push brought to another branch than the default one, where no exchange reads them. */
export interface BranchSighting {
  /** Names get recycled, ids don't. */
  readonly accountId: number;
  readonly owner: string;
  readonly repository: string;
  readonly branch: string;
  readonly identities: readonly string[];
}

/** Remembers for a week where policies were seen, to tell an author who asks for one too early. May forget, may be out of date. */
export interface BranchSightings {
  note(sighting: BranchSighting): Promise<void>;
  /** The branch that last held it; nothing where none is known, or the store fails. */
  find(place: Omit<BranchSighting, 'branch' | 'identities'>, identity: string): Promise<string | undefined>;
}

export const BRANCH_SIGHTINGS: InjectionToken<BranchSightings> = Symbol('BranchSightings');
