import { describe, expect, it } from '@jest/globals';
import { nearestIssuer, providerOf, PROVIDERS } from '../../../../src/domain/providers/providers.ts';

const ACTIONS = 'https://token.actions.githubusercontent.com';
const TENANT = '9a3f1c1e-5d0c-4b7a-8d7e-2f6f1d3c4b5a';

describe('the providers', () => {
  it('each have a name, a grammar that compiles, and an example of their own', () => {
    expect(new Set(PROVIDERS.map(({ name }) => name)).size).toBe(PROVIDERS.length);
    for (const { issuer, issuers, subject, usualSubject, claims } of PROVIDERS) {
      expect(issuers.every((one) => issuer.holds(one))).toBe(true);
      expect([subject.holds('\n'), usualSubject?.holds('\n') ?? false]).toEqual([false, false]);
      for (const texts of claims.values()) texts.holds('x');
    }
  });

  it('name claims by aliases that lead to claims', () => {
    for (const { claims, claimAliases } of PROVIDERS) {
      expect([...(claimAliases?.entries() ?? [])].filter(([from, to]) => claims.has(from) || !claims.has(to))).toEqual(
        [],
      );
    }
  });

  it('are found by the issuer, at most one for each', () => {
    expect(providerOf(ACTIONS)?.name).toBe('GitHub Actions');
    expect(providerOf('https://gitlab.acme.dev')?.name).toBe('GitLab');
    expect(providerOf('https://idp.example.com')).toBeUndefined();
    const issuers = PROVIDERS.flatMap((one) => one.issuers);
    for (const issuer of issuers) expect(PROVIDERS.filter((one) => one.issuer.holds(issuer))).toHaveLength(1);
  });
});

