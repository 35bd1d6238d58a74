import { inject, injectable } from 'tsyringe';
import type { App, Installation } from '../domain/apps.ts';
import type { AllowlistReading } from '../domain/issuer-allowlist.ts';
import type { Scope } from '../domain/scope.ts';
import { APP_DIRECTORY, type AppDirectory } from './ports/app-directory.ts';
import { INSTALLATION_DIRECTORY, type InstallationDirectory } from './ports/installation-directory.ts';
import { LOG, type Log } from './ports/log.ts';
import { POLICY_SOURCE, type AllowlistRefused, type PoliciesRead, type PolicySource } from './ports/policy-source.ts';
import type { Unavailable, UnavailableCause } from './ports/unavailable.ts';
import { Refusal } from './refusal.ts';

/** What was read, with the one answer about the allowlist that all Apps together gave. */
export interface SettledPolicies extends PoliciesRead {
  readonly allowlist: AllowlistReading;
}

export interface FoundPolicies {
  readonly installation: Installation;
  readonly read: SettledPolicies;
}

interface ReadThrough {
  readonly kind: 'read';
  readonly installation: Installation;
  readonly read: PoliciesRead;
}

/** One App gave no answer; `stale` is what may be used if no other one does. */
type Failure = Unavailable & { readonly stale?: ReadThrough };
type Attempt = ReadThrough | Failure | { readonly kind: 'absent' };

/** Failures of one App alone: another one of the pool may do better. */
const OF_ONE_APP: ReadonlySet<UnavailableCause> = new Set<UnavailableCause>(['limited', 'refused']);

/** Finds an owner's installation and reads its policies, through whichever App of the pool is able to. */
@injectable()
export class FindPolicy {
  constructor(
    @inject(APP_DIRECTORY) private readonly apps: AppDirectory,
    @inject(INSTALLATION_DIRECTORY) private readonly installations: InstallationDirectory,
    @inject(POLICY_SOURCE) private readonly policies: PolicySource,
    @inject(LOG) private readonly log: Log,
  ) {}

  /** @throws Refusal where the App is not installed, or GitHub gives no answer and nothing recent enough is at hand */
  async execute(scope: Scope, identity: string): Promise<FoundPolicies> {
    const pool = this.apps.poolOf(scope.owner);
    let failure: Failure | undefined;
    for (const app of pool) {
      const attempt = await this.attempt(app, scope, identity);
      if (attempt.kind === 'read') return this.settled(attempt);
      if (attempt.kind === 'absent') continue;
      failure = failure?.stale === undefined ? attempt : failure;
      if (!OF_ONE_APP.has(attempt.cause)) break;
    }
    if (failure === undefined) throw notInstalled(pool);
    return this.settledStale(failure, scope.owner);
  }

  /** Names get recycled: where the account behind one has changed, everything is looked up once more. */
  private async attempt(app: App, scope: Scope, identity: string): Promise<Attempt> {
    const first = await this.readThrough(app, scope, identity);
    if (first.kind !== 'account_changed') return first;
    this.installations.forget(app, scope.owner);
    const second = await this.readThrough(app, scope, identity);
    return second.kind === 'account_changed' ? { kind: 'absent' } : second;
  }

  private async readThrough(
    app: App,
    scope: Scope,
    identity: string,
  ): Promise<Attempt | { readonly kind: 'account_changed' }> {
    const found = await this.installations.find(app, scope.owner);
    if (found.kind !== 'found') return found;
    const { installation } = found;
    const lookup = await this.policies.find({ installation, scope, identity });
    if (lookup.kind === 'read') return { kind: 'read', installation, read: lookup };
    if (lookup.kind === 'account_changed') return lookup;
    const { stale, ...failure } = lookup;
    return stale === undefined ? failure : { ...failure, stale: { kind: 'read', installation, read: stale } };
  }

  private settledStale({ stale, ...failure }: Failure, owner: string): Promise<FoundPolicies> {
    if (stale === undefined) throw Refusal.unavailable(failure, 'GitHub');
    this.log.warn('policies_stale', { owner, cause: failure.cause, detail: failure.detail });
    return this.settled(stale);
  }

  private async settled({ installation, read }: ReadThrough): Promise<FoundPolicies> {
    const { allowlist } = read;
    const settled = allowlist.kind === 'refused' ? await this.allowlistOfPool(installation, allowlist) : allowlist;
    return { installation, read: { ...read, allowlist: settled } };
  }

  /** "Nobody can read the allowlist" is believed only when every App was refused, on installations looked up afresh. */
  private async allowlistOfPool(reader: Installation, { last }: AllowlistRefused): Promise<AllowlistReading> {
    const others = await this.allowlistThroughOthers(reader);
    if (others.kind !== 'refused' && others.kind !== 'unavailable') return others;
    const answer = last ?? (others.kind === 'unavailable' ? others : undefined);
    if (answer?.kind === 'unavailable') throw Refusal.unavailable(answer, 'GitHub');
    if (answer !== undefined) return answer;
    this.log.warn('issuer_allowlist_unreadable', { owner: reader.owner });
    await this.policies.believeUnreadable(reader);
    return { kind: 'unreadable' };
  }

  private async allowlistThroughOthers(
    reader: Installation,
  ): Promise<AllowlistReading | AllowlistRefused | Unavailable> {
    let unavailable: Unavailable | undefined = await this.replaced(reader);
    for (const app of this.apps.poolOf(reader.owner)) {
      if (app.name === reader.app.name) continue;
      const allowlist = await this.allowlistThrough(app, reader.owner);
      if (allowlist.kind === 'unavailable') unavailable = allowlist;
      else if (allowlist.kind !== 'refused') return allowlist;
    }
    return unavailable ?? { kind: 'refused' };
  }

  /** An App that is not installed there can't read anything there either. */
  private async allowlistThrough(app: App, owner: string): Promise<AllowlistReading | AllowlistRefused | Unavailable> {
    const found = await this.installations.find(app, owner, 'afresh');
    if (found.kind === 'absent') return { kind: 'refused' };
    return found.kind === 'found' ? this.policies.findAllowlist(found.installation) : found;
  }

  /** What an installation was refused says nothing where another has taken its place. */
  private async replaced({ app, owner, id }: Installation): Promise<Unavailable | undefined> {
    const now = await this.installations.find(app, owner, 'afresh');
    if (now.kind === 'unavailable') return now;
    if (now.kind === 'found' && now.installation.id === id) return undefined;
    return { kind: 'unavailable', cause: 'down', detail: 'the installation has changed while it was read' };
  }
}

function notInstalled(pool: readonly App[]): Refusal {
  const detail = pool.length === 0 ? 'no App is configured for this owner' : 'no App of the pool is installed there';
  return new Refusal('installation_not_found', 'No GitHub App of this service is installed there.', { detail });
}
