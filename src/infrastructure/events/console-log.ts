import { inject, injectable } from 'tsyringe';
import type { Log, LogFields } from '../../application/ports/log.ts';
import { isolateToken, requestToken } from '../../application/ports/token.ts';

const RANK = { debug: 0, info: 1, warn: 2, error: 3 } as const;
export type ConsoleLogLevel = keyof typeof RANK;

export const LOG_LEVEL = isolateToken<ConsoleLogLevel>('LogLevel');
/** Names the request in its log, its events and its answer. */
export const REQUEST_ID = requestToken<string>('RequestId');

/** One JSON line an entry, on the console. Workers take their logs from there. */
@injectable()
export class ConsoleLog implements Log {
  constructor(
    @inject(LOG_LEVEL) private readonly level: ConsoleLogLevel,
    @inject(REQUEST_ID) private readonly requestId: string,
  ) {}

  info(event: string, fields: LogFields = {}): void {
    if (RANK[this.level] <= RANK.info) console.log(this.line('info', event, fields));
  }

  warn(event: string, fields: LogFields = {}): void {
    if (RANK[this.level] <= RANK.warn) console.warn(this.line('warn', event, fields));
  }

  error(event: string, fields: LogFields = {}): void {
    console.error(this.line('error', event, fields));
  }

  private line(level: string, event: string, fields: LogFields): string {
    return JSON.stringify({ level, event, request_id: this.requestId, ...fields });
  }
}

/** Writes a line at every log level. */
export function writeLine(fields: LogFields): void {
  console.log(JSON.stringify(fields));
}
