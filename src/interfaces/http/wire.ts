import type { ToldHealth } from '../../application/health/tell-health.ts';
import { Refusal, type Explanation, type RefusalKind } from '../../application/refusal.ts';
import { PAGE_HEADERS } from './page-headers.ts';
import type { AnyRefusal, HttpRefusal, HttpRefusalKind } from '../http-refusal.ts';

/** How a refusal looks on the wire: HTTP status, error key, gRPC code (google.rpc.Code). */
interface WireError {
  readonly status: number;
  readonly key: string;
  readonly code: number;
}

type Kind = RefusalKind | HttpRefusalKind;

/** The one place that turns refusals into HTTP. */
function wireError(kind: Kind): WireError {
  switch (kind) {
    case 'invalid_request':
    case 'invalid_target':
    case 'unsupported_grant_type':
      return { status: 400, key: 'invalid_request', code: 3 };
    case 'invalid_token':
      return { status: 400, key: 'invalid_token', code: 3 };
    case 'missing_token':
      return { status: 401, key: 'missing_token', code: 16 };
    case 'token_verification_failed':
      return { status: 401, key: 'token_verification_failed', code: 16 };
    case 'token_rejected':
      return { status: 401, key: 'invalid_token', code: 16 };
    case 'invalid_signature':
      return { status: 401, key: 'invalid_signature', code: 16 };
    case 'issuer_not_allowed':
      return { status: 403, key: 'issuer_not_allowed', code: 7 };
    case 'permission_denied':
    case 'narrowing_not_granted':
      return { status: 403, key: 'permission_denied', code: 7 };
    case 'issuer_allowlist_invalid':
      return { status: 403, key: 'issuer_allowlist_invalid', code: 9 };
    case 'guardrails_invalid':
      return { status: 403, key: 'guardrails_invalid', code: 9 };
    case 'policy_not_found':
      return { status: 404, key: 'policy_not_found', code: 5 };
    case 'policy_invalid':
      return { status: 404, key: 'policy_invalid', code: 5 };
    case 'installation_not_found':
      return { status: 404, key: 'installation_not_found', code: 5 };
    case 'not_found':
      return { status: 404, key: 'not_found', code: 5 };
    case 'method_not_allowed':
      return { status: 405, key: 'method_not_allowed', code: 12 };
    case 'payload_too_large':
      return { status: 413, key: 'payload_too_large', code: 3 };
    case 'misdirected':
      return { status: 421, key: 'misdirected', code: 3 };
    case 'rate_limited':
      return { status: 429, key: 'rate_limited', code: 8 };
    case 'misconfigured':
      return { status: 500, key: 'misconfigured', code: 13 };
    case 'internal_error':
      return { status: 500, key: 'internal_error', code: 13 };
    case 'unimplemented':
      return { status: 501, key: 'unimplemented', code: 12 };
    case 'upstream_error':
      return { status: 502, key: 'upstream_error', code: 14 };
    case 'unavailable':
      return { status: 503, key: 'unavailable', code: 14 };
    case 'upstream_timeout':
      return { status: 504, key: 'upstream_timeout', code: 4 };
  }
}

/** OAuth's error codes (RFC 6749 §5.2, RFC 8693 §2.2.2): the caller's faults are 400, ours keep their status. */
function oauthError(kind: Kind): { readonly status: number; readonly error: string } {
  const { status } = wireError(kind);
  if (status === 429 || status === 503 || status === 504) return { status, error: 'temporarily_unavailable' };
  if (status >= 500) return { status, error: 'server_error' };
  return { status: status === 413 ? status : 400, error: OAUTH_CALLER_ERRORS[kind] ?? 'invalid_request' };
}

/** Every other fault of the caller is an `invalid_request`. */
const OAUTH_CALLER_ERRORS: Partial<Record<Kind, string>> = {
  invalid_token: 'invalid_grant',
  token_verification_failed: 'invalid_grant',
  issuer_not_allowed: 'invalid_grant',
  permission_denied: 'invalid_grant',
  issuer_allowlist_invalid: 'invalid_grant',
  guardrails_invalid: 'invalid_grant',
  invalid_target: 'invalid_target',
  policy_not_found: 'invalid_target',
  policy_invalid: 'invalid_target',
  installation_not_found: 'invalid_target',
  narrowing_not_granted: 'invalid_scope',
  unsupported_grant_type: 'unsupported_grant_type',
};

