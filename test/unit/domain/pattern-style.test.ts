import { describe, expect, it } from '@jest/globals';
import {
  hasOpenEnd,
  hasUnescapedHostDot,
  looksLikeGlob,
  looksLikePattern,
  withoutGlobStars,
} from '../../../src/domain/pattern-style.ts';

describe('a pattern with an open end', () => {
  it.each(['a.*', '.*a', 'a.+', '^.*a$', '^(?:.*)a', '(a.*)', 'a.*?', 'a.*\\z', '(?s).+a', 'x:.*$'])(
    'is %s',
    (source) => expect(hasOpenEnd(source)).toBe(true),
  );

  it.each(['a', 'a.*b', 'a\\.*', '[.]*', 'a\\..', 'a[^/]+', '\\Q.*\\E', '.', ''])('is not %s', (source) =>
    expect(hasOpenEnd(source)).toBe(false),
  );
});

describe('a pattern like a glob', () => {
  it.each(['repo:o/*', 'repo:o/r:*', 'refs/heads/*', 'refs/tags/v*', '*', 'a/*$', 'release-*', 'a/**', 'x\\/*/y'])(
    'is %s',
    (source) => expect(looksLikeGlob(source)).toBe(true),
  );

  it.each(['a.*', 'a[^/]*', 'a\\d*', '(?:ab)*', 'a*b', 'a\\*', 'a/[*]', '\\.*', 'a{3}*'])('is not %s', (source) =>
    expect(looksLikeGlob(source)).toBe(false),
  );

  it('can be mended', () => expect(withoutGlobStars('o/*/a*b/v*$', '.+')).toBe('o/.+/a*b/v.+$'));
});

describe('an exact value like a pattern', () => {
  it.each(['^a', 'a$', 'a.*', 'a.+', 'a\\.b', 'repo:o/*', '[a-z]', '[^0-9]', '(a|b)', 'x[0-9]+'])('is %s', (value) =>
    expect(looksLikePattern(value)).toBe(true),
  );

  it.each([
    'repo:o/r:ref:refs/heads/main',
    'environment:Prod [EU] (1)',
    'environment:[eu-west]',
    'a.b',
    'a+b',
    'a|b',
    'cost: 5$ a',
    'user?x',
  ])('is not %s', (value) => expect(looksLikePattern(value)).toBe(false));
});

describe('an unescaped dot in a host name', () => {
  it.each(['https://a.b', 'https://a\\.b.c/x\\.y', 'https?://(a|b).c', 'https:\\/\\/a.b', '^https://[a-z]+.b$'])(
    'is in %s',
    (source) => {
      expect(hasUnescapedHostDot(source, true)).toBe(true);
      expect(hasUnescapedHostDot(source, false)).toBe(true);
    },
  );

  it.each([
    'https://a\\.b',
    'https://a\\.b/c.d',
    'https://.*\\.b',
    'https://.+',
    'https://[.]b',
    'https://a.{3}b',
    '\\Qhttps://a.b\\E',
  ])('is not in %s', (source) => expect(hasUnescapedHostDot(source, true)).toBe(false));

  it('is in a pattern without a scheme only if that is for issuers', () => {
    expect(hasUnescapedHostDot('accounts.google\\.com', true)).toBe(true);
    expect(hasUnescapedHostDot('a.b', false)).toBe(false);
    expect(hasUnescapedHostDot('[a-z]+\\.b/c.d', true)).toBe(false);
  });
});
