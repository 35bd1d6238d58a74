import { describe, expect, it } from '@jest/globals';
import { issuerDoubts, issuerNearMiss } from '../../../../src/domain/lint/issuer-near-miss.ts';
import { doubts, inRepository } from './linting.ts';

describe('the rule issuer-near-miss', () => {
  const ACTIONS = 'https://token.actions.githubusercontent.com';

  it('finds an exact issuer, and a pattern that means one, and repairs both', () => {
    expect(doubts(issuerNearMiss, { issuer: `${ACTIONS}/` })).toEqual([
      {
        rule: 'issuer-near-miss',
        severity: 'warning',
        path: ['issuer'],
        message: `No token has the issuer "${ACTIONS}/", which is nearly that of a known provider.`,
        advice: `Write: issuer: ${ACTIONS}`,
        repair: { path: ['issuer'], value: ACTIONS },
      },
    ]);
    const pattern = { issuer: undefined, issuerPattern: '^https://account.google.com$' };
    expect(doubts(issuerNearMiss, pattern)).toMatchObject([
      { path: ['issuer_pattern'], repair: { value: 'https://accounts\\.google\\.com' } },
    ]);
  });

  it.each([
    ['the port', `${ACTIONS}:443`, ACTIONS],
    ['a missing end', 'https://token.actions.githubusercontent', ACTIONS],
    ['a repository after it', `${ACTIONS}/acme/app`, ACTIONS],
    ['a query after it', `${ACTIONS}/acme?x`, ACTIONS],
    ['an Enterprise Server', 'https://github.acme.com', 'https://github.acme.com/_services/token'],
    ['its API', 'https://git.acme.com/api/v3', 'https://git.acme.com/_services/token'],
    ['capital letters in a host of one’s own', 'https://GitLab.acme.com', 'https://gitlab.acme.com'],
    [
      'a typing error before an id',
      'https://login.microsoftonlin.com/9a3f1c1e-5d0c-4b7a-8d7e-2f6f1d3c4b5a/v2.0',
      'https://login.microsoftonline.com/9a3f1c1e-5d0c-4b7a-8d7e-2f6f1d3c4b5a/v2.0',
    ],
    [
      'the API of a cluster',
      'https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com',
      'https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF',
    ],
    [
      'the API of a cluster whose id begins with letters',
      'https://ABCDEF6789ABCDEF0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com',
      'https://oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF6789ABCDEF0123456789ABCDEF',
    ],
  ])('finds %s', (_, issuer, meant) => {
    expect(doubts(issuerNearMiss, { issuer })).toMatchObject([{ repair: { value: meant } }]);
  });

  it('repairs nothing where only its author can tell the issuer', () => {
    for (const issuer of [
      'https://oidc.circleci.com',
      'https://sts.amazonaws.com',
      'https://login.microsoftonline.com/common/v2.0',
    ]) {
      const [doubt] = doubts(issuerNearMiss, { issuer });
      expect([doubt?.advice, doubt?.repair]).toEqual([expect.stringMatching(/-ID\b/), undefined]);
    }
  });

  it('finds the slash after a server whose subjects are GitLab’s', () => {
    const policy = { issuer: 'https://git.acme.com/', subject: 'project_path:a/b:ref_type:branch:ref:main' };
    expect(doubts(issuerNearMiss, policy)).toMatchObject([{ repair: { value: 'https://git.acme.com' } }]);
    expect(doubts(issuerNearMiss, { ...policy, issuer: 'https://git.acme.com/gitlab' })).toEqual([]);
  });

  it('finds what is nearly the configured server’s own', () => {
    const own = 'https://actions.acme.dev';
    const found = doubts(issuerNearMiss, { issuer: `${own}/` }, { ...inRepository, actionsIssuer: own });
    expect(found).toMatchObject([{ repair: { value: own } }]);
  });

  it('says the item to write where an issuer stands in a list', () => {
    const path = ['repository_policies', 'issuers', 0];
    expect(issuerDoubts({ by: 'value', text: `${ACTIONS}/`, path, name: 'item 1' }, [])).toMatchObject([
      { path, advice: `Write: - ${ACTIONS}` },
    ]);
  });

  it('looks at no text that is longer than any issuer', () => {
    expect(doubts(issuerNearMiss, { issuer: `${ACTIONS}${'/'.repeat(500)}` })).toEqual([]);
  });

  it('leaves known issuers, others, patterns for several and the configured server alone', () => {
    for (const issuer of [ACTIONS, 'https://idp.example.com/']) expect(doubts(issuerNearMiss, { issuer })).toEqual([]);
    const several = { issuer: undefined, issuerPattern: 'https://gitlab\\.[a-z]+/' };
    expect(doubts(issuerNearMiss, several)).toEqual([]);
    const own = 'http://127.0.0.1:9/_services/token';
    expect(doubts(issuerNearMiss, { issuer: own }, { ...inRepository, actionsIssuer: own })).toEqual([]);
  });

  it('repairs nothing where the right issuer holds an id that nobody knows', () => {
    const [doubt] = doubts(issuerNearMiss, { issuer: 'https://circleci.com' });
    expect([doubt?.rule, doubt?.repair]).toEqual(['issuer-near-miss', undefined]);
  });
});
