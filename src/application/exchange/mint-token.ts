import { inject, injectable } from 'tsyringe';
import { missingPermissions, missingText } from '../../domain/accepted-permissions.ts';
import { orderByRendezvous, type App, type Installation } from '../../domain/apps.ts';
import { staysWithin, type Grant } from '../../domain/narrowing.ts';
import type { TrustPolicy } from '../../domain/trust-policy.ts';
import { Installations } from '../policies/installations.ts';
import { DEFERRED_TASKS, type DeferredTasks } from '../ports/deferred-tasks.ts';
import { APP_DIRECTORY, type AppDirectory } from '../ports/app-directory.ts';
import { TOKEN_MINTER, type MintedToken, type Minting, type TokenMinter } from '../ports/token-minter.ts';
import type { Unavailable } from '../ports/unavailable.ts';
import { Refusal } from '../refusal.ts';

export interface MintOrder {
  readonly policy: TrustPolicy;
  readonly grant: Grant;
  /** The installation that the policy was read through, whose App is tried first where any may mint. */
  readonly reader: Installation;
  /** Scope, identity and subject: the same ones get the same App where that matters. */
  readonly routingKey: string;
}

export interface MintedGrant {
  readonly minted: MintedToken;
  readonly installation: Installation;
}

type Attempt =
  | (MintedGrant & { readonly kind: 'granted' })
  /** The App is not installed on that account, or no longer. */
  | { readonly kind: 'absent' }
  | Unavailable;

/** Picks the App and mints the token, with exactly what the grant says. */
@injectable()
export class MintToken {
  constructor(
    @inject(APP_DIRECTORY) private readonly apps: AppDirectory,
    @inject(Installations) private readonly installations: Installations,
    @inject(TOKEN_MINTER) private readonly minter: TokenMinter,
    @inject(DEFERRED_TASKS) private readonly deferredTasks: DeferredTasks,
  ) {}

  /** @throws Refusal where no App can or may mint it */
  async execute(order: MintOrder): Promise<MintedGrant> {
    let failure: Unavailable | undefined;
    for (const app of this.candidates(order)) {
      const attempt = await this.attempt(app, order);
      if (attempt.kind === 'granted') return attempt;
      if (attempt.kind === 'absent') continue;
      failure = attempt;
      // A rate limit belongs to one App, so another may do better. But only the App that made a check run can update it.
      if (attempt.cause !== 'limited' || writesChecks(order)) break;
    }
    if (failure !== undefined) throw Refusal.unavailable(failure, 'GitHub');
    throw new Refusal('installation_not_found', 'No GitHub App of this service may mint this token there.');
  }

  private candidates(order: MintOrder): readonly App[] {
    const { policy, reader, routingKey } = order;
    const pool = this.apps.poolOf(reader.owner).filter((app) => policy.admitsApp(app.name));
    if (writesChecks(order)) return orderByRendezvous(pool, routingKey);
    return pool.some((app) => app.name === reader.app.name)
      ? [reader.app, ...pool.filter((app) => app.name !== reader.app.name)]
      : pool;
  }

  private async attempt(app: App, { reader, grant }: MintOrder): Promise<Attempt> {
    const isReader = app.name === reader.app.name;
    const found = isReader ? ({ kind: 'found', installation: reader } as const) : await this.onAccount(app, reader);
    if (found.kind !== 'found') return found;
    const minting = await this.minter.mint(found.installation, grant);
    if (minting.kind !== 'installation_gone') return this.accepted(minting, found.installation, grant);
    this.installations.forget(app, reader.owner);
    const again = await this.onAccount(app, reader);
    if (again.kind !== 'found') return again;
    return this.accepted(await this.minter.mint(again.installation, grant), again.installation, grant);
  }

  /** If another account has taken the name, the old account's policy must not decide for the new one. */
  private async onAccount(
    app: App,
    { owner, accountId }: Installation,
  ): Promise<{ readonly kind: 'found'; readonly installation: Installation } | Exclude<Attempt, { kind: 'granted' }>> {
    const found = await this.installations.find(app, owner, 'remembered');
    return found.kind === 'found' && found.installation.accountId !== accountId ? { kind: 'absent' } : found;
  }

  private accepted(minting: Minting, installation: Installation, grant: Grant): Attempt {
    switch (minting.kind) {
      case 'minted':
        if (!staysWithin(minting.access, grant)) throw this.tooMuch(minting);
        return { kind: 'granted', minted: minting, installation };
      case 'refused':
        throw this.refusedByGitHub(minting.reason, installation, grant);
      case 'installation_gone':
        return { kind: 'absent' };
      case 'unavailable':
        return minting;
    }
  }

  /** What was looked up may be up to an hour old, so it only explains what GitHub has decided. */
  private refusedByGitHub(reason: string, installation: Installation, grant: Grant): Refusal {
    const { accepted } = installation;
    const missing = accepted === undefined ? [] : missingPermissions(grant.permissions.entries(), accepted);
    if (missing.length > 0) this.deferredTasks.add('doubt_installation', () => this.installations.doubt(installation));
    const names = missing.map(missingText).join(', ');
    return new Refusal(
      'permission_denied',
      'GitHub refuses the permissions or repositories that the policy asks for.',
      {
        detail: names === '' ? reason : `${reason} permission-not-installed: ${names}`,
        evidence: { kind: 'mint_refused', reason, missing, installation },
      },
    );
  }

  private tooMuch(minted: MintedToken): Refusal {
    this.deferredTasks.add('revoke_excessive_token', async () => {
      await this.minter.revoke(minted.secret);
    });
    return new Refusal('upstream_error', 'GitHub granted more than was asked for; the token was revoked.');
  }
}

/** Only the App that made a check run may update it. The policy decides, so that narrowing never changes the App. */
function writesChecks({ policy }: MintOrder): boolean {
  return policy.permissions.get('checks') === 'write';
}
