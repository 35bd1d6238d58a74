import { inject, injectable } from 'tsyringe';
import { isAppNumber, type App } from '../../domain/apps.ts';
import type { AppNumber, AppNumbers } from '../../application/ports/app-numbers.ts';
import { isolateToken } from '../../application/ports/token.ts';
import { member } from '../json/untrusted-json.ts';
import type { LruMap } from '../cache/lru-map.ts';
import { GitHubClient, unavailable } from './github-client.ts';

/** Numbers by client ID, as GitHub told them. One an isolate. */
export const KNOWN_APP_NUMBERS = isolateToken<LruMap<string>>('KnownAppNumbers');

/** REST, "Get the authenticated app": asked once an isolate, and only for Apps that are named by their client ID. */
@injectable()
export class GitHubAppNumbers implements AppNumbers {
  constructor(
    @inject(GitHubClient) private readonly client: GitHubClient,
    @inject(KNOWN_APP_NUMBERS) private readonly known: LruMap<string>,
  ) {}

  async of(app: App): Promise<AppNumber> {
    const number = isAppNumber(app.id) ? app.id : this.known.get(app.id);
    return number === undefined ? this.ask(app) : { kind: 'known', number };
  }

  private async ask(app: App): Promise<AppNumber> {
    const answer = await this.client.asApp(app, '', { method: 'GET', path: '/app' });
    if (answer.kind === 'unavailable') return answer;
    const id = member(answer.json, 'id');
    if (answer.status !== 200 || typeof id !== 'number' || !Number.isSafeInteger(id)) {
      return unavailable('unusable', `GET /app: status ${answer.status}, or no id in it`);
    }
    const number = String(id);
    this.known.set(app.id, number);
    return { kind: 'known', number };
  }
}
