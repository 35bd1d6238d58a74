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
  ])('to %j is none', (issuer) => expect(nearestIssuer(issuer, [])).toBeUndefined());

  it('can be the configured server’s own', () => {
    const own = 'http://127.0.0.1:9000/_services/token';
    expect(nearestIssuer(own, [own])).toBeUndefined();
    expect(nearestIssuer('https://idp.acme.dev/', ['https://idp.acme.dev'])).toBe('https://idp.acme.dev');
  });

  const OWN = 'https://idp.acme.dev';

  it.each([
    ` ${OWN} `,
    `"${OWN}"`,
    `<"'<${OWN}>'">`,
    `http://idp.acme.dev`,
    'HTTP://idp.acme.dev',
    'idp.acme.dev',
    'https//idp.acme.dev',
    'http:idp.acme.dev',
    'https:///idp.acme.dev',
    'HTTPS://IDP.acme.dev',
    `${OWN}///`,
    `${OWN}:443`,
    `${OWN}:443/`,
    `${OWN}/.well-known`,
    `${OWN}/.well-known/openid-configuration`,
    `"${OWN}/.well-known/jwks"`,
    'arn:aws:iam::123456789012:oidc-provider/idp.acme.dev',
    'arn:aws-us-gov:iam::123456789012:oidc-provider/idp.acme.dev/',
    'arn:aws:iam:::oidc-provider/idp.acme.dev',
    'https://idp.acme.de',
    'https://idpp.acme.devv',
    'https://idpp.acme.devv//',
    'https://idp.acme',
    'https://idp',
  ])('to %j is the configured one', (issuer) => expect(nearestIssuer(issuer, [OWN])).toBe(OWN));

  it.each([
    OWN,
    `${OWN}/tenant`,
    `${OWN}:4430`,
    `${OWN}/.well-knownx`,
    `${OWN}/x/arn:aws:iam::1:oidc-provider/idp.acme.dev`,
    'x arn:aws:iam::123456789012:oidc-provider/idp.acme.dev',
    'http.idp.acme.dev',
    'https://idppp.acme.devv',
    'https://acme.dev',
  ])('to %j is not the configured one', (issuer) => expect(nearestIssuer(issuer, [OWN])).toBeUndefined());

  it('is the configured one before what such a host is elsewhere', () => {
    const own = 'https://github.acme.dev';
    expect([nearestIssuer(`${own}/`, [own]), nearestIssuer(`${own}/`, [])]).toEqual([own, `${own}/_services/token`]);
  });

  it('can have a path of its own', () => {
    const own = `${OWN}/Tenant/http/x`;
    const texts = [own.toLowerCase(), 'idp.acme.dev/Tenant/http/x', `${own}/`, `${own}y`, `${OWN}:443/Tenant/http/x`];
    expect(texts.map((one) => nearestIssuer(one, [own]))).toEqual(texts.map(() => own));
  });

  it('is the one with the fewest typing errors', () => {
    const others = ['https://idp.acme.dee', 'https://idp.acme.dew'];
    expect(nearestIssuer('https://idp.acne.dew', others)).toBe('https://idp.acme.dew');
  });

  it('is looked for in texts of up to 400 characters', () => {
    const long = ACTIONS.padEnd(400, '/');
    expect([nearestIssuer(long, []), nearestIssuer(`${long}/`, [])]).toEqual([ACTIONS, undefined]);
  });

  const CLUSTER = 'projects/p/locations/l/clusters/c';

  it.each([
    ['https://tokens.actions.githubusercontent.com/octocat-inc', `${ACTIONS}/octocat-inc`],
    [`"${ACTIONS}/octocat-inc"`, `${ACTIONS}/octocat-inc`],
    [`${ACTIONS}:443/octocat-inc`, `${ACTIONS}/octocat-inc`],
    ['https://token.action.githubusercontent.co/octocat-inc', `${ACTIONS}/octocat-inc`],
    [`https://login.microsoftonlin.com/${TENANT}/v2.0`, `https://login.microsoftonline.com/${TENANT}/v2.0`],
    [`https://sts.window.net/${TENANT}/`, `https://sts.windows.net/${TENANT}/`],
    [`https://oidc.cirleci.co/org/${TENANT}`, `https://oidc.circleci.com/org/${TENANT}`],
    [`https://oidc.cirlceci.com/${TENANT}`, `https://oidc.circleci.com/org/${TENANT}`],
    ['https://oidc.circlec.com', 'https://oidc.circleci.com/org/ORGANIZATION-ID'],
    [`https://containers.googleapis.com/v1/${CLUSTER}`, `https://container.googleapis.com/v1/${CLUSTER}`],
  ])('with a typing error in the host of %s is %s', (issuer, nearest) => {
    expect(nearestIssuer(issuer, [])).toBe(nearest);
  });

  it.each([
    ['"https://gitlab.acme.dev"', 'https://gitlab.acme.dev'],
    ['https://GITLAB.acme.dev/Sub', 'https://gitlab.acme.dev/Sub'],
    ['http://gitlab.acme.dev/a"b', 'https://gitlab.acme.dev/a"b'],
    ['https://gitlab.com/API/v4//', 'https://gitlab.com'],
    ['https://gitlab.com/-/JWKS', 'https://gitlab.com'],
    ['https://token.actions.githubusercontent', ACTIONS],
    ['https://gitlap.com', 'https://gitlab.com'],
    ['https://gitlapp.com//', 'https://gitlab.com'],
  ])('without what does not belong into %s is %s', (issuer, nearest) => {
    expect(nearestIssuer(issuer, [])).toBe(nearest);
  });

  it.each([
    'https://oidc.cirle.co/org/x',
    '/https://oidc.circlec.com',
    'https://my_host/gitlab',
    'https://oidc.example.com',
  ])('to %s is none that is known', (issuer) => expect(nearestIssuer(issuer, [])).toBeUndefined());
});
