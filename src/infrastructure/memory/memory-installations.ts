import type { AcceptedPermissions } from '../../domain/accepted-permissions.ts';
import type { App } from '../../domain/apps.ts';
import type { InstallationLookup, InstallationRepository } from '../../application/ports/installation-repository.ts';
import type { Unavailable } from '../../application/ports/unavailable.ts';

interface Installed {
  readonly id: number;
  readonly accountId: number;
  readonly accepted?: AcceptedPermissions;
}

/** Where Apps are installed, as a test says. */
export class MemoryInstallations implements InstallationRepository {
  lookups = 0;
  /** Apps for which there is no answer, by id. */
  readonly failing = new Map<string, Unavailable>();
  private readonly installed = new Map<string, Installed>();

  install(app: App, owner: string, installed: Installed): void {
    this.installed.set(key(app, owner), installed);
  }

  uninstall(app: App, owner: string): void {
    this.installed.delete(key(app, owner));
  }

  find(app: App, owner: string): Promise<InstallationLookup> {
    this.lookups += 1;
    const failure = this.failing.get(app.id);
    if (failure !== undefined) return Promise.resolve(failure);
    const found = this.installed.get(key(app, owner));
    if (found === undefined) return Promise.resolve({ kind: 'absent' });
    return Promise.resolve({ kind: 'found', installation: { app, owner, ...found } });
  }
}

function key({ id }: App, owner: string): string {
  return `${id}/${owner.toLowerCase()}`;
}
