import { describe, expect, it } from '@jest/globals';
import { AWS_STS } from '../../../../src/domain/providers/aws-sts.ts';
import { mended, strangers, type Sample } from './tokens.ts';

const TOKENS: readonly Sample[] = [
  {
    iss: 'https://abc123-def456-ghi789-jkl012.tokens.sts.global.api.aws',
    sub: 'arn:aws:iam::123456789012:role/DataProcessingRole',
    aud: 'https://api.example.com',
  },
  {
    iss: 'https://11111111-2222-3333-4444-555555555555.tokens.sts.global.api.aws',
    sub: 'arn:aws-us-gov:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-west-2/AWSReservedSSO_Admin_c95738f708c1c268',
  },
];

describe('tokens of AWS STS', () => {
  it.each(TOKENS)('are known with all their claims: $iss', (token) => expect(strangers(AWS_STS, token)).toEqual([]));

  it.each([
    'DataProcessingRole',
    'arn:aws:sts::123456789012:assumed-role/DataProcessingRole/session',
    'arn:aws:iam::12:role/x',
    'system:serviceaccount:a:b',
  ])('never have the subject %j', (subject) => expect(AWS_STS.subject.holds(subject)).toBe(false));

  it.each<[string, string | undefined]>([
    [
      'arn:aws:sts::123456789012:assumed-role/DataProcessingRole/session',
      'arn:aws:iam::123456789012:role/DataProcessingRole',
    ],
    ['123456789012:role/DataProcessingRole', 'arn:aws:iam::123456789012:role/DataProcessingRole'],
    ['DataProcessingRole', undefined],
  ])('meant by the subject %s have %s', (text, meant) => expect(mended(AWS_STS, text)).toBe(meant));
});
