import { isJsonObject, parseJson } from '../support/json.ts';
import type { Json, JsonObject } from '../support/json.ts';
import { ACTIONS, WEBHOOK_SECRET } from './arena.ts';
import type { Arena, Seen } from './arena.ts';
import { asText } from './hostile.ts';

/** The specification's table of errors: status and gRPC code by key. A bug's `internal_error` is missing on purpose. */
const ERRORS: ReadonlyMap<string, readonly (readonly [status: number, code: number])[]> = new Map([
  ['invalid_request', [[400, 3]]],
  ['missing_token', [[401, 16]]],
  [
    'invalid_token',
    [
      [400, 3],
      [401, 16],
    ],
  ],
  ['token_verification_failed', [[401, 16]]],
  ['issuer_not_allowed', [[403, 7]]],
  ['permission_denied', [[403, 7]]],
  ['policy_not_found', [[404, 5]]],
  ['policy_invalid', [[404, 5]]],
  ['installation_not_found', [[404, 5]]],
  ['issuer_allowlist_invalid', [[403, 9]]],
  ['guardrails_invalid', [[403, 9]]],
  ['rate_limited', [[429, 8]]],
  ['misconfigured', [[500, 13]]],
  ['upstream_error', [[502, 14]]],
  ['unavailable', [[503, 14]]],
  ['upstream_timeout', [[504, 4]]],
  ['not_found', [[404, 5]]],
  ['method_not_allowed', [[405, 12]]],
  ['payload_too_large', [[413, 3]]],
  ['misdirected', [[421, 3]]],
  ['unimplemented', [[501, 12]]],
  ['invalid_signature', [[401, 16]]],
]);
const OAUTH_ERRORS: ReadonlyMap<string, readonly number[]> = new Map([
  ['invalid_request', [400, 413]],
  ['invalid_grant', [400]],
  ['invalid_target', [400]],
  ['invalid_scope', [400]],
  ['unsupported_grant_type', [400]],
  ['temporarily_unavailable', [429, 503, 504]],
  ['server_error', [500, 501, 502]],
]);
const ERROR_MEMBERS = ['error', 'message', 'code', 'details', 'request_id'];
const OAUTH_ERROR_MEMBERS = ['error', 'error_description', 'request_id'];
/** Of a success, whichever path and dialect: each list is a body that the specification documents. */
const SUCCESSES: readonly (readonly string[])[] = [
  ['token', 'access_token', 'token_type', 'expires_in', 'expires_at', 'expiry', 'permissions'],
  ['access_token', 'issued_token_type', 'token_type', 'expires_in', 'scope'],
  ['name', 'documentation', 'version'],
  ['status'],
  ['status', 'checks', 'checked_at'],
];
const REQUEST_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Lines of the log that only a fault of this code writes. */
const BUG_EVENTS = /"event":"(bug|after_answer_failed)"/;
/** A shorter text would be found by chance. */
const LEAST_SECRET_LENGTH = 40;

export interface Expectations {
  /** Bearer tokens and other secrets that the request carried. */
  readonly presented: readonly string[];
  /** Issuers and addresses of keys, beside GitHub's own. */
  readonly trusted: readonly string[];
  /** Whether GitHub and the issuers answered as they should. */
  readonly isUpstreamSound: boolean;
}

/** What holds of every answer to anything. @throws with what does not */
export function requireSound(arena: Arena, seen: Seen, expected: Expectations): void {
  const faults = [
    ...answerFaults(seen, expected.isUpstreamSound),
    ...statusFaults(seen, expected),
    ...contactFaults(seen, expected),
    ...leaks(arena, seen, expected),
    ...seen.log.filter((line) => BUG_EVENTS.test(line)).map((line) => `a bug: ${line}`),
    ...costFaults(seen),
    ...(expected.isUpstreamSound ? arena.emulator.violations.splice(0) : []),
  ];
  if (faults.length === 0) return;
  throw new Error([...faults, `answer: ${seen.status} ${seen.text.slice(0, 1000)}`, ...seen.log].join('\n'));
}

function answerFaults(seen: Seen, isUpstreamSound: boolean): readonly string[] {
  const { status, headers, text } = seen;
  const faults = REQUEST_ID.test(headers.get('x-request-id') ?? '') ? [] : ['no X-Request-Id'];
  if (status >= 400) return [...faults, ...errorFaults(seen, isUpstreamSound)];
  if (status === 204) return text === '' ? faults : [...faults, 'a 204 with a body'];
  if (headers.has('grpc-status')) return faults;
  if (headers.get('content-type')?.startsWith('text/html') === true) return faults;
  return [...faults, ...successFaults(seen)];
}

