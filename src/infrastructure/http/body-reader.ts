/** Nearly every answer fits into one piece of this size, and it is small enough to allocate for each request. */
const FIRST_PIECE_BYTES = 16 * 1024;
const MAX_PIECE_BYTES = 256 * 1024;

/** Reads a body piece by piece. The caller counts the bytes. */
export interface BodyReader {
  /**
   * Waits for `atLeast` bytes and takes no more than `atMost`, or less at the end. A stream that is no byte stream gives
   * its next chunk as it is.
   *
   * @returns nothing at the end
   */
  next(atLeast: number, atMost: number): Promise<Uint8Array | undefined>;
  /** Whether it is known that there is no more. Where not, `next` tells. */
  readonly hasEnded: boolean;
  /** Tells the sender to stop. A `next` that waits ends. Never fails. */
  cancel(): void;
}

/** As workerd extends the standard's `ReadableStreamBYOBReader`; other runtimes' types lack it. */
interface NativeReader {
  readAtLeast(bytes: number, view: Uint8Array): Promise<{ readonly value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

/** Reads a small body with one call, as cheap as `text()` but bounded. Only workerd has `readAtLeast`. */
export function bodyReader(body: ReadableStream): BodyReader {
  const reader = nativeReader(body);
  return reader === undefined ? chunkReader(body as ReadableStream<Uint8Array>) : new PieceReader(reader);
}

/**
 * Counts the bytes that arrive, whatever a header says of the length.
 *
 * @returns nothing where there are more bytes than allowed
 */
export async function boundedText(body: ReadableStream | null, maxBytes: number): Promise<string | undefined> {
  if (body === null) return '';
  const reader = bodyReader(body);
  let [text, bytes, size, decoder] = ['', 0, FIRST_PIECE_BYTES, undefined as TextDecoder | undefined];
  for (;;) {
    // One byte over the limit shows that the body is too long.
    const wanted = Math.min(size, maxBytes + 1 - bytes);
    const piece = await reader.next(wanted, wanted);
    if (piece === undefined) return text + (decoder?.decode() ?? '');
    bytes += piece.byteLength;
    if (bytes > maxBytes) {
      reader.cancel();
      return undefined;
    }
    if (decoder === undefined && reader.hasEnded) return WHOLE_TEXT.decode(piece);
    decoder ??= new TextDecoder();
    text += decoder.decode(piece, { stream: true });
    size = Math.min(2 * size, MAX_PIECE_BYTES);
  }
}

/** For a text that came in one piece. It keeps nothing from one call to the next, so all can share it. */
const WHOLE_TEXT = new TextDecoder();

/** The length that the sender claims, 0 where it claims none. It may be wrong, so it only serves to refuse early. */
export function declaredLength(headers: Headers): number {
  return Math.max(0, Number(headers.get('content-length'))) || 0;
}

function nativeReader(body: ReadableStream): NativeReader | undefined {
  if (typeof ReadableStreamBYOBReader === 'undefined' || !('readAtLeast' in ReadableStreamBYOBReader.prototype)) {
    return undefined;
  }
  try {
    const reader: unknown = body.getReader({ mode: 'byob' });
    return reader as NativeReader;
  } catch {
    return undefined;
  }
}

/** A class and no closures: one is made for each answer of GitHub's. */
class PieceReader implements BodyReader {
  hasEnded = false;
  private isCancelled = false;

  constructor(private readonly reader: NativeReader) {}

  async next(atLeast: number, atMost: number): Promise<Uint8Array | undefined> {
    if (this.hasEnded) return undefined;
    const value = await this.read(atLeast, atMost);
    // Less than was asked for means the end of the body.
    this.hasEnded = value === undefined || value.byteLength < atLeast;
    return value === undefined || value.byteLength === 0 ? undefined : value;
  }

  cancel(): void {
    this.isCancelled = true;
    void this.reader.cancel().catch(() => undefined);
  }

  private async read(atLeast: number, atMost: number): Promise<Uint8Array | undefined> {
    try {
      return (await this.reader.readAtLeast(atLeast, new Uint8Array(atMost))).value;
    } catch (error) {
      // In workerd a waiting read then fails. By the standard it ends.
      if (this.isCancelled) return undefined;
      throw error;
    }
  }
}

function chunkReader(body: ReadableStream<Uint8Array>): BodyReader {
  const reader = body.getReader();
  return {
    hasEnded: false,
    async next() {
      const chunk = await reader.read();
      return chunk.done ? undefined : chunk.value;
    },
    cancel: () => void reader.cancel().catch(() => undefined),
  };
}
