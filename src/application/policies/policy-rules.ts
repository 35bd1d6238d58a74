import { isolateToken } from '../ports/token.ts';

/** The operator's settings that decide where policies are read and how long they stay fresh. */
export interface PolicyRules {
  /** The organization's policy repository (`ORG_POLICY_REPO`). */
  readonly orgPolicyRepository: string;
  /** A webhook secret is set: then GitHub tells of changes, and entries may stay fresh longer. */
  readonly webhooksTell: boolean;
}

export const POLICY_RULES = isolateToken<PolicyRules>('PolicyRules');
