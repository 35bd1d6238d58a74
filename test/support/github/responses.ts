import type { Buffer } from 'node:buffer';
import type { Json } from '../json.ts';

export interface GitHubResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or bytes that are sent as they are. */
  readonly body?: Json | Buffer;
}

/** Not `Buffer.isBuffer`, whose type the Workers' globals erase where a suite sees both platforms. */
export function isBytes(value: unknown): value is Buffer {
  return value instanceof Uint8Array;
}

const DOCUMENTATION = 'https://docs.github.com/rest';

/** A refusal in GitHub's own words. */
export class GitHubError extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly extra: Readonly<Record<string, Json>>;

  constructor(
    status: number,
    message: string,
    extra: Readonly<Record<string, Json>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'GitHubError';
    this.status = status;
    this.extra = extra;
    this.headers = headers;
  }

  toResponse(): GitHubResponse {
    const body = {
      message: this.message,
      ...this.extra,
      documentation_url: DOCUMENTATION,
      status: String(this.status),
    };
    return { status: this.status, headers: this.headers, body };
  }
}

export function notFound(message = 'Not Found'): GitHubError {
  return new GitHubError(404, message);
}

export function notAccessible(): GitHubError {
  return new GitHubError(403, 'Resource not accessible by integration');
}

export function unprocessable(message: string): GitHubError {
  return new GitHubError(422, message);
}
