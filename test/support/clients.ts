import { execFile } from 'node:child_process';
import { request as httpRequest } from 'node:http';
import { promisify } from 'node:util';
import { isJsonObject, parseJson } from './json.ts';

/** What a client asks for. `origin` stands in for `https://<domain>`. */
export interface ClientOrder {
  readonly origin: string;
  readonly oidcToken: string;
  readonly scope: string;
  readonly identity: string;
}

export type ClientOutcome =
  | { readonly kind: 'token'; readonly token: string; readonly requests: number }
  | { readonly kind: 'failed'; readonly message: string; readonly requests: number };

const ATTEMPTS = 3;

/** octo-sts/action: Node's own fetch, both spellings of the scope, nothing encoded, three times with the same token. */
export function octoStsAction({ origin, oidcToken, scope, identity }: ClientOrder): Promise<ClientOutcome> {
  const url = `${origin}/sts/exchange?scope=${scope}&scopes=${scope}&identity=${identity}`;
  return withThreeAttempts(url, { Authorization: `Bearer ${oidcToken}` });
}

/** dd-octo-sts-action without a pool: `scope` alone, and a header that routes inside its owner's network. */
export function ddOctoStsAction({ origin, oidcToken, scope, identity }: ClientOrder): Promise<ClientOutcome> {
  const url = `${origin}/sts/exchange?scope=${scope}&identity=${identity}`;
  return withThreeAttempts(url, {
    Authorization: `Bearer ${oidcToken}`,
    'x-datadog-target-release': 'dd-octo-sts.dd-octo-sts',
  });
}

/** Both take any 2xx whose JSON has a `token`; of a failure they show the body as text, or its `message`. */
async function withThreeAttempts(url: string, headers: Record<string, string>): Promise<ClientOutcome> {
  let message = '';
  for (let requests = 1; requests <= ATTEMPTS; requests += 1) {
    const response = await fetch(url, { headers });
    const text = await response.text();
    const json = parseJson(text);
    if (!response.ok) message = `status: ${response.status}, ${text}`;
    else if (isJsonObject(json) && typeof json.token === 'string')
      return { kind: 'token', token: json.token, requests };
    else return { kind: 'failed', message: text, requests };
  }
  return { kind: 'failed', message, requests: ATTEMPTS };
}

export type SdkOutcome =
  | { readonly kind: 'token'; readonly token: string; readonly expiry: Date }
  | { readonly kind: 'failed'; readonly grpcCode: number; readonly message: string; readonly retried: boolean };

export interface SdkOrder extends ClientOrder {
  readonly audience: string;
}

const RAW_TOKEN_FIELDS: ReadonlySet<string> = new Set(['token', 'expiry', 'refreshToken', 'refresh_token']);
const GRPC_UNAVAILABLE = 14;
const MAX_ERROR_BYTES = 4096;

/** The Chainguard SDK's HTTP/1 exchanger: a form sorted by name, then exactly 200 and a body without unknown fields. */
export async function chainguardSdk(order: SdkOrder): Promise<SdkOutcome> {
  const { audience, identity, scope, oidcToken } = order;
  const form = `aud=${encodeURIComponent(audience)}&identity=${identity}&scope=${encodeURIComponent(scope)}&scopes=${encodeURIComponent(scope)}`;
  const { status, text } = await goPost(`${order.origin}/sts/exchange`, oidcToken, form);
  return status === 200 ? readRawToken(text) : readStatus(status, text);
}

/** The same client's `Refresh`. */
export async function chainguardSdkRefresh({ origin, oidcToken, scope, audience }: SdkOrder): Promise<SdkOutcome> {
  const form = `aud=${encodeURIComponent(audience)}&scope=${encodeURIComponent(scope)}&scopes=${encodeURIComponent(scope)}`;
  const { status, text } = await goPost(`${origin}/sts/exchange_refresh_token`, oidcToken, form);
  return status === 200 ? readRawToken(text) : readStatus(status, text);
}

/** protojson refuses names that the message does not have, and times that are not RFC 3339 in UTC. */
function readRawToken(text: string): SdkOutcome {
  const json = parseJson(text);
  if (!isJsonObject(json)) throw new Error('proto: syntax error');
  for (const name of Object.keys(json)) {
    if (!RAW_TOKEN_FIELDS.has(name)) throw new Error(`proto: unknown field "${name}"`);
  }
  const { token, expiry } = json;
  if (typeof token !== 'string') throw new Error('proto: invalid value for string field token');
  if (typeof expiry !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(expiry)) {
    throw new Error('proto: invalid google.protobuf.Timestamp value');
  }
  return { kind: 'token', token, expiry: new Date(expiry) };
}

/** The code that the body names, of which Unavailable alone is tried again; failing that, the status tells. */
function readStatus(status: number, text: string): SdkOutcome {
  const json = parseJson(text.slice(0, MAX_ERROR_BYTES));
  const code = isJsonObject(json) && Number.isInteger(json.code) ? Number(json.code) : 0;
  const grpcCode = code >= 1 && code <= 16 ? code : status === 503 || status === 502 ? GRPC_UNAVAILABLE : 2;
  return { kind: 'failed', grpcCode, message: text, retried: grpcCode === GRPC_UNAVAILABLE };
}

/** As Go's net/http writes a POST. */
function goPost(url: string, token: string, body: string): Promise<{ status: number; text: string }> {
  const headers = {
    'User-Agent': 'Go-http-client/1.1',
    'Content-Length': String(Buffer.byteLength(body)),
    Authorization: `Bearer ${token}`,
    'Content-Type': 'application/x-www-form-urlencoded',
  };
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method: 'POST', headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

export interface CurlResult {
  readonly status: number;
  readonly body: string;
}

/** The curl of octo-sts's README, the real program. */
export async function curlAsInReadme(order: ClientOrder, ...options: readonly string[]): Promise<CurlResult> {
  const { origin, oidcToken, scope, identity } = order;
  const url = `${origin}/sts/exchange?scope=${scope}&identity=${identity}`;
  const fixed = ['--silent', '--show-error', '--noproxy', '*', '--write-out', '\n%{http_code}'];
  const { stdout } = await promisify(execFile)('curl', [
    ...fixed,
    ...options,
    '-H',
    `Authorization: Bearer ${oidcToken}`,
    url,
  ]);
  const end = stdout.lastIndexOf('\n');
  return { status: Number(stdout.slice(end + 1)), body: stdout.slice(0, end) };
}
