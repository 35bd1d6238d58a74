import { describe, expect, it } from '@jest/globals';
import { unescapedDot } from '../../../../src/domain/lint/unescaped-dot.ts';
import { claim, ofGoogle, places } from './linting.ts';

describe('the rule unescaped-dot', () => {
  const byIssuer = (issuerPattern: string) => ({ issuer: undefined, issuerPattern });

  it('finds a dot in a host name that matches any character', () => {
    expect(places(unescapedDot, byIssuer('https://idp.example\\.com'))).toEqual(['warning issuer_pattern']);
    const inClaim = ofGoogle({ claimPatterns: claim('a', 'https://a.b/c') });
    expect(places(unescapedDot, inClaim)).toEqual(['warning claim_pattern.a']);
  });

  it('leaves escaped dots alone', () => {
    expect(places(unescapedDot, byIssuer('https://idp\\.example\\.com'))).toEqual([]);
  });
});
