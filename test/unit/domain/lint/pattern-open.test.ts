import { describe, expect, it } from '@jest/globals';
import { patternOpen } from '../../../../src/domain/lint/pattern-open.ts';
import { claim, ofGoogle, places } from './linting.ts';

describe('the rule pattern-open', () => {
  it.each(['b.*', '.+b'])('finds the open end of %s', (pattern) => {
    const found = places(patternOpen, ofGoogle({ claimPatterns: claim('a', pattern) }));
    expect(found).toEqual(['warning claim_pattern.a']);
  });

  it('leaves what keeps to one part alone, and what matches everything to its own rule', () => {
    expect(places(patternOpen, ofGoogle({ claimPatterns: claim('a', 'b[^/]*') }))).toEqual([]);
    expect(places(patternOpen, ofGoogle({ claimPatterns: claim('a', '.*') }))).toEqual([]);
  });
});
