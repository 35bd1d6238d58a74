import { describe, expect, it } from '@jest/globals';
import { githubServer, isActionsIssuerOf } from '../../../src/domain/github-server.ts';

describe('a GitHub server', () => {
  it.each([
    [
      'https://api.github.com',
      'https://api.github.com/graphql',
      'https://github.com',
      'https://token.actions.githubusercontent.com',
    ],
    [
      'https://api.octo.ghe.com',
      'https://api.octo.ghe.com/graphql',
      'https://octo.ghe.com',
      'https://token.actions.octo.ghe.com',
    ],
    [
      'https://git.example.com/api/v3',
      'https://git.example.com/api/graphql',
      'https://git.example.com',
      'https://git.example.com/_services/token',
    ],
    [
      'https://git.example.com:8443/api/v3',
      'https://git.example.com:8443/api/graphql',
      'https://git.example.com:8443',
      'https://git.example.com:8443/_services/token',
    ],
  ])('at %s has its addresses', (apiUrl, graphqlUrl, webUrl, actionsIssuer) => {
    expect(githubServer(apiUrl, false)).toEqual({ apiUrl, graphqlUrl, webUrl, actionsIssuer });
    for (const same of [`${apiUrl}/`, `${apiUrl}//`, apiUrl.replace(/[a-z]+\.com/, (host) => host.toUpperCase())])
      expect(githubServer(same, false)).toEqual({ apiUrl, graphqlUrl, webUrl, actionsIssuer });
  });

  it('on loopback serves its own web pages and tokens, where that is allowed', () => {
    expect(githubServer('http://127.0.0.1:8787', true)).toMatchObject({
      webUrl: 'http://127.0.0.1:8787',
      actionsIssuer: 'http://127.0.0.1:8787/_services/token',
    });
    expect(githubServer('http://127.0.0.1:8787', false)).toBeUndefined();
    expect(githubServer('http://LOCALHOST:8787', true)?.webUrl).toBe('http://localhost:8787');
  });

  it.each([
    '',
    'api.github.com',
    'http://api.github.com',
    'https://user@api.github.com',
    'https://api.github.com/other',
    'https://api.github.com?x',
    'ftp://api.github.com',
    'https://api.github.com/api/v4',
    'xhttps://api.github.com',
    'https://api.github.com\n',
    'https://api.example.com',
    'https://example.com',
    'https://xapi.octo.ghe.com',
    'https://api.octo.ghe.com.evil.com',
    'https://octo.ghe.com',
  ])('is not %j', (url) => expect(githubServer(url, true)).toBeUndefined());

  it('has one Actions issuer, and one for each enterprise', () => {
    const server = githubServer('https://api.github.com', false);
    if (server === undefined) throw new Error('that is GitHub');
    const issuer = 'https://token.actions.githubusercontent.com';
    expect([issuer, `${issuer}/octo-enterprise`].map((one) => isActionsIssuerOf(server, one))).toEqual([true, true]);
    const others = [
      `${issuer}/`,
      `${issuer}/a/b`,
      `${issuer}/a/`,
      `${issuer}.evil.com`,
      `${issuer}evil`,
      issuer.toUpperCase(),
      'https://token.actions.octo.ghe.com',
      '',
    ];
    expect(others.some((one) => isActionsIssuerOf(server, one))).toBe(false);
  });
});
