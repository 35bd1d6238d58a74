/** How an exchange got what decides. */
export type AnsweredFrom =
  /** The isolate's memory. */
  | 'memory'
  | 'kv'
  /** It was read from GitHub: not known, or too old. */
  | 'github';

/** What one owner's exchanges caused in the day. */
export interface Tally {
  exchanges: number;
  granted: number;
  from: Record<AnsweredFrom, number>;
  kvReads: number;
  kvColdReads: number;
  kvWrites: number;
  kvTooFast: number;
  kvOverBudget: number;
  lookups: number;
  callerTokens: number;
  readTokens: number;
  queries: number;
  revocations: number;
  limited: number;
  pushes: number;
  /** Pushes of which KV could not be told. */
  pushesLost: number;
  /** Exchanges that a version of the policy decided which was no longer the newest when they began. */
  older: number;
}

/** Such a decision, and for how long there had been a newer version. */
export interface OlderDecision {
  readonly owner: number;
  readonly ageMs: number;
}

/** Everything that was counted, by owner, so that a part of them can speak for all. */
export class Ledger {
  /** What belongs to no owner: the issuer's keys. It does not grow with the number of owners. */
  readonly shared = emptyTally();
  readonly older: OlderDecision[] = [];
  readonly refusals = new Map<string, number>();
  private readonly tallies = new Map<number, Tally>();

  of(owner: number): Tally {
    const known = this.tallies.get(owner);
    if (known !== undefined) return known;
    const made = emptyTally();
    this.tallies.set(owner, made);
    return made;
  }
}

function emptyTally(): Tally {
  return {
    exchanges: 0,
    granted: 0,
    from: { memory: 0, kv: 0, github: 0 },
    kvReads: 0,
    kvColdReads: 0,
    kvWrites: 0,
    kvTooFast: 0,
    kvOverBudget: 0,
    lookups: 0,
    callerTokens: 0,
    readTokens: 0,
    queries: 0,
    revocations: 0,
    limited: 0,
    pushes: 0,
    pushesLost: 0,
    older: 0,
  };
}