/** RFC 6750 §3: without a token there is nothing to say about it. Webhooks are no bearer's. */
function challenge(kind: Kind): string | undefined {
  if (kind === 'missing_token') return 'Bearer';
  const isBearer = kind === 'token_verification_failed' || kind === 'token_rejected';
  return isBearer ? 'Bearer error="invalid_token"' : undefined;
}

export function refusalResponse(refusal: AnyRefusal, requestId: string): Response {
  const { status, key, code } = wireError(refusal.kind);
  const explanation = explanationOf(refusal);
  const body = { error: key, message: refusal.message, code, details: [], request_id: requestId };
  return json(explanation === undefined ? body : { ...body, explanation }, status, refusalHeaders(refusal));
}

export function oauthRefusalResponse(refusal: AnyRefusal, requestId: string): Response {
  const { status, error } = oauthError(refusal.kind);
  const explanation = explanationOf(refusal);
  const body = { error, error_description: refusal.message, request_id: requestId };
  return json(explanation === undefined ? body : { ...body, explanation }, status, retryHeaders(refusal));
}

/** Names and states only: it is for anyone. */
export function healthResponse({ status, checks, checkedAt }: ToldHealth): Response {
  const checked_at = new Date(checkedAt).toISOString().replace(/\.\d{3}Z$/, 'Z');
  return json({ status, checks, checked_at }, status === 'failing' ? 503 : 200);
}

export function misconfiguredResponse(faults: readonly unknown[]): Response {
  return json({ status: 'misconfigured', faults }, 503);
}

export function noContent(): Response {
  return new Response(null, { status: 204 });
}

/** `accepted`: acknowledged. What is still to do goes on after the answer. */
export type Delivery = 'pong' | 'accepted';

export function deliveryResponse(delivery: Delivery): Response {
  return json({ status: delivery }, delivery === 'accepted' ? 202 : 200);
}

/** A host that is not ours, or a failure: what an operator may have to mend. 501 is what we don't offer. */
export function needsAttention({ status }: Response): boolean {
  return status === 421 || (status >= 500 && status !== 501);
}

/** What anyone may read and keep for an hour, from any page: an editor in a browser reads schemas too. */
export function publicJson(body: unknown, type: string): Response {
  const headers = { 'Content-Type': type, 'Cache-Control': 'public, max-age=3600', 'Access-Control-Allow-Origin': '*' };
  return new Response(JSON.stringify(body), { headers });
}

/**
 * The page, from its text or from the runtime's answer for its file. A browser asks again each time, for the next
 * version names other scripts.
 *
 * @returns nothing where there is no such file
 */
export function pageResponse(page: string): Response;
export function pageResponse(page: Response): Response | undefined;
export function pageResponse(page: string | Response): Response | undefined {
  const headers = new Headers({ ...PAGE_HEADERS, 'Content-Type': 'text/html; charset=utf-8' });
  headers.set('Cache-Control', 'no-cache');
  headers.set('Vary', 'Accept');
  if (typeof page === 'string') return new Response(page, { headers });
  const { status, body } = page;
  if (status !== 200 && status !== 304) return undefined;
  const tag = page.headers.get('etag');
  if (tag !== null) headers.set('ETag', tag);
  return new Response(status === 304 ? null : body, { status, headers });
}

/** A body that holds a token, or might: never kept by anyone on the way. */
export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  const fixed = { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' };
  return new Response(`${JSON.stringify(body)}\n`, { status, headers: { ...fixed, ...headers } });
}

function explanationOf(refusal: AnyRefusal): Explanation | undefined {
  return refusal instanceof Refusal ? refusal.details.explanation : undefined;
}

function refusalHeaders(refusal: AnyRefusal): Record<string, string> {
  const authenticate = challenge(refusal.kind);
  return {
    ...(refusal instanceof Refusal ? retryHeaders(refusal) : allowHeaders(refusal)),
    ...(authenticate === undefined ? {} : { 'WWW-Authenticate': authenticate }),
  };
}

function allowHeaders({ allow }: HttpRefusal): Record<string, string> {
  return allow === undefined ? {} : { Allow: allow.join(', ') };
}

function retryHeaders(refusal: AnyRefusal): Record<string, string> {
  const seconds = refusal instanceof Refusal ? refusal.details.retryAfterSeconds : undefined;
  return seconds === undefined ? {} : { 'Retry-After': String(seconds) };
}
