import { isolateToken } from '../../application/ports/token.ts';
import { boundedText, declaredLength } from './body-reader.ts';

export interface FetchBounds {
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

export type FetchOutcome =
  | { readonly kind: 'answered'; readonly status: number; readonly headers: Headers; readonly text: string }
  | { readonly kind: 'down' | 'timeout' | 'too_large'; readonly detail: string };

/** What sends a request. The warm-up puts another in its place, since a Worker may not fetch before the first request. */
export type BoundedFetch = (url: string, init: RequestInit, bounds: FetchBounds) => Promise<FetchOutcome>;
export const BOUNDED_FETCH = isolateToken<BoundedFetch>('BoundedFetch');

/**
 * One request, bounded in time and bytes. Redirects are not followed, and not an error: workerd throws on `redirect:
 * 'error'`.
 */
export async function boundedFetch(url: string, init: RequestInit, bounds: FetchBounds): Promise<FetchOutcome> {
  let failure = 'no connection, or it ended before an answer';
  try {
    const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(bounds.timeoutMs) });
    failure = 'the answer broke off';
    const text = await answerText(response, bounds.maxBytes);
    if (text === undefined) return { kind: 'too_large', detail: `over ${bounds.maxBytes} bytes` };
    return { kind: 'answered', status: response.status, headers: response.headers, text };
  } catch (error) {
    // By its name, not its class: the error may come from another realm.
    const name = typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : 'unknown';
    return name === 'TimeoutError' || name === 'AbortError'
      ? { kind: 'timeout', detail: `no answer within ${bounds.timeoutMs} ms` }
      : { kind: 'down', detail: `${failure} (${name})` };
  }
}

async function answerText({ headers, body }: Response, maxBytes: number): Promise<string | undefined> {
  if (declaredLength(headers) <= maxBytes) return boundedText(body, maxBytes);
  await body?.cancel();
  return undefined;
}