function successFaults({ status, headers, text }: Seen): readonly string[] {
  const body = parseJson(text);
  if ((status !== 200 && status !== 202) || !isJsonObject(body)) return [`no documented success: ${status}`];
  if (headers.get('content-type') === 'application/schema+json') return [];
  const names = Object.keys(body);
  if (!SUCCESSES.some((one) => names.every((name) => one.includes(name)))) return ['an unknown body of success'];
  const holdsToken = 'token' in body || 'access_token' in body;
  return holdsToken && headers.get('cache-control') !== 'no-store' ? ['a token that may be stored'] : [];
}

function errorFaults({ status, headers, text }: Seen, isUpstreamSound: boolean): readonly string[] {
  const body = parseJson(text);
  if (!isJsonObject(body)) return ['the body of the error is no JSON object'];
  if (body.status === 'misconfigured') return ['healthz says misconfigured'];
  // Only what fails at GitHub can make it so.
  if (body.status === 'failing') return isUpstreamSound ? ['healthz says failing'] : [];
  const isOauth = 'error_description' in body;
  const members = isOauth ? OAUTH_ERROR_MEMBERS : ERROR_MEMBERS;
  const faults = members.filter((name) => !(name in body)).map((name) => `${name} is missing`);
  const more = Object.keys(body).filter((name) => !members.includes(name) && name !== 'explanation');
  const isListed = isOauth ? isOauthError(body, status) : isError(body, status);
  return [
    ...faults,
    ...more.map((name) => `${name} is no member of an error`),
    ...(isListed ? [] : ['no documented error']),
    ...(body.request_id === headers.get('x-request-id') ? [] : ['another request id in the body']),
    ...(status === 405 && !headers.has('allow') ? ['a 405 without Allow'] : []),
    ...(status === 429 && !/^[0-9]+$/.test(headers.get('retry-after') ?? '') ? ['a 429 without Retry-After'] : []),
  ];
}

function isError({ error, code }: JsonObject, status: number): boolean {
  const listed = ERRORS.get(asText(error)) ?? [];
  return listed.some(([oneStatus, oneCode]) => oneStatus === status && oneCode === code);
}

function isOauthError({ error }: JsonObject, status: number): boolean {
  return OAUTH_ERRORS.get(asText(error))?.includes(status) === true;
}

/** While GitHub is well, a 5xx is either a feature that there is none of, or an issuer that can't be reached. */
function statusFaults({ status }: Seen, { isUpstreamSound }: Expectations): readonly string[] {
  if (status < 500 || !isUpstreamSound || status === 501 || status === 502) return [];
  return [`a ${status} while GitHub is well`];
}

function contactFaults({ contacts }: Seen, { trusted }: Expectations): readonly string[] {
  const allowed = ['https://api.github.com', ACTIONS, ...trusted].map((one) => one.replace(/\/$/, ''));
  const others = contacts.filter((url) => !allowed.some((one) => url === one || url.startsWith(`${one}/`)));
  return others.map((url) => `a request to ${url}, which nobody trusts`);
}

/** The App's key by its lines; a token whole, and the parts of one that tell something. */
function leaks(arena: Arena, seen: Seen, { presented }: Expectations): readonly string[] {
  const tokens = [...presented, ...seen.issued.map(({ value }) => value)];
  const parts = tokens.flatMap((token) => [token, ...token.split('.').slice(1)]);
  const key = arena.seed.app.keys.pkcs1Pem.split('\n');
  const secrets = [...parts, ...key].filter((one) => one.length >= LEAST_SECRET_LENGTH);
  const granted = grantedToken(seen);
  const answer = granted === undefined ? seen.text : seen.text.replaceAll(granted, '');
  const shown = [...seen.log, ...seen.stored, ...[...seen.headers].flat(), answer];
  return [...secrets, WEBHOOK_SECRET].flatMap((secret) =>
    shown.filter((text) => text.includes(secret)).map((text) => `a secret in: ${text}`),
  );
}

export function grantedToken({ status, text }: Seen): string | undefined {
  const body = status === 200 ? parseJson(text) : undefined;
  const token: Json | undefined = isJsonObject(body) ? (body.token ?? body.access_token) : undefined;
  return typeof token === 'string' ? token : undefined;
}

/** What a request may cost: a generous multiple of a loop that was timed on this machine, the local GitHub included. */
const LOOPS_A_REQUEST = 150;

function costFaults({ cpuMs }: Seen): readonly string[] {
  const most = LOOPS_A_REQUEST * loopMs();
  return cpuMs > most ? [`${cpuMs.toFixed(0)} ms of CPU, over ${most.toFixed(0)}`] : [];
}

let timedLoopMs: number | undefined;

/** The best of several, so that a busy machine does not make the bound lax. */
function loopMs(): number {
  timedLoopMs ??= Math.max(2, Math.min(...Array.from({ length: 7 }, timeLoop)));
  return timedLoopMs;
}

function timeLoop(): number {
  const started = process.cpuUsage();
  let sum = 0;
  for (let n = 0; n < 4_000_000; n += 1) sum = (sum * 31 + n) | 0;
  const { user, system } = process.cpuUsage(started);
  return sum === 1 ? 0 : (user + system) / 1000;
}
