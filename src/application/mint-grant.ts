import { inject, injectable } from 'tsyringe';
import { orderByRendezvous, type App, type Installation } from '../domain/apps.ts';
import { staysWithin, type Grant } from '../domain/narrowing.ts';
import type { TrustPolicy } from '../domain/trust-policy.ts';
import { AFTER_ANSWER, type AfterAnswer } from './ports/after-answer.ts';
import { APP_DIRECTORY, type AppDirectory } from './ports/app-directory.ts';
import {
  INSTALLATION_DIRECTORY,
  type InstallationDirectory,
  type InstallationLookup,
} from './ports/installation-directory.ts';
import { TOKEN_MINTER, type MintedToken, type Minting, type TokenMinter } from './ports/token-minter.ts';
import type { Unavailable } from './ports/unavailable.ts';
import { Refusal } from './refusal.ts';

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

/** Picks the App and mints the token, with exactly what the grant says. */
@injectable()
export class MintGrant {
  constructor(
    @inject(APP_DIRECTORY) private readonly apps: AppDirectory,
    @inject(INSTALLATION_DIRECTORY) private readonly installations: InstallationDirectory,
    @inject(TOKEN_MINTER) private readonly minter: TokenMinter,
    @inject(AFTER_ANSWER) private readonly afterAnswer: AfterAnswer,
  ) {}

  /** @throws Refusal where no App can or may mint it */
  async execute(order: MintOrder): Promise<MintedGrant> {
    let limited: Unavailable | undefined;
    for (const app of this.candidates(order)) {
      const installation = await this.installationOf(app, order.reader);
      if (installation.kind === 'absent') continue;
      if (installation.kind === 'found') {
        const minting = await this.mintOn(installation.installation, order.grant);
        if (minting.kind !== 'unavailable') return minting;
        limited = minting;
      } else {
        limited = installation;
      }
      if (limited.cause !== 'limited') break;
    }
    if (limited !== undefined) throw Refusal.unavailable(limited, 'GitHub');
    throw new Refusal('installation_not_found', 'No GitHub App of this service may mint this token there.');
  }

  private candidates({ policy, grant, reader, routingKey }: MintOrder): readonly App[] {
    const pool = this.apps.poolOf(reader.owner).filter((app) => policy.admitsApp(app.name));
    // Only the App that made a check run may update it.
    if (grant.permissions.get('checks') === 'write') return orderByRendezvous(pool, routingKey);
    return pool.some((app) => app.name === reader.app.name)
      ? [reader.app, ...pool.filter((app) => app.name !== reader.app.name)]
      : pool;
  }

  private async installationOf(app: App, reader: Installation): Promise<InstallationLookup> {
    return app.name === reader.app.name
      ? { kind: 'found', installation: reader }
      : this.installations.find(app, reader.owner);
  }

  private async mintOn(
    installation: Installation,
    grant: Grant,
  ): Promise<(MintedGrant & { kind: 'granted' }) | Unavailable> {
    const minting = await this.minter.mint(installation, grant);
    if (minting.kind !== 'installation_gone') return this.accepted(minting, installation, grant);
    this.installations.forget(installation.app, installation.owner);
    const again = await this.installations.find(installation.app, installation.owner);
    if (again.kind === 'unavailable') return again;
    // Another account has taken the name: what was judged for the old one is not for the new one.
    if (again.kind === 'absent' || again.installation.accountId !== installation.accountId) throw gone();
    return this.accepted(await this.minter.mint(again.installation, grant), again.installation, grant);
  }

  private accepted(
    minting: Minting,
    installation: Installation,
    grant: Grant,
  ): (MintedGrant & { kind: 'granted' }) | Unavailable {
    switch (minting.kind) {
      case 'minted':
        if (!staysWithin(minting.access, grant)) throw this.tooMuch(minting);
        return { kind: 'granted', minted: minting, installation };
      case 'refused':
        throw new Refusal(
          'permission_denied',
          'GitHub refuses the permissions or repositories that the policy asks for.',
          {
            detail: minting.reason,
          },
        );
      case 'installation_gone':
        throw gone();
      case 'unavailable':
        return minting;
    }
  }

  private tooMuch(minted: MintedToken): Refusal {
    this.afterAnswer.add('revoke_excessive_token', async () => {
      await this.minter.revoke(minted.secret);
    });
    return new Refusal('upstream_error', 'GitHub granted more than was asked for; the token was revoked.');
  }
}

function gone(): Refusal {
  return new Refusal('installation_not_found', 'No GitHub App of this service is installed there.', {
    detail: 'the installation is gone',
  });
}
