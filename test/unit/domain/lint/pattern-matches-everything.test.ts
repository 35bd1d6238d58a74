import { describe, expect, it } from '@jest/globals';
import { patternMatchesEverything } from '../../../../src/domain/lint/pattern-matches-everything.ts';
import { claim, ofGoogle, places } from './linting.ts';

describe('the rule pattern-matches-everything', () => {
  it.each(['.*', '(?s)^.+$', '[^\\n]*', '\\S+|.*'])('finds %s', (pattern) => {
    const found = places(patternMatchesEverything, ofGoogle({ claimPatterns: claim('a', pattern) }));
    expect(found).toEqual(['warning claim_pattern.a']);
  });

  it.each(['b', '[a-z]+', 'b.*'])('leaves %s alone', (pattern) => {
    expect(places(patternMatchesEverything, ofGoogle({ claimPatterns: claim('a', pattern) }))).toEqual([]);
  });
});
