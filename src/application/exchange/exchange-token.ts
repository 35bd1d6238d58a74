import { inject, injectable } from 'tsyringe';
import { CLOCK, type Clock } from '../ports/clock.ts';
import { Refusal } from '../refusal.ts';
import { RequestBudget } from '../budget/request-budget.ts';
import { RequestTrust } from '../budget/request-trust.ts';
import { RequestDeadline } from '../budget/request-deadline.ts';
import { DecodeToken } from './decode-token.ts';
import { Disclosure } from './disclosure.ts';
import { ExchangeRecorder } from './exchange-recorder.ts';
import type { ExchangeRequest } from './exchange-request.ts';
import { GrantToken, type Granted } from './grant-token.ts';
import { LocatePolicy } from './locate-policy.ts';
import { MatchPolicy } from './match-policy.ts';
import { ProveCaller } from './prove-caller.ts';
import type { Reached } from './stages.ts';

export interface ExchangeGrant {
  /** The GitHub installation token: opaque, of any length. */
  readonly secret: string;
  /** RFC 3339, as GitHub wrote it. */
  readonly expiresAt: string;
  /** As GitHub granted them. */
  readonly permissions: Readonly<Record<string, string>>;
  /** As they were asked of GitHub, without the implicit `metadata`. */
  readonly askedPermissions: Readonly<Record<string, string>>;
}

/** The longest an exchange may take. Clients give up after about 30 s, and would send a second request beside this one. */
const LONGEST_EXCHANGE_MS = 15_000;

/** Exchanges a workload's OIDC token for a GitHub token that holds what a trust policy grants (docs/architecture.md). */
@injectable()
export class ExchangeToken {
  constructor(
    @inject(DecodeToken) private readonly decode: DecodeToken,
    @inject(ProveCaller) private readonly prove: ProveCaller,
    @inject(LocatePolicy) private readonly locate: LocatePolicy,
    @inject(MatchPolicy) private readonly match: MatchPolicy,
    @inject(GrantToken) private readonly grant: GrantToken,
    @inject(ExchangeRecorder) private readonly recorder: ExchangeRecorder,
    @inject(Disclosure) private readonly disclosure: Disclosure,
    @inject(RequestTrust) private readonly trust: RequestTrust,
    @inject(RequestBudget) private readonly budget: RequestBudget,
    @inject(RequestDeadline) private readonly deadline: RequestDeadline,
    @inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws Refusal for every expected outcome that is not a grant */
  async execute(request: ExchangeRequest): Promise<ExchangeGrant> {
    const startedAt = this.clock.now();
    this.trust.comesFrom({ owner: request.scope.owner, clientAddress: request.clientAddress });
    this.deadline.start(LONGEST_EXCHANGE_MS);
    let reached: Reached = { stage: 'asked', request };
    try {
      const decoded = (reached = this.decode.read(reached));
      const known = (reached = await this.prove.early(decoded));
      const located = (reached = await this.locate.locate(known));
      const proven = (reached = await this.prove.prove(located));
      const matched = (reached = this.match.match(proven));
      const granted = await this.grant.grant(matched);
      this.recorder.granted(granted, startedAt);
      return answerOf(granted);
    } catch (error) {
      if (!(error instanceof Refusal)) {
        this.recorder.failed(reached, error, startedAt);
        throw error;
      }
      this.recorder.refused(reached, error, startedAt);
      throw await this.disclosure.toCaller(error, reached);
    } finally {
      this.budget.end();
    }
  }
}

function answerOf({ grant, minted }: Granted): ExchangeGrant {
  const { secret, expiresAt, access } = minted.minted;
  const askedPermissions = grant.permissions.withoutImplicitMetadata().toRecord();
  return { secret, expiresAt, permissions: access.permissions.toRecord(), askedPermissions };
}
