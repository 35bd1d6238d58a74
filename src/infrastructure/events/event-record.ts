import type { ExchangeEvent } from '../../application/exchange-event.ts';

/** Hashes of a granted token: hex as octo-sts's events have it, base64 as GitHub's audit log does (`hashed_token`). */
export interface TokenHashes {
  readonly sha256: string;
  readonly sha256_base64: string;
}

export async function tokenHashes(secret: string): Promise<TokenHashes> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret)));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { sha256: hex, sha256_base64: btoa(String.fromCharCode(...digest)) };
}

/** The event as it goes out: snake case, times as RFC 3339. */
export function eventRecord(event: ExchangeEvent, token: TokenHashes | undefined): Readonly<Record<string, unknown>> {
  return {
    time: new Date(event.time).toISOString(),
    request_id: event.requestId,
    outcome: event.outcome,
    scope: event.scope,
    identity: event.identity,
    proven: event.proven,
    issuer: event.issuer,
    subject: event.subject,
    fields: event.fields,
    policy: event.policyPath,
    policy_sha256: event.policyHash,
    issuer_allowlist: event.allowlist,
    app: event.app,
    installation_id: event.installationId,
    permissions: event.permissions,
    repositories: event.repositories,
    expires_at: event.expiresAt,
    token,
    refusal: event.refusal,
    user_agent: event.userAgent,
    client_address: event.clientAddress,
    duration_ms: event.durationMs,
    github_requests: event.githubRequests,
  };
}
