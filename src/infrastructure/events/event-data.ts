import type { TokenHashes } from './token-hashes.ts';

/** The `data` of events, as schemas/ describes it. What is not known is `undefined`: JSON leaves it out. */
interface EventData {
  /** RFC 3339. */
  readonly time: string;
  readonly request_id: string;
}

/** schemas/exchange-event.schema.json */
export interface ExchangeData extends EventData, Partial<TokenHashes> {
  readonly outcome: 'granted' | 'refused';
  readonly scope: string | undefined;
  readonly identity: string | undefined;
  readonly proven: boolean;
  readonly proven_by: 'issuer' | 'inline' | undefined;
  readonly issuer: string | undefined;
  readonly subject: string | undefined;
  readonly run_id: string | undefined;
  readonly run_attempt: string | undefined;
  readonly actor: string | undefined;
  readonly job_workflow_ref: string | undefined;
  readonly jti: string | undefined;
  readonly repository: string | undefined;
  readonly matched: readonly FieldData[] | undefined;
  readonly policy: string | undefined;
  readonly policy_sha256: string | undefined;
  readonly issuer_allowlist: string | undefined;
  readonly guardrails: string | undefined;
  readonly guardrails_would_refuse: RefusalData | undefined;
  readonly app: string | undefined;
  readonly app_id: string | undefined;
  readonly installation_id: number | undefined;
  readonly permissions: Readonly<Record<string, string>> | undefined;
  readonly repositories: readonly string[] | undefined;
  readonly expires_at: string | undefined;
  readonly refusal: (RefusalData & { readonly mismatches: readonly FieldData[] | undefined }) | undefined;
  readonly user_agent: string | undefined;
  readonly client_address: string | undefined;
  readonly host: string | undefined;
  readonly duration_ms: number;
  readonly github_requests: number;
}

/** A field of the policy, as it is in the file, and the claim as text. */
export interface FieldData {
  readonly field: string;
  readonly expected: string;
  readonly actual: string | undefined;
}

export interface RefusalData {
  readonly kind: string;
  readonly detail: string;
}

/** schemas/policy-event.schema.json */
export interface PolicyChangeData extends EventData {
  readonly repository: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  readonly complete: boolean;
  readonly sender: string | undefined;
}

/** schemas/revocation-event.schema.json */
export interface RevocationData extends EventData, Partial<TokenHashes> {
  readonly outcome: 'revoked' | 'refused';
  readonly refusal: RefusalData | undefined;
  readonly user_agent: string | undefined;
  readonly client_address: string | undefined;
  readonly host: string | undefined;
}

/** schemas/health-event.schema.json */
export interface HealthData extends EventData {
  readonly check: string;
  readonly state: 'ok' | 'failing' | 'unknown';
  readonly before: 'ok' | 'failing' | 'unknown';
  readonly findings: readonly HealthFindingData[];
}

interface HealthFindingData {
  readonly rule: string;
  readonly message: string;
  readonly remedy: string;
  readonly link: string | undefined;
}
