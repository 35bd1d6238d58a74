/** Where a request came from, as far as its edge can tell. */
export interface RequestOrigin {
  readonly requestId: string;
  readonly userAgent?: string;
  readonly clientAddress?: string;
  /** Which of two hosts the request came to, where two are served. */
  readonly host?: string;
}
