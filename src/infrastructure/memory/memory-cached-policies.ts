import type { App } from '../../domain/apps.ts';
import type { CachedPolicies, Forgetting } from '../../application/ports/cached-policies.ts';

/** Names of what is remembered: `owner/repository`, and `App id owner`. */
export class MemoryCachedPolicies implements CachedPolicies {
  /** Answered to everything, while it is set. */
  failure: (Forgetting & { readonly kind: 'store_failed' }) | undefined;
  readonly forgotten: string[] = [];

  constructor(private readonly remembered = new Set<string>()) {}

  remember(...names: readonly string[]): void {
    for (const name of names) this.remembered.add(name.toLowerCase());
  }

  remembers(name: string): boolean {
    return this.remembered.has(name.toLowerCase());
  }

  forgetRepository(owner: string, repository: string): Promise<Forgetting> {
    return this.forget(`${owner}/${repository}`);
  }

  forgetInstallation(app: App, owner: string): Promise<Forgetting> {
    return this.forget(`${app.id} ${owner}`);
  }

  private forget(name: string): Promise<Forgetting> {
    this.forgotten.push(name);
    this.remembered.delete(name.toLowerCase());
    return Promise.resolve(this.failure ?? { kind: 'forgotten' });
  }
}
