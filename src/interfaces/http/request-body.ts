import { Refusal } from '../../application/refusal.ts';

interface ReadOptions {
  /** Told the size of the buffer before there is one of it; refuses by throwing. */
  readonly reserve?: (bytes: number) => void;
  /** By when all of the body must have come. */
  readonly signal?: AbortSignal;
}

/**
 * Reads into one buffer, of the size that was declared. Refuses by Content-Length before a byte is read: cancelling an
 * upload half way resets the connection.
 */
export async function boundedBody(
  request: Request,
  maxBytes: number,
  { reserve, signal }: ReadOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const declared = declaredLength(request);
  if (declared > maxBytes) throw tooLarge(maxBytes);
  reserve?.(declared);
  let bytes = new Uint8Array(declared);
  let length = 0;
  for await (const chunk of chunksOf(request, signal)) {
    const end = length + chunk.byteLength;
    if (end > maxBytes) throw tooLarge(maxBytes);
    if (end > bytes.byteLength) {
      const size = Math.min(maxBytes, Math.max(end, 2 * bytes.byteLength));
      reserve?.(size);
      const larger = new Uint8Array(size);
      larger.set(bytes);
      bytes = larger;
    }
    bytes.set(chunk, length);
    length = end;
  }
  return bytes.subarray(0, length);
}

/** 0 where the request does not say. */
export function declaredLength(request: Request): number {
  return Math.max(0, Number(request.headers.get('content-length'))) || 0;
}

export function isForm(request: Request): boolean {
  const type = request.headers.get('content-type') ?? '';
  return type.split(';')[0]?.trim().toLowerCase() === 'application/x-www-form-urlencoded';
}

async function* chunksOf({ body }: Request, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader() as ReadableStreamDefaultReader<Uint8Array> | undefined;
  if (reader === undefined) return;
  const cancel = (): void => void reader.cancel().catch(() => undefined);
  signal?.addEventListener('abort', cancel);
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
    if (signal?.aborted) throw new Refusal('unavailable', 'The body took too long to arrive.');
  } finally {
    signal?.removeEventListener('abort', cancel);
    cancel();
  }
}

function tooLarge(maxBytes: number): Refusal {
  return new Refusal('payload_too_large', `The body is larger than ${maxBytes} bytes.`);
}
