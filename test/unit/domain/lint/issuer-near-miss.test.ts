import { describe, expect, it } from '@jest/globals';
import { issuerNearMiss } from '../../../../src/domain/lint/issuer-near-miss.ts';
import { doubts, inRepository } from './linting.ts';

describe('the rule issuer-near-miss', () => {
  const ACTIONS = 'https://token.actions.githubusercontent.com';

  it('finds an exact issuer, and a pattern that means one, and repairs both', () => {
    expect(doubts(issuerNearMiss, { issuer: `${ACTIONS}/` })).toMatchObject([
      { severity: 'warning', path: ['issuer'], advice: `Write: issuer: ${ACTIONS}`, repair: { value: ACTIONS } },
    ]);
    const pattern = { issuer: undefined, issuerPattern: '^https://account.google.com$' };
    expect(doubts(issuerNearMiss, pattern)).toMatchObject([
      { path: ['issuer_pattern'], repair: { value: 'https://accounts\\.google\\.com' } },
    ]);
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
