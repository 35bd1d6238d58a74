import { describe, expect, it } from '@jest/globals';
import { patternLikeGlob } from '../../../../src/domain/lint/pattern-like-glob.ts';
import { claim, ofGoogle, places } from './linting.ts';

describe('the rule pattern-like-glob', () => {
  it('finds a star where a file glob would have one', () => {
    const found = places(patternLikeGlob, ofGoogle({ claimPatterns: claim('a', 'refs/heads/*') }));
    expect(found).toEqual(['warning claim_pattern.a']);
  });

  it('leaves a star after a class alone', () => {
    expect(places(patternLikeGlob, ofGoogle({ claimPatterns: claim('a', 'refs/heads/[a-z]*') }))).toEqual([]);
  });
});
