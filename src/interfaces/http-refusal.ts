import { Refusal } from '../application/refusal.ts';

/** What HTTP and OAuth refuse before a use case is asked. */
export type HttpRefusalKind =
  | 'invalid_request'
  | 'missing_token'
  | 'invalid_target'
  | 'unsupported_grant_type'
  | 'not_found'
  | 'method_not_allowed'
  | 'payload_too_large'
  | 'misdirected'
  | 'unimplemented'
  | 'invalid_signature';

/** A request that is refused as it stands. Its message is for anyone; text of strangers is quoted and cut in it. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal';

  constructor(
    readonly kind: HttpRefusalKind,
    message: string,
    /** `Allow`, for a wrong method. */
    readonly allow?: readonly string[],
  ) {
    super(message);
  }
}

/** Every expected outcome that is not a success. */
export type AnyRefusal = Refusal | HttpRefusal;

export function isRefusal(error: unknown): error is AnyRefusal {
  return error instanceof Refusal || error instanceof HttpRefusal;
}
