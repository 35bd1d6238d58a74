import { describe, expect, it } from '@jest/globals';
import { Refusal, type RefusalKind } from '../../../../src/application/refusal.ts';
import { HttpRefusal, type AnyRefusal, type HttpRefusalKind } from '../../../../src/interfaces/http-refusal.ts';
import { oauthRefusalResponse, refusalResponse } from '../../../../src/interfaces/http/wire.ts';

/** Status, key and gRPC code, then status and `error` in OAuth's form. */
type Row = readonly [status: number, key: string, code: number, oauthStatus: number, oauthError: string];

const OF_USE_CASES: Readonly<Record<RefusalKind, Row>> = {
  invalid_token: [400, 'invalid_token', 3, 400, 'invalid_grant'],
  token_rejected: [401, 'invalid_token', 16, 400, 'invalid_request'],
  token_verification_failed: [401, 'token_verification_failed', 16, 400, 'invalid_grant'],
  issuer_not_allowed: [403, 'issuer_not_allowed', 7, 400, 'invalid_grant'],
  permission_denied: [403, 'permission_denied', 7, 400, 'invalid_grant'],
  narrowing_not_granted: [403, 'permission_denied', 7, 400, 'invalid_scope'],
  policy_not_found: [404, 'policy_not_found', 5, 400, 'invalid_target'],
  policy_invalid: [404, 'policy_invalid', 5, 400, 'invalid_target'],
  installation_not_found: [404, 'installation_not_found', 5, 400, 'invalid_target'],
  issuer_allowlist_invalid: [403, 'issuer_allowlist_invalid', 9, 400, 'invalid_grant'],
  guardrails_invalid: [403, 'guardrails_invalid', 9, 400, 'invalid_grant'],
  rate_limited: [429, 'rate_limited', 8, 429, 'temporarily_unavailable'],
  misconfigured: [500, 'misconfigured', 13, 500, 'server_error'],
  internal_error: [500, 'internal_error', 13, 500, 'server_error'],
  upstream_error: [502, 'upstream_error', 14, 502, 'server_error'],
  unavailable: [503, 'unavailable', 14, 503, 'temporarily_unavailable'],
  upstream_timeout: [504, 'upstream_timeout', 4, 504, 'temporarily_unavailable'],
};

const OF_HTTP: Readonly<Record<HttpRefusalKind, Row>> = {
  invalid_request: [400, 'invalid_request', 3, 400, 'invalid_request'],
  invalid_target: [400, 'invalid_request', 3, 400, 'invalid_target'],
  unsupported_grant_type: [400, 'invalid_request', 3, 400, 'unsupported_grant_type'],
  missing_token: [401, 'missing_token', 16, 400, 'invalid_request'],
  invalid_signature: [401, 'invalid_signature', 16, 400, 'invalid_request'],
  not_found: [404, 'not_found', 5, 400, 'invalid_request'],
  method_not_allowed: [405, 'method_not_allowed', 12, 400, 'invalid_request'],
  payload_too_large: [413, 'payload_too_large', 3, 413, 'invalid_request'],
  misdirected: [421, 'misdirected', 3, 400, 'invalid_request'],
  unimplemented: [501, 'unimplemented', 12, 501, 'server_error'],
};

const ROWS: readonly (readonly [AnyRefusal, Row])[] = [
  ...Object.entries(OF_USE_CASES).map(([kind, row]) => [new Refusal(kind as RefusalKind, 'Why.'), row] as const),
  ...Object.entries(OF_HTTP).map(([kind, row]) => [new HttpRefusal(kind as HttpRefusalKind, 'Why.'), row] as const),
];

const BEARER_FAULTS: readonly string[] = ['token_rejected', 'token_verification_failed'];

describe.each(ROWS.map(([refusal, row]) => [refusal.kind, refusal, row] as const))(
  'a refusal %s',
  (kind, refusal, row) => {
    const [status, key, code, oauthStatus, oauthError] = row;

    it('has the status, the key and the gRPC code of the specification', async () => {
      const response = refusalResponse(refusal, 'an-id');
      expect(await response.json()).toEqual({ error: key, message: 'Why.', code, details: [], request_id: 'an-id' });
      expect(response.status).toBe(status);
    });

    it('has the error of OAuth where OAuth asked', async () => {
      const response = oauthRefusalResponse(refusal, 'an-id');
      expect(await response.json()).toEqual({ error: oauthError, error_description: 'Why.', request_id: 'an-id' });
      expect(response.status).toBe(oauthStatus);
    });

    it('challenges whoever was to show a bearer token, and nobody else', () => {
      const challenge = BEARER_FAULTS.includes(kind) ? 'Bearer error="invalid_token"' : null;
      const header = refusalResponse(refusal, 'an-id').headers.get('www-authenticate');
      expect(header).toBe(kind === 'missing_token' ? 'Bearer' : challenge);
    });
  },
);

describe('the headers of a refusal', () => {
  it('say how long to wait', () => {
    const refusal = new Refusal('rate_limited', 'Why.', { retryAfterSeconds: 17 });
    expect(refusalResponse(refusal, 'an-id').headers.get('retry-after')).toBe('17');
    expect(oauthRefusalResponse(refusal, 'an-id').headers.get('retry-after')).toBe('17');
  });

  it('say which methods there are', () => {
    const refusal = new HttpRefusal('method_not_allowed', 'Why.', ['GET', 'HEAD']);
    expect(refusalResponse(refusal, 'an-id').headers.get('allow')).toBe('GET, HEAD');
  });
});
