import { describe, expect, it } from '@jest/globals';
import { AZURE } from '../../../../src/domain/providers/azure.ts';
import { mended, strangers, type Sample } from './tokens.ts';

const TOKENS: readonly Sample[] = [
  {
    iss: 'https://login.microsoftonline.com/9a3f1c1e-5d0c-4b7a-8d7e-2f6f1d3c4b5a/v2.0',
    sub: '3c9e0d3a-1f62-4e0f-9f1a-0b6a2f6a7d11',
    aud: 'api://sts',
    azp: '9a3f1c1e-5d0c-4b7a-8d7e-2f6f1d3c4b5a',
    oid: '3c9e0d3a-1f62-4e0f-9f1a-0b6a2f6a7d11',
    tid: '9a3f1c1e-5d0c-4b7a-8d7e-2f6f1d3c4b5a',
    ver: '2.0',
  },
  {
    iss: 'https://sts.windows.net/9a3f1c1e-5d0c-4b7a-8d7e-2f6f1d3c4b5a/',
    sub: '3c9e0d3a-1f62-4e0f-9f1a-0b6a2f6a7d11',
    appid: '9a3f1c1e-5d0c-4b7a-8d7e-2f6f1d3c4b5a',
    idp: 'https://sts.windows.net/9a3f1c1e-5d0c-4b7a-8d7e-2f6f1d3c4b5a/',
    ver: '1.0',
  },
];

describe('tokens of Microsoft Entra', () => {
  it.each(TOKENS)('are known with all their claims: $iss', (token) => expect(strangers(AZURE, token)).toEqual([]));

  it.each(['deployer@acme.example', '/subscriptions/1/resourceGroups/x', 'system:serviceaccount:a:b'])(
    'never have the subject %j',
    (subject) => expect(AZURE.subject.holds(subject)).toBe(false),
  );

  it.each<[string, string | undefined]>([['deployer@acme.example', undefined]])(
    'meant by the subject %s have %s',
    (text, meant) => expect(mended(AZURE, text)).toBe(meant),
  );
});
