import type { Narrowing } from '../../domain/narrowing.ts';
import type { Scope } from '../../domain/scope.ts';

export interface ExchangeRequest {
  readonly requestId: string;
  /** The OIDC token, a compact JWS. */
  readonly token: string;
  readonly scope: Scope;
  readonly identity: string;
  readonly narrowing: Narrowing;
  readonly userAgent?: string;
  readonly clientAddress?: string;
  /** Which of two hosts the request came to, where two are served. */
  readonly host?: string;
}

/** The first stage of an exchange: what was asked, and nothing more. */
export interface Asked {
  readonly stage: 'asked';
  readonly request: ExchangeRequest;
}
