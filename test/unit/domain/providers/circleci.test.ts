import { describe, expect, it } from '@jest/globals';
import { CIRCLECI } from '../../../../src/domain/providers/circleci.ts';
import { ALONE, mended, strangers, type Sample } from './tokens.ts';

const TOKENS: readonly Sample[] = [
  {
    iss: 'https://oidc.circleci.com/org/0e6b5e8a-0d0a-4c0b-9c8f-3f1f7a1b2c3d',
    sub: 'org/0e6b5e8a-0d0a-4c0b-9c8f-3f1f7a1b2c3d/project/7a1b2c3d-1111-4222-8333-944445555666/user/9a3f1c1e-5d0c-4b7a-8d7e-2f6f1d3c4b5a',
    aud: '0e6b5e8a-0d0a-4c0b-9c8f-3f1f7a1b2c3d',
    'oidc.circleci.com/project-id': '7a1b2c3d-1111-4222-8333-944445555666',
    'oidc.circleci.com/ssh-rerun': 'false',
  },
  {
    iss: 'https://oidc.circleci.com/org/0e6b5e8a-0d0a-4c0b-9c8f-3f1f7a1b2c3d',
    sub: 'org/0e6b5e8a-0d0a-4c0b-9c8f-3f1f7a1b2c3d/project/7a1b2c3d-1111-4222-8333-944445555666/user/9a3f1c1e-5d0c-4b7a-8d7e-2f6f1d3c4b5a/vcs-origin/github.com/acme/app/vcs-ref/refs/heads/main',
    'oidc.circleci.com/vcs-origin': 'github.com/acme/app',
    'oidc.circleci.com/vcs-ref': 'refs/heads/main',
  },
];

describe('tokens of CircleCI', () => {
  it.each(TOKENS)('are known with all their claims: $iss', (token) => expect(strangers(CIRCLECI, token)).toEqual([]));

  it.each([
    'org/0e6b5e8a-0d0a-4c0b-9c8f-3f1f7a1b2c3d/project/7a1b2c3d-1111-4222-8333-944445555666',
    'project/7a1b2c3d-1111-4222-8333-944445555666',
    'org/acme/project/app/user/me',
  ])('never have the subject %j', (subject) => expect(CIRCLECI.subject.holds(subject)).toBe(false));

  it.each<[string, string | undefined]>([
    [
      'org/0e6b5e8a-0d0a-4c0b-9c8f-3f1f7a1b2c3d/project/7a1b2c3d-1111-4222-8333-944445555666',
      'org/0e6b5e8a-0d0a-4c0b-9c8f-3f1f7a1b2c3d/project/7a1b2c3d-1111-4222-8333-944445555666/user/[0-9a-f-]+',
    ],
    ['acme/app', undefined],
  ])('meant by the subject %s have %s', (text, meant) => expect(mended(CIRCLECI, text)).toBe(meant));

  it.each([
    ['oidc.circleci.com/vcs-ref', 'main', 'refs/heads/main'],
    ['oidc.circleci.com/ssh-rerun', 'False', 'false'],
  ])('never have in %s: %j, but %j', (claim, text, meant) => {
    const texts = CIRCLECI.claims.get(claim);
    expect([texts?.holds(text), CIRCLECI.mendClaim?.(claim, text, ALONE), texts?.holds(meant)]).toEqual([
      false,
      [meant],
      true,
    ]);
  });
});
