import type { App } from '../../domain/apps.ts';
import type { InstallationDirectory, InstallationLookup } from '../../application/ports/installation-directory.ts';
import type { Unavailable } from '../../application/ports/unavailable.ts';

interface Installed {
  readonly id: number;
  readonly accountId: number;
}

/** Where Apps are installed, as a test says; what was found is remembered until it is forgotten. */
export class MemoryInstallationDirectory implements InstallationDirectory {
  /** Lookups that were not answered from memory. */
  lookups = 0;
  /** Apps for which there is no answer, by id. */
  readonly failing = new Map<string, Unavailable>();
  private readonly installed = new Map<string, Installed>();
  private readonly remembered = new Map<string, Installed | 'absent'>();

  install(app: App, owner: string, installed: Installed): void {
    this.installed.set(key(app, owner), installed);
  }

  uninstall(app: App, owner: string): void {
    this.installed.delete(key(app, owner));
  }

  find(app: App, owner: string, recency: 'remembered' | 'afresh' = 'remembered'): Promise<InstallationLookup> {
    const known = recency === 'remembered' ? this.remembered.get(key(app, owner)) : undefined;
    return Promise.resolve(known === undefined ? this.lookUp(app, owner) : lookup(app, owner, known));
  }

  forget(app: App, owner: string): void {
    this.remembered.delete(key(app, owner));
  }

  private lookUp(app: App, owner: string): InstallationLookup {
    this.lookups += 1;
    const failure = this.failing.get(app.id);
    if (failure !== undefined) return failure;
    const found = this.installed.get(key(app, owner)) ?? 'absent';
    this.remembered.set(key(app, owner), found);
    return lookup(app, owner, found);
  }
}

function lookup(app: App, owner: string, found: Installed | 'absent'): InstallationLookup {
  return found === 'absent' ? { kind: 'absent' } : { kind: 'found', installation: { app, owner, ...found } };
}

function key({ id }: App, owner: string): string {
  return `${id}/${owner.toLowerCase()}`;
}
