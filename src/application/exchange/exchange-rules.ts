import { isolateToken } from '../ports/token.ts';

/** The operator's settings that decide exchanges. */
export interface ExchangeRules {
  /** What names this service as an audience: its host, and its address. */
  readonly serviceAudiences: readonly string[];
  /** Only these may federate, if there is a list at all (`OCTOSTS_ALLOWED_ISSUERS`). */
  readonly allowedIssuers: ReadonlySet<string> | undefined;
  /** Verified before anything is asked of GitHub (`KNOWN_ISSUERS`). */
  readonly knownIssuers: ReadonlySet<string>;
  readonly isActionsIssuer: (issuer: string) => boolean;
  readonly allowlistUnreadable: 'allow' | 'deny';
  readonly explainTo: 'owner' | 'nobody' | 'everybody';
  /** Issuers all of whose tokens are the operator's own: their callers are told why, and nothing else (`EXPLAIN_ISSUERS`). */
  readonly explainIssuers: ReadonlySet<string>;
  /** The organization's policy repository (`ORG_POLICY_REPO`). */
  readonly orgPolicyRepository: string;
  /** The address of the GitHub server's pages, without a trailing slash. */
  readonly githubWebUrl: string;
}

export const EXCHANGE_RULES = isolateToken<ExchangeRules>('ExchangeRules');
