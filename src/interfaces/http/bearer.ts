import { HttpRefusal } from '../http-refusal.ts';

const BEARER = /^bearer[ \t]+(\S.*)$/is;

/**
 * The token of exactly one `Authorization: Bearer` header (RFC 6750 §2.1); the scheme in any case.
 * Several headers arrive joined by commas, which no bearer token holds.
 *
 * @throws HttpRefusal `missing_token`
 */
export function bearerToken(request: Request): string {
  const header = request.headers.get('authorization');
  const token = header === null ? undefined : BEARER.exec(header.trim())?.[1];
  if (token === undefined || token.includes(',')) {
    throw new HttpRefusal('missing_token', 'Exactly one Authorization header with a Bearer token is needed.');
  }
  return token;
}
