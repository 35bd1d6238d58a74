import { inject, injectable } from 'tsyringe';
import type { App, Installation } from '../domain/apps.ts';
import type { AllowlistReading } from '../domain/issuer-allowlist.ts';
import type { Scope } from '../domain/scope.ts';
import { APP_DIRECTORY, type AppDirectory } from './ports/app-directory.ts';
import { INSTALLATION_DIRECTORY, type InstallationDirectory } from './ports/installation-directory.ts';
import { LOG, type Log } from './ports/log.ts';
import { POLICY_SOURCE, type PoliciesRead, type PolicyLookup, type PolicySource } from './ports/policy-source.ts';
import type { Unavailable } from './ports/unavailable.ts';
import { Refusal } from './refusal.ts';

export interface FoundPolicies {
  readonly installation: Installation;
  readonly read: PoliciesRead;
}

type Lookup = Exclude<PolicyLookup, { readonly kind: 'account_changed' }>;

/** Finds an owner's installation and reads its policies, through whichever App of the pool is able to. */
@injectable()
export class FindPolicy {
  constructor(
    @inject(APP_DIRECTORY) private readonly apps: AppDirectory,
    @inject(INSTALLATION_DIRECTORY) private readonly installations: InstallationDirectory,
    @inject(POLICY_SOURCE) private readonly policies: PolicySource,
    @inject(LOG) private readonly log: Log,
  ) {}

  /**
   * The pool's Apps that are installed on the owner, found one by one as they are asked for: the first is enough
   * unless GitHub limits it.
   *
   * @throws Refusal where GitHub is not available; at the end, if there was none at all
   */
  async *installationsOf(owner: string): AsyncGenerator<Installation> {
    const pool = this.apps.poolOf(owner);
    let limited: Unavailable | undefined;
    let found = 0;
    for (const app of pool) {
      const lookup = await this.installations.find(app, owner);
      if (lookup.kind === 'found') {
        found += 1;
        yield lookup.installation;
      } else if (lookup.kind === 'unavailable') {
        if (lookup.cause !== 'limited') throw Refusal.unavailable(lookup, 'GitHub');
        limited = lookup;
      }
    }
    if (found > 0) return;
    if (limited !== undefined) throw Refusal.unavailable(limited, 'GitHub');
    throw notInstalled(pool);
  }

  /** @throws Refusal where the App is not installed, or GitHub gives no answer and nothing recent enough is at hand */
  async execute(scope: Scope, identity: string): Promise<FoundPolicies> {
    let limited: (Unavailable & { readonly stale?: PoliciesRead }) | undefined;
    let last: Installation | undefined;
    for await (const installation of this.installationsOf(scope.owner)) {
      const lookup = await this.lookUp(installation, scope, identity);
      if (lookup.kind === 'read') return { installation, read: await this.withAllowlist(installation, lookup) };
      limited = lookup;
      last = installation;
      if (lookup.cause !== 'limited') break;
    }
    if (limited?.stale === undefined || last === undefined) throw Refusal.unavailable(limited ?? NO_ANSWER, 'GitHub');
    this.log.warn('policies_stale', { owner: scope.owner, cause: limited.cause, detail: limited.detail });
    return { installation: last, read: limited.stale };
  }

  /** Names get recycled: where the account behind one has changed, everything is looked up once more. */
  private async lookUp(installation: Installation, scope: Scope, identity: string): Promise<Lookup> {
    const first = await this.policies.find({ installation, scope, identity });
    if (first.kind !== 'account_changed') return first;
    this.installations.forget(installation.app, scope.owner);
    const again = await this.installations.find(installation.app, scope.owner);
    if (again.kind === 'unavailable') return again;
    if (again.kind === 'absent') throw notInstalled([installation.app]);
    const second = await this.policies.find({ installation: again.installation, scope, identity });
    if (second.kind === 'account_changed') throw notInstalled([installation.app]);
    return second;
  }

  /** "Nobody can read the allowlist" is believed only when every App of the pool was refused. */
  private async withAllowlist(reader: Installation, read: PoliciesRead): Promise<PoliciesRead> {
    if (read.allowlist.kind !== 'unreadable') return read;
    const allowlist = await this.allowlistThroughOthers(reader);
    if (allowlist.kind === 'unreadable') this.log.warn('issuer_allowlist_unreadable', { owner: reader.owner });
    return { ...read, allowlist };
  }

  private async allowlistThroughOthers(reader: Installation): Promise<AllowlistReading> {
    for (const app of this.apps.poolOf(reader.owner)) {
      if (app.name === reader.app.name) continue;
      const lookup = await this.installations.find(app, reader.owner);
      if (lookup.kind === 'absent') continue;
      if (lookup.kind === 'unavailable') throw Refusal.unavailable(lookup, 'GitHub');
      const allowlist = await this.policies.findAllowlist(lookup.installation);
      if (allowlist.kind === 'unavailable') throw Refusal.unavailable(allowlist, 'GitHub');
      if (allowlist.kind !== 'unreadable') return allowlist;
    }
    return { kind: 'unreadable' };
  }
}

const NO_ANSWER: Unavailable = { kind: 'unavailable', cause: 'down', detail: 'no App gave an answer' };

function notInstalled(pool: readonly App[]): Refusal {
  const detail = pool.length === 0 ? 'no App is configured for this owner' : 'no App of the pool is installed there';
  return new Refusal('installation_not_found', 'No GitHub App of this service is installed there.', { detail });
}
