import { describe, expect, it } from '@jest/globals';
import { exactLikePattern } from '../../../../src/domain/lint/exact-like-pattern.ts';
import { ofGoogle, places } from './linting.ts';

describe('the rule exact-like-pattern', () => {
  it.each(['subject', 'audience', 'app'] as const)('finds a pattern in %s, which is compared exactly', (field) => {
    expect(places(exactLikePattern, ofGoogle({ [field]: 'user:.*' }))).toEqual([`warning ${field}`]);
  });

  it('leaves brackets and spaces alone, which environments have, and the issuer, which is an address', () => {
    expect(places(exactLikePattern, ofGoogle({ subject: 'user:[EU] (1)' }))).toEqual([]);
    expect(places(exactLikePattern, { issuer: 'https://idp.example.com/.*' })).toEqual([]);
  });
});
