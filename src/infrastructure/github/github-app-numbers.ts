import { inject, injectable } from 'tsyringe';
import { isAppNumber, type App } from '../../domain/apps.ts';
import { APP_INSPECTOR, type AppInspector } from '../../application/ports/app-inspector.ts';
import type { AppNumber, AppNumbers } from '../../application/ports/app-numbers.ts';
import { isolateToken } from '../../application/ports/token.ts';
import type { LruMap } from '../cache/lru-map.ts';

/** Numbers by client ID, as GitHub told them. One an isolate. */
export const KNOWN_APP_NUMBERS = isolateToken<LruMap<string>>('KnownAppNumbers');

/** Asked of GitHub once an isolate, and only for Apps that are named by their client ID. */
@injectable()
export class GitHubAppNumbers implements AppNumbers {
  constructor(
    @inject(APP_INSPECTOR) private readonly inspector: AppInspector,
    @inject(KNOWN_APP_NUMBERS) private readonly known: LruMap<string>,
  ) {}

  async of(app: App): Promise<AppNumber> {
    const number = isAppNumber(app.id) ? app.id : this.known.get(app.id);
    return number === undefined ? this.ask(app) : { kind: 'known', number };
  }

  private async ask(app: App): Promise<AppNumber> {
    const lookup = await this.inspector.describe(app);
    if (lookup.kind === 'unavailable') return lookup;
    const number = String(lookup.description.id);
    this.known.set(app.id, number);
    return { kind: 'known', number };
  }
}
