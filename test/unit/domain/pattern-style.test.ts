import { describe, expect, it } from '@jest/globals';
import {
  hasOpenEnd,
  dotsMeant,
  hasOpenBeginning,
  hostRange,
  plainTextOf,
  withEscapedDots,
  withoutAnchors,
  looksLikeGlob,
  looksLikePattern,
  withoutGlobStars,
} from '../../../src/domain/pattern-style.ts';

describe('a pattern with an open end', () => {
  it.each([
    ...['a.*', '.*a', 'a.+', '^.*a$', '^(?:.*)a', '(a.*)', 'a.*?', 'a.+?', 'a.*\\z', '(?s).+a', 'x:.*$'],
    ...['\\A.*a', '(.*a)', '((?:.*a))', '(?i).*a', '^(?s)(?i).*a', '.*', '(a.*)$', 'a.*?)', 'abc.*?'],
  ])('is %s', (source) => expect(hasOpenEnd(source)).toBe(true));

  it.each(['a', 'a.*b', 'a\\.*', '[.]*', 'a\\..', 'a[^/]+', '\\Q.*\\E', '.', '', 'a.', 'a.?', 'a.{3}', 'a*'])(
    'is not %s',
    (source) => expect(hasOpenEnd(source)).toBe(false),
  );
});

describe('a pattern like a glob', () => {
  it.each([
    ...['repo:o/*', 'repo:o/r:*', 'refs/heads/*', 'refs/tags/v*', '*', 'a/*$', 'release-*', 'a/**', 'x\\/*/y'],
    ...['v*', 'V*', '7*', '(v*)', 'v*\\z', 'a:*b', 'a-*b', 'a\\-*b', 'a_*b', 'a@*b', '*a', '**a'],
  ])('is %s', (source) => expect(looksLikeGlob(source)).toBe(true));

  it.each(['a.*', 'a[^/]*', 'a\\d*', '(?:ab)*', 'a*b', 'a\\*', 'a/[*]', '\\.*', 'a{3}*', 'a**', 'é*', '=*', 'a', ''])(
    'is not %s',
    (source) => expect(looksLikeGlob(source)).toBe(false),
  );

  it('can be mended', () => {
    expect(withoutGlobStars('o/*/a*b/v*$', '.+')).toBe('o/.+/a*b/v.+$');
    expect(withoutGlobStars('o/**/a**b/***', '.+')).toBe('o/.+/a**b/.+');
  });
});

describe('an exact value like a pattern', () => {
  it.each([
    '^a',
    'a$',
    'a.*',
    'a.+',
    'a\\.b',
    'repo:o/*',
    '[a-z]',
    '[^0-9]',
    '(a|b)',
    'x[0-9]+',
    'x(a)(|b)y',
    'a|b(c|)',
  ])('is %s', (value) => expect(looksLikePattern(value)).toBe(true));

  it.each([
    'repo:o/r:ref:refs/heads/main',
    'environment:Prod [EU] (1)',
    'environment:[eu-west]',
    'a.b',
    'a+b',
    'a|b',
    'cost: 5$ a',
    'user?x',
    'a^b',
    '(a|b',
    'a|b)',
    'a|b(c)',
    '(a) b|c',
    ')a|b(',
    'a|)',
    'a.b+',
    '[-a]',
    '',
  ])('is not %s', (value) => expect(looksLikePattern(value)).toBe(false));

  it('is none that is longer than a pattern may be', () => {
    expect(looksLikePattern(`*${'a'.repeat(1023)}`)).toBe(true);
    expect(looksLikePattern(`*${'a'.repeat(1024)}`)).toBe(false);
    expect(looksLikePattern(`(a|${'a'.repeat(1022)})`)).toBe(false);
  });
});

describe('a dot that is meant', () => {
  it.each([
    ['a.b', [1]],
    ['acme/app/.github/workflows/x.yml', [9, 28]],
    ['v[0-9]+.[0-9]+', [7]],
    ['a\\.b', []],
    ['a.*b.+c.?d.{2}', []],
    ['a.{b', [1]],
    ['a.[{2]', [1]],
    ['(?:.b)', []],
    ['a|.b', []],
    ['(a).b', []],
    ['^.b', []],
    ['$.b', []],
    ['a.(b)', []],
    ['a.(?:b)', []],
    ['a.|b', []],
    ['(a.)', []],
    ['a.^', []],
    ['a.$', []],
    ['\\d.\\d', [2]],
    ['[.]', []],
    ['.b', []],
    ['a.', []],
    ['a..b', []],
    ['(.)', []],
    ['\\Qa.b\\E', []],
  ])('stands in %s at %j', (source, dots) => {
    expect(dotsMeant(source)).toEqual(dots);
    expect(dotsMeant(withEscapedDots(source, dots))).toEqual([]);
  });

  it('is written with a backslash, and all others stay', () => {
    expect(withEscapedDots('a.b.c.*', [1, 3])).toBe('a\\.b\\.c.*');
    expect(withEscapedDots('a.b', [])).toBe('a.b');
  });
});

describe('the host of a pattern', () => {
  it.each([
    ['https://a.b/c', false, 'a.b'],
    ['https:\\/\\/a\\.b', false, 'a\\.b'],
    ['^https?://[a-z]+', false, '[a-z]+'],
    ['a.b/c', true, 'a.b'],
    ['a.b/c', false, undefined],
    ['a:/b/c', false, undefined],
    ['https:/\\/a.b', false, 'a.b'],
    ['/c', true, ''],
    ['a.b', true, 'a.b'],
  ])('of %s is found', (source, isIssuer, host) => {
    const range = hostRange(source, isIssuer);
    expect(range === undefined ? undefined : source.slice(...range)).toBe(host);
  });
});

describe('the plain text of a pattern', () => {
  it.each([
    ['^repo:a/b\\.c$', 'repo:a/b.c'],
    ['https://a.b', 'https://a.b'],
    ['a\\$', 'a$'],
    ['a\\\\b', 'a\\b'],
    ['\\-\\/\\:\\@\\_\\+\\*\\?\\(\\)\\|\\[\\]\\{\\}\\^', '-/:@_+*?()|[]{}^'],
    ['.😀', '.😀'],
    ['a+', undefined],
    ['(a|b)', undefined],
    ['\\d', undefined],
    ['a\\d', undefined],
    ['[a]b', undefined],
    ['a{2}', undefined],
    ['a{', undefined],
    ['a\\x41', undefined],
    ['a^b', undefined],
    ['a$b', undefined],
    ['', undefined],
    ['^$', undefined],
  ])('%s is %s', (source, text) => expect(plainTextOf(source)).toBe(text));

  it('has no anchors', () => {
    expect([withoutAnchors('^a$'), withoutAnchors('a\\$'), withoutAnchors('a')]).toEqual(['a', 'a\\$', 'a']);
    expect([withoutAnchors('a^b$c'), withoutAnchors('b^')]).toEqual(['a^b$c', 'b^']);
  });
});

describe('an open beginning', () => {
  it.each([
    ['.*a', true],
    ['^(.+a)', true],
    ['a.*', false],
    ['[^/]*a', false],
  ])('in %s: %s', (source, isOpen) => expect(hasOpenBeginning(source)).toBe(isOpen));
});
