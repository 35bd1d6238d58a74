import { parsedJson } from '../../src/infrastructure/json/untrusted-json.ts';
import { plain } from './plain.ts';

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 256 * 1024;

export interface Visit {
  readonly kind: 'answered';
  readonly status: number;
  readonly headers: Headers;
  /** Nothing where the body is no JSON, or larger than a quarter of a MiB. */
  readonly json: unknown;
}

export type VisitResult =
  | Visit
  /** The certificate is not valid for this host: whoever answered may be anybody. */
  | { readonly kind: 'distrusted'; readonly reason: string }
  | { readonly kind: 'silent'; readonly reason: string };

/** One request. Bounded in time and bytes; no redirect is followed, so that what is sent goes to this host alone. */
export async function visit(url: URL, init: RequestInit = {}): Promise<VisitResult> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, { ...init, redirect: 'manual', signal });
    const text = await boundedText(response);
    const { status, headers } = response;
    return { kind: 'answered', status, headers, json: text === undefined ? undefined : parsedJson(text) };
  } catch (error) {
    return failure(error);
  }
}

async function boundedText({ body }: Response): Promise<string | undefined> {
  if (body === null) return '';
  const decoder = new TextDecoder();
  let [text, bytes] = ['', 0];
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    // To leave the loop cancels the stream.
    if (bytes > MAX_BYTES) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Node's codes for a certificate that does not verify (Node.js, "X509 certificate error codes"). */
const DISTRUSTED =
  /^(ERR_TLS_CERT_|CERT_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY)_|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE))/;

function failure(error: unknown): VisitResult {
  const { name = 'unknown', cause } = (error ?? {}) as { name?: string; cause?: { code?: unknown } };
  const code = typeof cause?.code === 'string' ? plain(cause.code) : undefined;
  if (code !== undefined && DISTRUSTED.test(code)) return { kind: 'distrusted', reason: code };
  if (name === 'TimeoutError') return { kind: 'silent', reason: `no answer within ${TIMEOUT_MS / 1000} s` };
  if (code === 'ENOTFOUND') return { kind: 'silent', reason: 'there is no host of this name' };
  return { kind: 'silent', reason: code ?? plain(name) };
}
