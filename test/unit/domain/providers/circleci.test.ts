import { describe, expect, it } from '@jest/globals';
import { CIRCLECI } from '../../../../src/domain/providers/circleci.ts';
import { nearestIssuer } from '../../../../src/domain/providers/providers.ts';
import { ALONE, claimMeant, mended, strangers, type Sample } from './tokens.ts';

const ORG = '0e6b5e8a-0d0a-4c0b-9c8f-3f1f7a1b2c3d';
const ISSUER = `https://oidc.circleci.com/org/${ORG}`;
const TO_FILL_IN = 'https://oidc.circleci.com/org/ORGANIZATION-ID';

const TOKENS: readonly Sample[] = [
  {
    iss: 'https://oidc.circleci.com/org/0e6b5e8a-0d0a-4c0b-9c8f-3f1f7a1b2c3d',
    sub: 'org/0e6b5e8a-0d0a-4c0b-9c8f-3f1f7a1b2c3d/project/7a1b2c3d-1111-4222-8333-944445555666/user/9a3f1c1e-5d0c-4b7a-8d7e-2f6f1d3c4b5a',
    aud: '0e6b5e8a-0d0a-4c0b-9c8f-3f1f7a1b2c3d',
    'oidc.circleci.com/project-id': '7a1b2c3d-1111-4222-8333-944445555666',
    'oidc.circleci.com/ssh-rerun': 'false',
    'oidc.circleci.com/org-id': '0e6b5e8a-0d0a-4c0b-9c8f-3f1f7a1b2c3d',
    'oidc.circleci.com/pipeline-definition-id': '7a1b2c3d-1111-4222-8333-944445555666',
    'oidc.circleci.com/context-ids': '7a1b2c3d-1111-4222-8333-944445555666',
    'oidc.circleci.com/job-id': '1',
    'oidc.circleci.com/workflow-id': '2',
    'oidc.circleci.com/pipeline-id': '3',
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
    ['https://circleci.com', TO_FILL_IN],
    ['https://app.circleci.com', TO_FILL_IN],
    ['https://oidc.circleci.com', TO_FILL_IN],
    ['https://oidc.circleci.com/org/acme', TO_FILL_IN],
    [`https://circleci.com/${ORG}`, ISSUER],
    [`https://app.circleci.com/organization/${ORG}/`, ISSUER],
    [`https://oidc.circleci.com/orgs/${ORG}`, ISSUER],
    [`https://oidc.circleci.com/organizations/${ORG}`, ISSUER],
    [`https://oidc.circleci.com/org/${ORG.toUpperCase()}`, ISSUER],
  ])('are meant by the issuer %s: %s', (issuer, meant) => expect(nearestIssuer(issuer, [])).toBe(meant));

  it.each([`https://circleci.com/${ORG}/x`, 'x https://oidc.circleci.com/', `x https://circleci.com/${ORG}`])(
    'are not meant by %s',
    (text) => expect(CIRCLECI.mendIssuer?.(text)).toBeUndefined(),
  );

  it('have subjects of the issuer’s organization', () => {
    const subject = `org/${ORG}/project/${ORG}/user/${ORG}`;
    const other = subject.replace(ORG, ORG.replace('0', '1'));
    expect([subject, other].map((one) => CIRCLECI.subjectOf?.(ISSUER).holds(one))).toEqual([true, false]);
    expect([subject, other].map((one) => CIRCLECI.subjectOf?.(`${ISSUER}/x`).holds(one))).toEqual([true, true]);
    expect(CIRCLECI.subject.holds(CIRCLECI.subjectExample.replace(/[A-Z]+-ID/g, ORG))).toBe(true);
    expect(CIRCLECI.name).toBe('CircleCI');
    expect([CIRCLECI.issuers, CIRCLECI.claimsAreComplete]).toEqual([[], false]);
  });

  it.each(['project-id', 'org-id', 'vcs-origin', 'vcs-ref', 'context-ids', 'ssh-rerun'])(
    'have the claim %s below the provider’s host',
    (name) => {
      const whole = `oidc.circleci.com/${name}`;
      const wrong = [name, name.replaceAll('-', '_'), whole.replaceAll('-', '_')];
      expect(wrong.map((one) => claimMeant(ISSUER, one))).toEqual([whole, whole, whole]);
    },
  );

  it.each([
    ['vcs-origin', 'acme'],
    ['project-id', 'app'],
  ])('never have in %s: %s', (name, text) =>
    expect(CIRCLECI.claims.get(`oidc.circleci.com/${name}`)?.holds(text)).toBe(false),
  );

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
    [`/orgs:${ORG.toUpperCase()}/projects:${ORG.toUpperCase()}:user:x`, `org/${ORG}/project/${ORG}/user/[0-9a-f-]+`],
    [` org/${ORG}/project/${ORG} `, `org/${ORG}/project/${ORG}/user/[0-9a-f-]+`],
    [`x/org/${ORG}/project/${ORG}`, undefined],
    ['acme/app', undefined],
  ])('meant by the subject %s have %s', (text, meant) => expect(mended(CIRCLECI, text)).toBe(meant));

  it.each([
    ['oidc.circleci.com/vcs-ref', 'main', 'refs/heads/main'],
    ['oidc.circleci.com/vcs-ref', 'heads/main', 'refs/heads/main'],
    ['oidc.circleci.com/vcs-ref', 'x/heads/y', 'refs/heads/x/heads/y'],
    ['oidc.circleci.com/org-id', ORG.toUpperCase(), ORG],
    ['oidc.circleci.com/ssh-rerun', 'False', 'false'],
  ])('never have in %s: %j, but %j', (claim, text, meant) => {
    const texts = CIRCLECI.claims.get(claim);
    expect([texts?.holds(text), CIRCLECI.mendClaim?.(claim, text, ALONE), texts?.holds(meant)]).toEqual([
      false,
      [meant],
      true,
    ]);
  });

  it.each([
    ['https://github.com/acme/app', 'github.com/acme/app'],
    ['http://github.com/acme/app.git', 'github.com/acme/app'],
    ['git@github.com:acme/app.git', 'github.com/acme/app'],
    ['github.com/acme/app.github', 'github.com/acme/app.github'],
    ['x-git@github.com:acme', 'x-git@github.com:acme'],
    ['github.com/https://x', 'github.com/https://x'],
  ])('have, of the origin %s, %s', (text, meant) => {
    expect(CIRCLECI.mendClaim?.('oidc.circleci.com/vcs-origin', text, ALONE)).toEqual([meant]);
  });
});
