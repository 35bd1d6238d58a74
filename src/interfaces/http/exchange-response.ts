import type { ExchangeGrant } from '../../application/exchange/exchange-token.ts';
import { ACCESS_TOKEN_TYPE, type Dialect } from './exchange-request.ts';

/** The body that each family of client reads. The form's is exact: that client refuses unknown fields. */
export function grantBody(grant: ExchangeGrant, dialect: Dialect, nowMs: number): Readonly<Record<string, unknown>> {
  const { secret, expiresAt } = grant;
  const expiresIn = Math.max(0, Math.floor((Date.parse(expiresAt) - nowMs) / 1000));
  switch (dialect) {
    case 'form':
      return { token: secret, expiry: expiresAt };
    case 'oauth':
      return {
        access_token: secret,
        issued_token_type: ACCESS_TOKEN_TYPE,
        token_type: 'Bearer',
        expires_in: expiresIn,
        scope: Object.entries(grant.askedPermissions)
          .map(([name, level]) => `${name}:${level}`)
          .join(' '),
      };
    case 'default':
      return {
        token: secret,
        access_token: secret,
        token_type: 'bearer',
        expires_in: expiresIn,
        expires_at: expiresAt,
        expiry: expiresAt,
        permissions: grant.permissions,
      };
  }
}
