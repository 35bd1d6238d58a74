import { describe, expect, it } from '@jest/globals';
import { AWS_STS } from '../../../../src/domain/providers/aws-sts.ts';
import { nearestIssuer } from '../../../../src/domain/providers/providers.ts';
import { claimMeant, mended, strangers, textMeant, type Sample } from './tokens.ts';

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
    'arn:aws:iam::123456789012:root',
    'arn:aws-cn:iam::123456789012:user/path/to/someone',
    'arn:aws:sts::123456789012:federated-user/somebody',
  ])('can have the subject %s', (subject) => expect(AWS_STS.subject.holds(subject)).toBe(true));

  it('come from an account’s own issuer, in China too, and never from its number', () => {
    const issuers = [
      'https://abc123.tokens.sts.cn-north-1.api.amazonwebservices.com.cn',
      'https://123456789012.tokens.sts.global.api.aws',
      'https://abc123.tokens.sts.global.api.aws/',
    ];
    expect(issuers.map((one) => AWS_STS.issuer.holds(one))).toEqual([true, false, false]);
  });

  const ACCOUNT = 'https://ISSUER-ID.tokens.sts.global.api.aws';

  it.each([
    ['https://sts.amazonaws.com', ACCOUNT],
    ['https://iam.amazonaws.com', ACCOUNT],
    ['https://sts.global.api.aws', ACCOUNT],
    ['https://tokens.sts.global.api.aws', ACCOUNT],
    ['https://123456789012.tokens.sts.global.api.aws', ACCOUNT],
    ['https://123456789012.TOKENS.sts.eu-west-1.api.aws/x', ACCOUNT],
    ['https://sts.eu-west-1.amazonaws.com', ACCOUNT],
    ['https://sts.eu-west-1.amazonaws.com/?Action=x', ACCOUNT],
    ['https://abc123.tokens.sts.global.api.aws/x/', 'https://abc123.tokens.sts.global.api.aws'],
  ])('are meant by the issuer %s: %s', (issuer, meant) => expect(nearestIssuer(issuer, [])).toBe(meant));

  it.each([
    ['https://ABC-1.tokens.sts.eu-west-1.api.aws/', 'https://abc-1.tokens.sts.eu-west-1.api.aws'],
    ['https://abc.tokens.sts.eu-west-1.api.aws', undefined],
    ['https://sts.eu-west-1.amazonaws.com.example', undefined],
    ['https://1234567.tokens.sts.global.api.aws', undefined],
    ['x https://sts.eu-west-1.amazonaws.com', undefined],
    ['x https://abc.tokens.sts.eu-west-1.api.aws/', undefined],
  ])('are meant by the address %s: %s', (text, meant) => expect(AWS_STS.mendIssuer?.(text)).toBe(meant));

  it.each(['aws_account', 'account', 'org_id', 'ou_path', 'source_region', 'principal_tags', 'request_tags'])(
    'have no claim %s: the subject says it',
    (name) => expect(claimMeant(ACCOUNT.replace('ISSUER-ID', 'abc'), name)).toBe('sub'),
  );

  it('have an object, a role’s ARN, and nothing else', () => {
    expect([AWS_STS.name, AWS_STS.issuers, AWS_STS.mendSubject('x')]).toEqual(['AWS STS', [], []]);
    expect([AWS_STS.objectClaims?.has('https://sts.amazonaws.com/'), AWS_STS.claimsAreComplete]).toEqual([true, true]);
    expect(AWS_STS.subject.holds(AWS_STS.subjectExample.replace('NAME', 'x'))).toBe(true);
    expect(AWS_STS.subjectAdvice?.('x')).toBe(
      "Write the role's ARN, as aws iam get-role --role-name NAME --query Role.Arn gives it.",
    );
    expect(textMeant(ACCOUNT.replace('ISSUER-ID', 'abc'), 'jti', 'x')).toBeUndefined();
  });

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
    ['ARN:aws:iam::123456789012:roles/App', 'arn:aws:iam::123456789012:role/App'],
    ['arn:aws:iam::123456789012:role:App', 'arn:aws:iam::123456789012:role/App'],
    ['arn:aws:iam:eu-west-1:123456789012:role/team/deploy', 'arn:aws:iam::123456789012:role/team/deploy'],
    ['arn:aws:iam::1234-5678-9012:role/App', 'arn:aws:iam::123456789012:role/App'],
    [
      'arn:aws-us-gov:sts:us-gov-west-1:123456789012:assumed-role/App/session',
      'arn:aws-us-gov:iam::123456789012:role/App',
    ],
    ['123456789012/App.x', 'arn:aws:iam::123456789012:role/App.x'],
    ['123456789012:role/App x', undefined],
    ['x123456789012:role/App', undefined],
    ['x-arn:aws:iam::123456789012:role/App', undefined],
    ['arn:aws:iam::12345678-9012:role/App', undefined],
    ['arn:aws:s3:::bucket', undefined],
    ['DataProcessingRole', undefined],
  ])('meant by the subject %s have %s', (text, meant) => expect(mended(AWS_STS, text)).toBe(meant));
});
