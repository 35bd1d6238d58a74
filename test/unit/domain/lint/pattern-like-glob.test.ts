import { describe, expect, it } from '@jest/globals';
import { patternLikeGlob } from '../../../../src/domain/lint/pattern-like-glob.ts';
import { claim, doubts, ofGoogle, places } from './linting.ts';

describe('the rule pattern-like-glob', () => {
  it('finds a star where a file glob would have one, and says what to write, without repairing it', () => {
    const policy = ofGoogle({ claimPatterns: claim('a', 'refs/heads/*') });
    expect(places(patternLikeGlob, policy)).toEqual(['warning claim_pattern.a']);
    const [doubt] = doubts(patternLikeGlob, policy);
    expect([doubt?.advice, doubt?.repair]).toEqual([
      "For any text within one part, write: a: 'refs/heads/[^/:]+'",
      undefined,
    ]);
  });

  it('leaves a star after a class alone', () => {
    expect(places(patternLikeGlob, ofGoogle({ claimPatterns: claim('a', 'refs/heads/[a-z]*') }))).toEqual([]);
  });
});
