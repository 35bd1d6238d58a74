export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  /** GitHub's operation id, `graphql`, or `unknown`. */
  readonly operation: string;
  /** What was answered; 0 where the connection was cut or left hanging. */
  readonly status: number;
  readonly authKind: 'anonymous' | 'app' | 'installation' | 'refused';
  readonly appId: number | undefined;
  readonly installationId: number | undefined;
  readonly userAgent: string | undefined;
  /** The request's JSON, so that tests can see what was asked. */
  readonly body: unknown;
  readonly at: number;
}

export type RequestFilter = Partial<
  Pick<RecordedRequest, 'method' | 'path' | 'operation' | 'status' | 'installationId' | 'appId' | 'authKind'>
>;

/** What the local GitHub was asked, in the order of its answers. */
export class RequestLog {
  #requests: RecordedRequest[] = [];

  record(request: RecordedRequest): void {
    this.#requests.push(request);
  }

  all(): readonly RecordedRequest[] {
    return this.#requests;
  }

  count(filter: RequestFilter = {}): number {
    const wanted = Object.entries(filter) as [keyof RequestFilter, unknown][];
    return this.#requests.filter((request) => wanted.every(([key, value]) => request[key] === value)).length;
  }

  reset(): void {
    this.#requests = [];
  }
}
