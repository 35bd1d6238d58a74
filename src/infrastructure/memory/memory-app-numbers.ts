import { isAppNumber, type App } from '../../domain/apps.ts';
import type { AppNumber, AppNumbers } from '../../application/ports/app-numbers.ts';

/** Numbers by client ID, as a test says. An App that is not among them gets no answer. */
export class MemoryAppNumbers implements AppNumbers {
  /** Client IDs that were asked for. */
  readonly asked: string[] = [];

  constructor(private readonly numbers: Readonly<Record<string, string>> = {}) {}

  of({ id }: App): Promise<AppNumber> {
    if (isAppNumber(id)) return Promise.resolve({ kind: 'known', number: id });
    this.asked.push(id);
    const number = Object.hasOwn(this.numbers, id) ? this.numbers[id] : undefined;
    if (number !== undefined) return Promise.resolve({ kind: 'known', number });
    return Promise.resolve({ kind: 'unavailable', cause: 'down', detail: 'GET /app: told to' });
  }
}
