import { bodyReader, boundedText, declaredLength } from '../infrastructure/http/body-reader.ts';
import { HttpRefusal } from './http-refusal.ts';

/** Bytes that one read may bring: as many as have arrived already. So an idle upload costs almost no memory. */
const MIN_PIECE_BYTES = 4096;
const MAX_PIECE_BYTES = 256 * 1024;
const WATCH_INTERVAL_MS = 500;

/** Takes a body as it arrives, and can stop it at any time. */
interface BodyTaker {
  readonly bytes: number;
  add(piece: Uint8Array): void;
  /** Called after each piece, and every half a second while none comes. `false` ends the upload. */
  isOpen(): boolean;
}

/** @throws HttpRefusal `payload_too_large` or, where the body breaks off, `invalid_request` */
export async function requestText(request: Request, maxBytes: number): Promise<string> {
  requireDeclaredLength(request, maxBytes);
  const text = await boundedText(request.body, maxBytes).catch(brokenOff);
  if (text === undefined) throw tooLarge(maxBytes);
  return text;
}

/**
 * Checked before a byte is read, since to cancel an upload half way resets the connection. It limits nothing by itself:
 * a client can declare any length.
 *
 * @throws HttpRefusal `payload_too_large`
 */
export function requireDeclaredLength({ headers }: Request, maxBytes: number): void {
  if (declaredLength(headers) > maxBytes) throw tooLarge(maxBytes);
}

/**
 * Reads until the body ends or the taker closes.
 *
 * @throws HttpRefusal `payload_too_large` or, where the body breaks off, `invalid_request`
 */
export async function pourBody({ body }: Request, maxBytes: number, taker: BodyTaker): Promise<void> {
  if (body === null) return;
  const reader = bodyReader(body);
  const watch = setInterval(() => {
    if (!taker.isOpen()) reader.cancel();
  }, WATCH_INTERVAL_MS);
  const nextPiece = (): Promise<Uint8Array | undefined> =>
    reader.next(1, Math.min(Math.max(taker.bytes, MIN_PIECE_BYTES), MAX_PIECE_BYTES)).catch(brokenOff);
  try {
    for (let piece = await nextPiece(); piece !== undefined && taker.isOpen(); piece = await nextPiece()) {
      if (taker.bytes + piece.byteLength > maxBytes) throw tooLarge(maxBytes);
      taker.add(piece);
    }
  } finally {
    clearInterval(watch);
    reader.cancel();
  }
}

export function isForm(request: Request): boolean {
  const type = request.headers.get('content-type') ?? '';
  return type.split(';')[0]?.trim().toLowerCase() === 'application/x-www-form-urlencoded';
}

function tooLarge(maxBytes: number): HttpRefusal {
  return new HttpRefusal('payload_too_large', `The body is larger than ${maxBytes} bytes.`);
}

/** A client that closes the connection is not an error of this service. */
function brokenOff(): never {
  throw new HttpRefusal('invalid_request', 'The body broke off.');
}
