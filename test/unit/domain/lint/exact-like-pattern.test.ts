import { describe, expect, it } from '@jest/globals';
import { exactLikePattern } from '../../../../src/domain/lint/exact-like-pattern.ts';
import { doubts, ofGoogle, places } from './linting.ts';

describe('the rule exact-like-pattern', () => {
  it.each(['subject', 'audience', 'app'] as const)('finds a pattern in %s, which is compared exactly', (field) => {
    expect(places(exactLikePattern, ofGoogle({ [field]: 'user:.*' }))).toEqual([`warning ${field}`]);
  });

  it('leaves brackets and spaces alone, which environments have, the issuer, and what a template left', () => {
    expect(places(exactLikePattern, ofGoogle({ subject: 'user:[EU] (1)' }))).toEqual([]);
    expect(places(exactLikePattern, { issuer: 'https://idp.example.com/.*' })).toEqual([]);
    expect(places(exactLikePattern, { subject: 'repo:${{ x }}:.*' })).toEqual([]);
  });

  it('takes anchors away, and repairs nothing that would match more than was written', () => {
    expect(doubts(exactLikePattern, { subject: '^repo:a/b.c:pull_request$' })).toEqual([
      {
        rule: 'exact-like-pattern',
        severity: 'warning',
        path: ['subject'],
        message: 'subject is compared exactly, and looks like a pattern.',
        advice: 'Write: subject: repo:a/b.c:pull_request',
        repair: { path: ['subject'], value: 'repo:a/b.c:pull_request' },
      },
    ]);
    const glob = doubts(exactLikePattern, { subject: 'repo:a/b.c:ref:refs/heads/*' });
    expect(glob[0]?.repair).toBeUndefined();
    expect(glob[0]?.advice).toBe("Write: subject_pattern: 'repo:a/b\\.c:ref:refs/heads/[^/:]+'");
  });

  it('keeps escaped characters as a pattern, since an exact value has none', () => {
    const [doubt] = doubts(exactLikePattern, { subject: 'repo:a/b\\.c:pull_request' });
    expect([doubt?.rule, doubt?.advice, doubt?.repair]).toEqual([
      'exact-like-pattern',
      "Write: subject_pattern: 'repo:a/b\\.c:pull_request'",
      undefined,
    ]);
  });

  it('tells for an item of a list where it belongs', () => {
    const [doubt] = doubts(exactLikePattern, { subject: undefined, subjects: ['a:(b|c)'] });
    expect([doubt?.path, doubt?.advice]).toEqual([['subjects', 0], "Write it below subject_patterns: - 'a:(b|c)'"]);
    const [anchored] = doubts(exactLikePattern, { subject: undefined, subjects: ['^a:b$'] });
    expect(anchored).toMatchObject({ advice: 'Write: - a:b', repair: { path: ['subjects', 0], value: 'a:b' } });
  });
});
