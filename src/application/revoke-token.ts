import { inject, injectable } from 'tsyringe';
import { TOKEN_MINTER, type TokenMinter } from './ports/token-minter.ts';
import { recordedRefusal, Refusal } from './refusal.ts';
import { RequestBudget } from './budget/request-budget.ts';
import { RequestTrust } from './budget/request-trust.ts';
import type { RequestOrigin } from './request-origin.ts';
import { RevocationRecorder } from './revocation-recorder.ts';

/** Only its beginning is known. It is sent in a header, so it must be visible ASCII. */
const INSTALLATION_TOKEN = /^ghs_[!-~]+$/;

/** Revokes an installation token on behalf of whoever holds it. */
@injectable()
export class RevokeToken {
  constructor(
    @inject(TOKEN_MINTER) private readonly minter: TokenMinter,
    @inject(RequestTrust) private readonly trust: RequestTrust,
    @inject(RequestBudget) private readonly budget: RequestBudget,
    @inject(RevocationRecorder) private readonly recorder: RevocationRecorder,
  ) {}

  /** @throws Refusal `invalid_token` if it is no installation token (it is then sent nowhere) or GitHub rejects it */
  async execute(secret: string, origin: RequestOrigin): Promise<void> {
    // The hash of a short text can be reversed by guessing. So only what looks like a token is hashed.
    const token = INSTALLATION_TOKEN.test(secret) ? secret : undefined;
    try {
      await this.revoke(token, origin);
      this.recorder.revoked(origin, secret);
    } catch (error) {
      this.recorder.refused(origin, recordedRefusal(error), token);
      throw error;
    }
  }

  private async revoke(token: string | undefined, { clientAddress }: RequestOrigin): Promise<void> {
    if (token === undefined) {
      throw new Refusal('invalid_token', 'Only an installation token (ghs_…) can be revoked.');
    }
    this.trust.comesFrom({ owner: '', clientAddress });
    this.budget.presentsToken();
    const revocation = await this.minter.revoke(token);
    if (revocation.kind === 'rejected') throw new Refusal('token_rejected', 'GitHub does not accept this token.');
    this.budget.refund();
    if (revocation.kind === 'unavailable') throw Refusal.unavailable(revocation, 'GitHub');
  }
}
