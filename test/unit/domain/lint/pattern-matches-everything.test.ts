import { describe, expect, it } from '@jest/globals';
import { patternMatchesEverything } from '../../../../src/domain/lint/pattern-matches-everything.ts';
import { bySubject, claim, doubts, ofGoogle, places } from './linting.ts';

describe('the rule pattern-matches-everything', () => {
  it.each(['.*', '(?s)^.+$', '[^\\n]*', '\\S+|.*'])('finds %s', (pattern) => {
    expect(places(patternMatchesEverything, bySubject(pattern))).toEqual(['warning subject_pattern']);
    const ofClaim = ofGoogle({ claimPatterns: claim('a', pattern) });
    expect(places(patternMatchesEverything, ofClaim)).toEqual(['notice claim_pattern.a']);
  });

  it('says so, and what to do', () => {
    expect(doubts(patternMatchesEverything, bySubject('.*'))).toEqual([
      {
        rule: 'pattern-matches-everything',
        severity: 'warning',
        path: ['subject_pattern'],
        message: 'subject_pattern matches everything.',
        advice: 'Name what is meant, or leave the field out if it may be left out.',
      },
    ]);
  });

  it.each([
    'b',
    '[a-z]+',
    'b.*',
    'https://.+|repo:.+|#.+',
    'x|repo:.+|#.+',
    'x|https://.+|#.+',
    'x|https://.+|repo:.+',
    '[^é]+',
    '[^#]+',
    '\\S+',
  ])('leaves %s alone', (pattern) => {
    expect(places(patternMatchesEverything, bySubject(pattern))).toEqual([]);
  });
});
