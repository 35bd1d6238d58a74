import type { App } from '../../domain/apps.ts';
import { sameName } from '../../domain/scope.ts';
import type { CachedPolicies, Forgetting } from '../../application/ports/cached-policies.ts';
import type { TwoLevelCache } from '../cache/two-level-cache.ts';
import type { GitHubInstallationDirectory } from './github-installation-directory.ts';
import type { AllowlistCopy, FolderCopy } from './policy-copies.ts';

/** Drops copies of GitHub's contents from the isolate and from KV. */
export class GitHubCachedPolicies implements CachedPolicies {
  constructor(
    private readonly installations: GitHubInstallationDirectory,
    private readonly folders: TwoLevelCache<FolderCopy>,
    private readonly allowlists: TwoLevelCache<AllowlistCopy>,
    private readonly orgPolicyRepository: string,
  ) {}

  forgetRepository(owner: string, repository: string): Promise<Forgetting> {
    return settled(async () => {
      const purge = this.folders.purge(`${owner}/${repository}`.toLowerCase());
      const holdsAllowlist = sameName(repository, this.orgPolicyRepository);
      const expire = holdsAllowlist ? this.allowlists.expire(owner.toLowerCase()) : undefined;
      await Promise.all([purge, expire]);
    });
  }

  forgetInstallation(app: App, owner: string): Promise<Forgetting> {
    return settled(() => this.installations.forgetEverywhere(app, owner));
  }
}

async function settled(work: () => Promise<void>): Promise<Forgetting> {
  try {
    await work();
    return { kind: 'forgotten' };
  } catch (error) {
    return { kind: 'store_failed', detail: error instanceof Error ? error.name : 'unknown' };
  }
}
