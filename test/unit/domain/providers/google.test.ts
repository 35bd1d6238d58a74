import { describe, expect, it } from '@jest/globals';
import { GOOGLE } from '../../../../src/domain/providers/google.ts';
import { mended, strangers, type Sample } from './tokens.ts';

const TOKENS: readonly Sample[] = [
  {
    iss: 'https://accounts.google.com',
    sub: '117012345678901234567',
    aud: 'https://sts.example.com',
    azp: '117012345678901234567',
    email: 'deployer@acme-prod.iam.gserviceaccount.com',
    email_verified: 'true',
  },
];

describe('tokens of Google', () => {
  it.each(TOKENS)('are known with all their claims: $iss', (token) => expect(strangers(GOOGLE, token)).toEqual([]));

  it.each(['deployer@acme-prod.iam.gserviceaccount.com', '', 'serviceAccount:1', 'REPLACE'])(
    'never have the subject %j',
    (subject) => expect(GOOGLE.subject.holds(subject)).toBe(false),
  );

  it.each<[string, string | undefined]>([['deployer@acme-prod.iam.gserviceaccount.com', undefined]])(
    'meant by the subject %s have %s',
    (text, meant) => expect(mended(GOOGLE, text)).toBe(meant),
  );
});
