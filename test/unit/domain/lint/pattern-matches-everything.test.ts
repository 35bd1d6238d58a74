import { describe, expect, it } from '@jest/globals';
import { patternMatchesEverything } from '../../../../src/domain/lint/pattern-matches-everything.ts';
import { bySubject, claim, ofGoogle, places } from './linting.ts';

describe('the rule pattern-matches-everything', () => {
  it.each(['.*', '(?s)^.+$', '[^\\n]*', '\\S+|.*'])('finds %s', (pattern) => {
    expect(places(patternMatchesEverything, bySubject(pattern))).toEqual(['warning subject_pattern']);
    const ofClaim = ofGoogle({ claimPatterns: claim('a', pattern) });
    expect(places(patternMatchesEverything, ofClaim)).toEqual(['notice claim_pattern.a']);
  });

  it.each(['b', '[a-z]+', 'b.*'])('leaves %s alone', (pattern) => {
    expect(places(patternMatchesEverything, bySubject(pattern))).toEqual([]);
  });
});
