import type { Claims } from './claims.ts';
import { sameName } from './scope.ts';
import { workflowRun, type WorkflowRun } from './workflow-run.ts';

/** Whose keys proved a token: the issuer's own, or keys that a policy brought along (`jwks`). */
export type ProvenBy = 'issuer' | 'inline';

/** A repository, as a caller's token names it. */
export interface CallerRepository {
  readonly id: number;
  readonly name: string;
}

/** Who asks: the holder of a token that is verified. */
export class Caller {
  constructor(
    readonly claims: Claims,
    readonly provenBy: ProvenBy,
    /** Whether the token's issuer is the configured GitHub server's own Actions issuer. */
    private readonly isOfActionsIssuer: boolean,
  ) {}

  /**
   * Whether what the token says of owners and repositories is GitHub's own word. Whoever writes a policy's inline keys can
   * sign any claim, so such a token never is.
   */
  get speaksForGitHub(): boolean {
    return this.provenBy === 'issuer' && this.isOfActionsIssuer;
  }

  /** The job that asks, where GitHub itself says so. */
  get workflowRun(): WorkflowRun | undefined {
    return this.speaksForGitHub ? workflowRun(this.claims) : undefined;
  }

  /** Whether this is an insider: a workflow of the account, by its id, which no other account ever gets. */
  belongsTo(accountId: number): boolean {
    return this.speaksForGitHub && this.claims.text('repository_owner_id') === String(accountId);
  }

  /** Whether one of these issuers itself proved the token. The keys of a policy never do: whoever writes it could be anybody. */
  isIssuedBy(issuers: ReadonlySet<string>): boolean {
    return this.provenBy === 'issuer' && issuers.has(this.claims.issuer);
  }

  /** Like `belongsTo`, by name. Another account can take over a name: good for a budget, never for a decision. */
  namesOwner(owner: string): boolean {
    const named = this.claims.text('repository_owner');
    return this.speaksForGitHub && named !== undefined && sameName(named, owner);
  }

  /** The repository whose workflow this is, if it is the account's. */
  repositoryOf(accountId: number): CallerRepository | undefined {
    const id = Number(this.claims.text('repository_id'));
    const name = this.claims.text('repository')?.split('/')[1];
    if (!this.belongsTo(accountId) || !Number.isSafeInteger(id) || id <= 0 || name === undefined) return undefined;
    return { id, name };
  }
}
