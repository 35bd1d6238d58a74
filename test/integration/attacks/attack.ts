/** The status and the error key that an attempt must end in. */
export type Outcome = readonly [status: number, error: string];

/** One row of a table: what is tried, and what must come of it. */
export interface Attack {
  /** The rule that the attack is about: an RFC's section, a guide, an advisory, a page of GitHub's. */
  readonly source: string;
  /** Completes "refuses …". */
  readonly title: string;
  readonly expected: Outcome;
}

/** Requests that an attempt may cause before its answer. */
export interface Costs {
  readonly github: number;
  readonly issuers: number;
}

export const INVALID_REQUEST: Outcome = [400, 'invalid_request'];
export const INVALID_TOKEN: Outcome = [400, 'invalid_token'];
export const MISSING_TOKEN: Outcome = [401, 'missing_token'];
export const UNVERIFIED: Outcome = [401, 'token_verification_failed'];
export const UNTRUSTED_ISSUER: Outcome = [403, 'issuer_not_allowed'];
export const DENIED: Outcome = [403, 'permission_denied'];
export const INVALID_POLICY: Outcome = [404, 'policy_invalid'];
export const NO_POLICY: Outcome = [404, 'policy_not_found'];
