import { inject, injectable } from 'tsyringe';
import type { Caller } from '../../domain/caller.ts';
import { TOKEN_DECODER, type TokenDecoder, type UnverifiedToken } from '../ports/token-decoder.ts';
import { Refusal, type Evidence } from '../refusal.ts';
import { EXCHANGE_RULES, type ExchangeRules } from './exchange-rules.ts';
import type { Asked } from './exchange-request.ts';

/** The token is read, and nothing of it is believed. */
export interface Decoded extends Omit<Asked, 'stage'> {
  readonly stage: 'decoded';
  readonly token: UnverifiedToken;
  /** Where the token could be proven before anything was asked of GitHub. */
  readonly caller: Caller | undefined;
}

/** Refuses tokens that no policy can admit: those that are no usable JWT, or of an issuer that the operator excludes. */
@injectable()
export class DecodeToken {
  constructor(
    @inject(EXCHANGE_RULES) private readonly rules: ExchangeRules,
    @inject(TOKEN_DECODER) private readonly decoder: TokenDecoder,
  ) {}

  /** @throws Refusal `invalid_token`, `token_verification_failed` or `issuer_not_allowed` */
  read(asked: Asked): Decoded {
    const { request } = asked;
    const decoded = this.decoder.decode(request.token);
    if (decoded.kind === 'malformed') {
      throw new Refusal('invalid_token', `The bearer token can't be used: ${decoded.reason}.`);
    }
    if (decoded.kind !== 'decoded') throw verificationFailed(decoded.reason);
    const { allowedIssuers } = this.rules;
    if (allowedIssuers !== undefined && !allowedIssuers.has(decoded.token.issuer)) {
      throw new Refusal('issuer_not_allowed', "The token's issuer is not among those that this service accepts.");
    }
    return { stage: 'decoded', request, token: decoded.token, caller: undefined };
  }
}

export function verificationFailed(detail: string, evidence?: Evidence): Refusal {
  return new Refusal(
    'token_verification_failed',
    "The token's signature, times, issuer or keys could not be verified.",
    { detail, ...(evidence === undefined ? {} : { evidence }) },
  );
}
