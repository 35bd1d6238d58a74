import type { Log } from '../../application/ports/log.ts';
import { Refusal } from '../../application/refusal.ts';
import type { AnyRefusal } from '../http-refusal.ts';
import { needsAttention } from './wire.ts';

/** Short words only: a token, a key or a claim that somebody put into a path does not reach the log. */
const PLAIN_PATH = /^(?:\/(?:[._-]?[A-Za-z]{1,20}(?:[._-][A-Za-z]{1,20}){0,4})?){1,4}$/;

/** The line of a request that leaves no audit event. */
export function logRequest(log: Log, request: Request, response: Response, refusal: AnyRefusal | undefined): void {
  const { status } = response;
  const { pathname } = new URL(request.url);
  const line = {
    method: request.method,
    path: PLAIN_PATH.test(pathname) ? pathname : undefined,
    status,
    ...(refusal === undefined ? {} : { refusal: { kind: refusal.kind, detail: detailOf(refusal) } }),
  };
  if (needsAttention(response)) log.warn('request', line);
  else log.info('request', line);
}

function detailOf(refusal: AnyRefusal): string {
  return (refusal instanceof Refusal ? refusal.details.detail : undefined) ?? refusal.message;
}