describe('the nearest issuer', () => {
  it.each([
    [`${ACTIONS}/`, ACTIONS],
    ['http://token.actions.githubusercontent.com', ACTIONS],
    ['token.actions.githubusercontent.com', ACTIONS],
    ['https:/token.actions.githubusercontent.com', ACTIONS],
    ['HTTPS://TOKEN.ACTIONS.GITHUBUSERCONTENT.COM', ACTIONS],
    ['https://tokens.actions.githubusercontent.com', ACTIONS],
    ['https://token.actions.githubusercontent.con', ACTIONS],
    ['https://github.com/', ACTIONS],
    ['https://acme.ghe.com', 'https://token.actions.acme.ghe.com'],
    ['https://ghe.acme.dev/_services/token/', 'https://ghe.acme.dev/_services/token'],
    ['https://account.google.com', 'https://accounts.google.com'],
    ['https://gitlab.acme.dev/', 'https://gitlab.acme.dev'],
    ['https://gitlab.com/oauth/discovery/keys', 'https://gitlab.com'],
    [`https://sts.windows.net/${TENANT}`, `https://sts.windows.net/${TENANT}/`],
    [`https://login.microsoftonline.com/${TENANT}`, `https://login.microsoftonline.com/${TENANT}/v2.0`],
    [`https://circleci.com/${TENANT}`, `https://oidc.circleci.com/org/${TENANT}`],
    ['https://buildkite.com/acme', 'https://agent.buildkite.com'],
    ['https://app.terraform.io/', 'https://app.terraform.io'],
    [`  ${ACTIONS}  `, ACTIONS],
    [`""${ACTIONS}""`, ACTIONS],
    [`<${ACTIONS}>`, ACTIONS],
    [`'${ACTIONS}//`, ACTIONS],
    ['arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com', ACTIONS],
    ['arn:aws-us-gov:iam:::oidc-provider/token.actions.githubusercontent.com', ACTIONS],
    [`${ACTIONS}/.well-known`, ACTIONS],
    [`${ACTIONS}/.well-known/openid-configuration`, ACTIONS],
    ['https://kubernetes.default.svc/.well-known/openid-configuration', 'https://kubernetes.default.svc'],
    ['https://kubernetes.default.svc:443', 'https://kubernetes.default.svc'],
    ['https://kubernetes.default.svc:443/.well-known', 'https://kubernetes.default.svc'],
    [
      'https://container.googleapis.com:443/v1/projects/a/locations/b/clusters/c',
      'https://container.googleapis.com/v1/projects/a/locations/b/clusters/c',
    ],
    ['https://GitLab.acme.dev/Sub', 'https://gitlab.acme.dev/Sub'],
    ['https://github.com//', ACTIONS],
    ['https://GITHUB.com', ACTIONS],
    ['https:token.actions.githubusercontent.com', ACTIONS],
    ['http:/token.actions.githubusercontent.com', ACTIONS],
    ['HTTP://token.actions.githubusercontent.com', ACTIONS],
    ['https://token.actions', ACTIONS],
    ['https://tokn.actions.githubusercontent.con', ACTIONS],
    ['https://tokens.actions.githubusercontent.com//', ACTIONS],
    ['https://Tokens.Actions.GitHubUserContent.com', ACTIONS],
    ['https://agents.buildkit.com', 'https://agent.buildkite.com'],
    ['https://app.eu.terraform.ioo', 'https://app.eu.terraform.io'],
    ['https://token.actions.githubusercontents.com/octocat-inc', `${ACTIONS}/octocat-inc`],
    [`https://login.microsoftonlin.com/${TENANT}`, `https://login.microsoftonline.com/${TENANT}/v2.0`],
    [`https://sts.window.net/${TENANT}/`, `https://sts.windows.net/${TENANT}/`],
    [`https://oidc.circlecii.com/org/${TENANT}`, `https://oidc.circleci.com/org/${TENANT}`],
    [`https://odc.circeci.com/org/${TENANT}`, `https://oidc.circleci.com/org/${TENANT}`],
    ['https://oidc.circlec.com', 'https://oidc.circleci.com/org/ORGANIZATION-ID'],
    [
      'https://containers.googleapis.com/v1/projects/a/locations/b/clusters/c',
      'https://container.googleapis.com/v1/projects/a/locations/b/clusters/c',
    ],
  ])('to %s is %s', (issuer, nearest) => expect(nearestIssuer(issuer, [])).toBe(nearest));

  it.each([
    ACTIONS,
    `${ACTIONS}/octocat-inc`,
    'https://accounts.google.com',
    'https://idp.example.com',
    'https://idp.example.com/',
    'https://gitlab.acme.dev',
    'https://gitlab.acme.dev/sub/path',
    `https://sts.windows.net/${TENANT}/`,
    'https://dev-123.auth0.com/',
    '',
    'https://idp.example.com:443',
    'https://idp.example.com/.well-known/openid-configuration',
    'https://tokens.action.githubusercontents.con',
    'https://oidc.circleci.com.example/org/x',
    'x-https://gitlab.acme.dev',
    `https://sts.windows.net/${TENANT}/`,
    `https://idp.example.com/${ACTIONS}`,
    'arn:aws:iam::x:oidc-provider/token.actions.githubusercontent.com',
    'x arn:aws:iam::1:oidc-provider/gitlab.com',
    'https://gitlab.acme.dev/a.well-known',
  ])('to %j is none', (issuer) => expect(nearestIssuer(issuer, [])).toBeUndefined());

  it('is looked for up to a length, with what may stand around an issuer', () => {
    const padded = (length: number): string => `${ACTIONS}/`.padEnd(length, ' ');
    expect([padded(400), padded(401)].map((one) => nearestIssuer(one, []))).toEqual([ACTIONS, undefined]);
  });

  it('is the nearest of several that are near', () => {
    const others = ['https://idp-ab.acme.dev', 'https://idp-a.acme.dev'];
    expect(nearestIssuer('https://idp.a.acme.dev', others)).toBe('https://idp-a.acme.dev');
    expect(nearestIssuer('https://IDP-b.acme.dev', ['https://IDP-a.acme.dev'])).toBe('https://IDP-a.acme.dev');
  });

  it('can be the configured server’s own', () => {
    const own = 'http://127.0.0.1:9000/_services/token';
    expect(nearestIssuer(own, [own])).toBeUndefined();
    expect(nearestIssuer('https://idp.acme.dev/', ['https://idp.acme.dev'])).toBe('https://idp.acme.dev');
  });
});
