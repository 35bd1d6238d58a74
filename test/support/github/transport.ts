import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { isJsonObject } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Fault, GraphQlFaultError } from './faults.ts';
import { isBytes } from './responses.ts';
import type { GitHubResponse } from './responses.ts';

/** The answer that a fault gives in place of GitHub's, if it gives one. */
export function substitute(fault: Fault, now: number): GitHubResponse | undefined {
  switch (fault.kind) {
    case 'respond':
      return { status: fault.status, headers: fault.headers ?? {}, body: fault.body ?? { message: 'Fault' } };
    case 'redirect':
      return { status: fault.status ?? 302, headers: { location: fault.location }, body: { message: 'Redirect' } };
    case 'primary-limit': {
      const reset = String(now + (fault.resetInSeconds ?? 3600));
      const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset };
      const body = { message: 'API rate limit exceeded for installation.', documentation_url: LIMITS_PAGE };
      return { status: fault.status ?? 403, headers: fault.headers === false ? NO_LIMIT_HEADERS : headers, body };
    }
    case 'secondary-limit': {
      const headers = fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) };
      return {
        status: fault.status ?? 403,
        headers,
        body: { message: SECONDARY_LIMIT, documentation_url: LIMITS_PAGE },
      };
    }
    case 'delay':
    case 'reset':
    case 'hang':
    case 'truncate':
    case 'oversize':
    case 'wrong-json':
    case 'graphql-errors':
    case 'overgrant':
    case 'change-body':
      return undefined;
  }
}

const LIMITS_PAGE = 'https://docs.github.com/rest/overview/rate-limits-for-the-rest-api';
const SECONDARY_LIMIT = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
/** An empty header is not sent. */
const NO_LIMIT_HEADERS: Readonly<Record<string, string>> = {
  'x-ratelimit-limit': '',
  'x-ratelimit-remaining': '',
  'x-ratelimit-used': '',
  'x-ratelimit-reset': '',
  'x-ratelimit-resource': '',
};

/** What faults make of GitHub's proper answer. */
export function distort(response: GitHubResponse, faults: readonly Fault[]): GitHubResponse {
  return faults.reduce(distortOnce, response);
}

function distortOnce(response: GitHubResponse, fault: Fault): GitHubResponse {
  switch (fault.kind) {
    case 'oversize':
      return { ...response, body: oversized(response.body, fault.bytes) };
    case 'wrong-json':
      return { ...response, body: Buffer.from(fault.body ?? '{"this is": not JSON') };
    case 'change-body':
      return isJsonObject(response.body)
        ? { ...response, body: fault.change(structuredClone(response.body)) }
        : response;
    case 'graphql-errors':
      return { ...response, body: withGraphQlErrors(response.body, fault.errors) };
    case 'respond':
    case 'delay':
    case 'reset':
    case 'hang':
    case 'truncate':
    case 'redirect':
    case 'primary-limit':
    case 'secondary-limit':
    case 'overgrant':
      return response;
  }
}

/** Still JSON, so that only its size is wrong. */
function oversized(body: GitHubResponse['body'], bytes: number): Json {
  const padding = 'x'.repeat(bytes);
  return isJsonObject(body) ? { ...body, padding } : { padding };
}

function withGraphQlErrors(body: GitHubResponse['body'], errors: readonly GraphQlFaultError[]): JsonObject {
  const changed: JsonObject = isJsonObject(body) ? structuredClone(body) : {};
  for (const { path } of errors) {
    if (path !== undefined && changed.data !== undefined) eraseAt(changed.data, path);
  }
  const listed = errors.map(({ type, path, message }) => ({
    ...(type === undefined ? {} : { type }),
    ...(path === undefined ? {} : { path: [...path] }),
    locations: [{ line: 1, column: 1 }],
    message: message ?? `Fault of type ${type ?? 'none'}`,
  }));
  changed.errors = [...(Array.isArray(changed.errors) ? changed.errors : []), ...listed];
  return changed;
}

function eraseAt(data: Json, path: readonly (string | number)[]): void {
  const parent = path.slice(0, -1).reduce<Json | undefined>((value, key) => childOf(value, key), data);
  const last = path.at(-1);
  if (last !== undefined && typeof parent === 'object' && parent !== null)
    (parent as Record<string | number, Json>)[last] = null;
}

function childOf(value: Json | undefined, key: string | number): Json | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string | number, Json>)[key] : undefined;
}

export interface Sending {
  readonly response: GitHubResponse;
  readonly headers: Readonly<Record<string, string>>;
  readonly faults: readonly Fault[];
  readonly latency: number;
  readonly ifNoneMatch: string | undefined;
  readonly cacheable: boolean;
}

/** Sends an answer, or fails to in the way the faults say. Returns the status that went out; 0 for none. */
export async function transmit(to: ServerResponse, sending: Sending): Promise<number> {
  const { faults } = sending;
  const wait = sending.latency + faults.reduce((sum, fault) => sum + (fault.kind === 'delay' ? fault.ms : 0), 0);
  if (wait > 0) await sleep(wait, undefined, { ref: false });
  if (faults.some((fault) => fault.kind === 'hang')) return 0;
  const reset = faults.find((fault) => fault.kind === 'reset');
  if (reset?.when === 'before-headers') {
    to.socket?.resetAndDestroy();
    return 0;
  }
  return write(
    to,
    sending,
    reset !== undefined ? 'reset' : faults.some((one) => one.kind === 'truncate') ? 'truncate' : 'whole',
  );
}

function write(to: ServerResponse, sending: Sending, how: 'whole' | 'truncate' | 'reset'): number {
  const { response } = sending;
  const bytes = encode(response.body);
  const etag = `W/"${createHash('sha256').update(bytes).digest('hex')}"`;
  const headers: Record<string, string> = {
    'content-type': 'application/json; charset=utf-8',
    ...sending.headers,
    ...(sending.cacheable && response.status === 200 ? { etag } : {}),
    ...response.headers,
  };
  const unchanged = sending.cacheable && response.status === 200 && sending.ifNoneMatch === etag;
  const status = unchanged ? 304 : response.status;
  to.statusCode = status;
  for (const [name, value] of Object.entries(headers)) if (value !== '') to.setHeader(name, value);
  if (status === 304 || status === 204) {
    to.removeHeader('content-type');
    to.end();
    return status;
  }
  sendBody(to, bytes, how);
  return status;
}

function sendBody(to: ServerResponse, bytes: Buffer, how: 'whole' | 'truncate' | 'reset'): void {
  if (how === 'whole') {
    to.setHeader('content-length', bytes.length);
    to.end(bytes);
    return;
  }
  const half = bytes.subarray(0, Math.floor(bytes.length / 2));
  // Without a length the half looks like a whole answer, until its JSON is read.
  if (how === 'truncate') {
    to.end(half);
    return;
  }
  to.setHeader('content-length', bytes.length);
  to.write(half, () => to.socket?.resetAndDestroy());
}

function encode(body: GitHubResponse['body']): Buffer {
  if (body === undefined) return Buffer.alloc(0);
  return isBytes(body) ? body : Buffer.from(JSON.stringify(body));
}
