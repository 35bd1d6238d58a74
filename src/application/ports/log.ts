import { requestToken } from './token.ts';

export type LogFields = Readonly<Record<string, unknown>>;

/** One structured line an entry, under the request's id. Never given a token, a key or a secret. */
export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export const LOG = requestToken<Log>('Log');
