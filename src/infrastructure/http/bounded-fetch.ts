export interface FetchBounds {
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

export type FetchOutcome =
  | { readonly kind: 'answered'; readonly status: number; readonly headers: Headers; readonly text: string }
  | { readonly kind: 'down' | 'timeout' | 'too_large'; readonly detail: string };

/** One request with bounds in time and bytes, and no redirect followed: `fetch` throws on `redirect: 'error'` here. */
export async function boundedFetch(url: string, init: RequestInit, bounds: FetchBounds): Promise<FetchOutcome> {
  try {
    const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(bounds.timeoutMs) });
    const text = await boundedText(response, bounds.maxBytes);
    if (text === undefined) return { kind: 'too_large', detail: `over ${bounds.maxBytes} bytes` };
    return { kind: 'answered', status: response.status, headers: response.headers, text };
  } catch (error) {
    // By its name, not its class: the error may come from another realm.
    const name = typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : 'unknown';
    return name === 'TimeoutError' || name === 'AbortError'
      ? { kind: 'timeout', detail: `no answer within ${bounds.timeoutMs} ms` }
      : { kind: 'down', detail: name };
  }
}

async function boundedText(response: Response, maxBytes: number): Promise<string | undefined> {
  const { headers, body } = response;
  const length = headers.get('content-length');
  if (Number(length ?? 0) > maxBytes) {
    await body?.cancel();
    return undefined;
  }
  // A length that is told holds for what is read, unless that was packed; the runtime's own reader is the cheaper one.
  if (length !== null && headers.get('content-encoding') === null) return response.text();
  return body === null ? '' : streamedText((body as ReadableStream<Uint8Array>).getReader(), maxBytes);
}

async function streamedText(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  maxBytes: number,
): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    bytes += part.value.byteLength;
    if (bytes > maxBytes) {
      await reader.cancel();
      return undefined;
    }
    text += decoder.decode(part.value, { stream: true });
  }
  return text + decoder.decode();
}

/** @returns nothing where the text is not JSON */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A JSON object's member, own ones only; nothing for any other value. */
export function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}
