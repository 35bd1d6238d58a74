import type { ExchangeEvent } from '../../application/exchange/exchange-event.ts';
import type { FieldVerdict } from '../../domain/trust-policy.ts';
import type { ExchangeData, FieldData } from './event-data.ts';
import type { OutgoingEvent } from './event-sink.ts';
import { tokenHashes, type TokenHashes } from './token-hashes.ts';

export async function exchangeEvent(event: ExchangeEvent, secret: string | undefined): Promise<OutgoingEvent> {
  const hashes = secret === undefined ? undefined : await tokenHashes(secret);
  const time = new Date(event.time).toISOString();
  return {
    type: 'dev.octo-sts.exchange',
    name: 'exchange',
    id: event.requestId,
    time,
    subject: [event.scope, event.identity].filter((part) => part !== undefined).join('/'),
    data: exchangeData(event, time, hashes),
  };
}

/** In snake case, times as RFC 3339. What is not known is absent: JSON leaves `undefined` out. */
function exchangeData(event: ExchangeEvent, time: string, hashes: TokenHashes | undefined): ExchangeData {
  const { refusal, workflowRun } = event;
  return {
    time,
    request_id: event.requestId,
    outcome: event.outcome,
    scope: event.scope,
    identity: event.identity,
    proven: event.proven,
    proven_by: event.provenBy,
    issuer: event.issuer,
    subject: event.subject,
    run_id: workflowRun?.runId,
    run_attempt: workflowRun?.runAttempt,
    actor: workflowRun?.actor,
    job_workflow_ref: workflowRun?.jobWorkflowRef,
    jti: workflowRun?.jti,
    repository: workflowRun?.repository,
    matched: fields(event.fields, true),
    policy: event.policyPath,
    policy_sha256: event.policyHash,
    issuer_allowlist: event.allowlist,
    guardrails: event.guardrails,
    guardrails_would_refuse: event.guardrailsWouldRefuse,
    app: event.app,
    app_id: event.appId,
    installation_id: event.installationId,
    permissions: event.permissions,
    repositories: event.repositories,
    expires_at: event.expiresAt,
    ...hashes,
    refusal: refusal === undefined ? undefined : { ...refusal, mismatches: fields(event.fields, false) },
    user_agent: event.userAgent,
    client_address: event.clientAddress,
    host: event.host,
    duration_ms: event.durationMs,
    github_requests: event.githubRequests,
  };
}

function fields(all: readonly FieldVerdict[] | undefined, matched: boolean): readonly FieldData[] | undefined {
  return all
    ?.filter((one) => one.matched === matched)
    .map(({ field, expected, actual }) => ({ field, expected, actual }));
}
