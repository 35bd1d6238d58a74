import { describe, expect, it } from '@jest/globals';
import { patternLikeGlob } from '../../../../src/domain/lint/pattern-like-glob.ts';
import { bySubject, claim, doubts, ofGoogle, places } from './linting.ts';

describe('the rule pattern-like-glob', () => {
  it('finds a star where a file glob would have one, and says what to write, without repairing it', () => {
    const policy = ofGoogle({ claimPatterns: claim('a', 'refs/heads/*') });
    expect(doubts(patternLikeGlob, policy)).toEqual([
      {
        rule: 'pattern-like-glob',
        severity: 'warning',
        path: ['claim_pattern', 'a'],
        message: 'claim_pattern for "a" has a * as in a file glob; here it repeats the character before it.',
        advice: "For any text within one part, write: a: 'refs/heads/[^/:]+'",
      },
    ]);
  });

  it('says the field to write where it is one', () => {
    const [doubt] = doubts(patternLikeGlob, bySubject('repo:a/b:ref:refs/heads/*'));
    expect(doubt?.advice).toContain("write: subject_pattern: 'repo:");
  });

  it('says an item to write where it stands in a list', () => {
    const listed = { subject: undefined, subjectPatterns: ['repo:a/b:ref:refs/heads/*'] };
    expect(doubts(patternLikeGlob, listed)).toMatchObject([
      {
        path: ['subject_patterns', 0],
        advice: "For any text within one part, write: - 'repo:a/b:ref:refs/heads/[^/:]+'",
      },
    ]);
  });

  it('leaves a star after a class alone', () => {
    expect(places(patternLikeGlob, ofGoogle({ claimPatterns: claim('a', 'refs/heads/[a-z]*') }))).toEqual([]);
  });
});
