import { inject, injectable } from 'tsyringe';
import type { App, Installation } from '../../domain/apps.ts';
import { Installations } from '../policies/installations.ts';
import { APP_DIRECTORY, type AppDirectory } from '../ports/app-directory.ts';
import { LOG, type Log } from '../ports/log.ts';
import type { Unavailable } from '../ports/unavailable.ts';

/** Where an event claims to come from. It only says what to look up, and nothing in it is believed. */
export interface EventSource {
  /** The App whose event it is, if GitHub told. */
  readonly appId: string | undefined;
  readonly installationId: number | undefined;
  readonly owner: string;
  readonly repository: string;
}

export type EventInstallation =
  | { readonly kind: 'found'; readonly installation: Installation }
  /** Our own lookup knows no such installation: the event is not acted upon. */
  | { readonly kind: 'foreign' }
  | Unavailable;

/** Looks up the installation that an event names. An installation with another id is not accepted. */
@injectable()
export class FindEventInstallation {
  constructor(
    @inject(APP_DIRECTORY) private readonly apps: AppDirectory,
    @inject(Installations) private readonly installations: Installations,
    @inject(LOG) private readonly log: Log,
  ) {}

  async execute(source: EventSource): Promise<EventInstallation> {
    for (const app of appsOfEvent(this.apps.poolOf(source.owner), source.appId)) {
      const lookup = await this.lookUp(app, source);
      if (lookup.kind !== 'foreign') return lookup;
    }
    const { owner, appId, installationId } = source;
    this.log.warn('webhook_installation_unknown', { owner, app_id: appId, installation_id: installationId });
    return { kind: 'foreign' };
  }

  /** What is cached may be older than the installation, so a mismatch is looked up once more. */
  private async lookUp(app: App, { owner, installationId }: EventSource): Promise<EventInstallation> {
    const cached = await this.installations.find(app, owner, 'remembered');
    if (cached.kind === 'found' && cached.installation.id === installationId) return cached;
    if (cached.kind === 'unavailable') return cached;
    if (installationId === undefined) return { kind: 'foreign' };
    this.installations.forget(app, owner);
    const again = await this.installations.find(app, owner, 'remembered');
    if (again.kind === 'unavailable') return again;
    return again.kind === 'found' && again.installation.id === installationId ? again : { kind: 'foreign' };
  }
}

/** The App that sent the event, if it is of the pool; all of the pool where GitHub did not tell which. */
export function appsOfEvent(pool: readonly App[], appId: string | undefined): readonly App[] {
  return appId === undefined ? pool : pool.filter(({ id }) => id === appId);
}
