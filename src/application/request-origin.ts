/** Where a request came from, as far as its edge can tell. */
export interface RequestOrigin {
  readonly requestId: string;
  readonly userAgent?: string;
  readonly clientAddress?: string;
}
