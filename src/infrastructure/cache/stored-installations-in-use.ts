import { isOwnerName } from '../../domain/scope.ts';
import type { InstallationInUse, InstallationsInUse, InUse } from '../../application/ports/installations-in-use.ts';
import type { CacheStore } from './cache-store.ts';

/** So many that a list takes three requests of KV's at the most. */
const MAX_INSTALLATIONS = 3000;

/** The cached installations: only a proven caller's exchange puts one there, and it is gone an hour later. */
export class StoredInstallationsInUse implements InstallationsInUse {
  constructor(
    private readonly store: CacheStore,
    /** Begins the keys of cached installations. */
    private readonly prefix: string,
  ) {}

  async list(): Promise<InUse> {
    const answer = await this.store.keys(this.prefix, MAX_INSTALLATIONS);
    if (answer.kind === 'failed') return answer;
    return { kind: 'listed', installations: answer.keys.flatMap((key) => this.parsed(key)) };
  }

  /** `installationKey`: App, owner. Whoever edits the store may have written others. */
  private parsed(key: string): readonly InstallationInUse[] {
    const [appId = '', owner = '', ...more] = key.slice(this.prefix.length).split('/');
    return more.length === 0 && isOwnerName(owner) ? [{ appId, owner }] : [];
  }
}
