import { claimTable } from './claim-table.ts';
import { ANY, DIGITS, FLAG, grammar } from './grammar.ts';
import { value, type Provider } from './provider.ts';

const GOOGLE_ISSUER = 'https://accounts.google.com';

/**
 * Google: service accounts and users. From Google for Developers, "OpenID Connect"
 * (developers.google.com/identity/openid-connect/openid-connect), ID token's payload, and Google Cloud, "Get an ID token"
 * and "Verify VM identity" (the claims in `google`, with `format=full`). `sub` is the account's unique id.
 */
export const GOOGLE: Provider = {
  name: 'Google',
  issuer: grammar('https://accounts\\.google\\.com'),
  issuers: [GOOGLE_ISSUER],
  issuerAliases: new Map(
    [
      'https://google.com',
      'https://www.google.com',
      'https://accounts.google.com/o/oauth2',
      'https://accounts.google.com/o/oauth2/v2/auth',
      'https://www.googleapis.com',
      'https://www.googleapis.com/oauth2/v3/certs',
      'https://oauth2.googleapis.com',
      'https://iam.googleapis.com',
      'https://sts.googleapis.com',
      'https://iamcredentials.googleapis.com',
    ].map((wrong) => [wrong, GOOGLE_ISSUER]),
  ),
  subject: grammar(DIGITS),
  subjectExample: '117012345678901234567',
  mendSubject: (text) => [value(text.replace(/[\s,._-]/g, ''))],
  subjectAdvice: (text) =>
    text.includes('@') || text.includes('serviceaccount')
      ? "Write the account's unique id (gcloud iam service-accounts describe EMAIL --format='value(uniqueId)'); the address stands in the claim email."
      : undefined,
  claims: claimTable({
    [ANY]: ['azp', 'at_hash', 'nonce', 'hd', 'name', 'picture', 'given_name', 'family_name', 'locale', 'profile'],
    '[^@\\s]+@[^@\\s]+': ['email'],
    [FLAG]: ['email_verified'],
  }),
  objectClaims: new Set(['google']),
  claimAliases: new Map([
    ['service_account', 'email'],
    ['service_account_email', 'email'],
    ['user_email', 'email'],
    ['domain', 'hd'],
    ['hosted_domain', 'hd'],
    ['verified', 'email_verified'],
    ['subject', 'sub'],
    ['unique_id', 'sub'],
  ]),
  claimsAreComplete: true,
};
