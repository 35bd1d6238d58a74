import { describe, expect, it } from '@jest/globals';
import { GOOGLE } from '../../../../src/domain/providers/google.ts';
import { nearestIssuer } from '../../../../src/domain/providers/providers.ts';
import { claimMeant, mended, strangers, type Sample } from './tokens.ts';

const ISSUER = 'https://accounts.google.com';

const TOKENS: readonly Sample[] = [
  {
    iss: 'https://accounts.google.com',
    sub: '117012345678901234567',
    aud: 'https://sts.example.com',
    azp: '117012345678901234567',
    email: 'deployer@acme-prod.iam.gserviceaccount.com',
    email_verified: 'true',
    at_hash: 'HK6E_P6Dh8Y93mRNtsDB1Q',
    nonce: '0394852-3190485-2490358',
    hd: 'acme.example',
    name: 'Somebody',
    picture: 'https://lh3.example/photo.jpg',
    given_name: 'Some',
    family_name: 'Body',
    locale: 'en',
    profile: 'https://plus.example/1',
  },
];

describe('tokens of Google', () => {
  it.each(TOKENS)('are known with all their claims: $iss', (token) => expect(strangers(GOOGLE, token)).toEqual([]));

  it.each([
    'https://google.com',
    'https://www.google.com',
    'https://account.google.com',
    'https://accounts.google.com/o/oauth2',
    'https://accounts.google.com/o/oauth2/v2/auth',
    'https://accounts.google.com/.well-known/openid-configuration',
    'https://www.googleapis.com',
    'https://www.googleapis.com/oauth2/v3/certs',
    'https://oauth2.googleapis.com',
    'https://iam.googleapis.com',
    'https://sts.googleapis.com',
    'https://iamcredentials.googleapis.com',
  ])('are meant by the issuer %s', (issuer) => expect(nearestIssuer(issuer, [])).toBe(ISSUER));

  it.each([
    ['mail', 'email'],
    ['service_account', 'email'],
    ['service_account_email', 'email'],
    ['user_email', 'email'],
    ['domain', 'hd'],
    ['hosted_domain', 'hd'],
    ['verified', 'email_verified'],
    ['subject', 'sub'],
    ['unique_id', 'sub'],
  ])('are told for %s, which no token has: %s', (name, meant) => expect(claimMeant(ISSUER, name)).toBe(meant));

  it('have an address with one @, a flag, an object, and no claims beyond those', () => {
    const { claims, objectClaims, claimsAreComplete, subject, subjectExample } = GOOGLE;
    expect(['a', 'a@b@c', 'a b@c'].map((one) => claims.get('email')?.holds(one))).toEqual([false, false, false]);
    expect([claims.get('email_verified')?.holds('yes'), objectClaims?.has('google')]).toEqual([false, true]);
    expect([claimsAreComplete, subject.holds(subjectExample)]).toEqual([true, true]);
    expect([GOOGLE.name, GOOGLE.issuers]).toEqual(['Google', [ISSUER]]);
  });

  it('are of accounts by their number, and are told so where people write an address', () => {
    const advice =
      "Write the account's unique id (gcloud iam service-accounts describe EMAIL --format='value(uniqueId)'); the address stands in the claim email.";
    const advised = ['me@acme.example', 'acme.iam.gserviceaccount.com', 'user'].map((one) =>
      GOOGLE.subjectAdvice?.(one),
    );
    expect(advised).toEqual([advice, advice, undefined]);
  });

  it.each(['deployer@acme-prod.iam.gserviceaccount.com', '', 'serviceAccount:1', 'REPLACE'])(
    'never have the subject %j',
    (subject) => expect(GOOGLE.subject.holds(subject)).toBe(false),
  );

  it.each<[string, string | undefined]>([
    ['deployer@acme-prod.iam.gserviceaccount.com', undefined],
    ['117,012-345_678.901 234567', '117012345678901234567'],
  ])('meant by the subject %s have %s', (text, meant) => expect(mended(GOOGLE, text)).toBe(meant));
});
