import { describe, expect, it } from '@jest/globals';
import { patternTokens, PatternText } from '../../../src/domain/pattern-text.ts';

describe('the tokens of a pattern', () => {
  it('are those of the syntax', () => {
    expect(patternTokens('^a\\.[x-z\\]]{2,3}(?P<n>b)(?i:c)\\Qd.\\E\\pL\\x{41}$')).toEqual([
      '^',
      'a',
      '\\.',
      '[x-z\\]]',
      '{2,3}',
      '(?P<n>',
      'b',
      ')',
      '(?i:',
      'c',
      ')',
      '\\Qd.\\E',
      '\\pL',
      '\\x{41}',
      '$',
    ]);
  });

  it.each([
    [''],
    ['\\p{Greek}', 'a'],
    ['\\P{^Lu}', 'a'],
    ['\\pL', 'a'],
    ['\\x{1F600}', 'a'],
    ['\\x4F', 'a'],
    ['\\x', '4'],
    ['[[:alpha:]b]', 'c'],
    ['[[:^alpha:]b]', 'c'],
    ['[^]a]', 'c'],
    ['[\\p{Greek}\\x{41}\\]]', 'c'],
    // What no class is called may hold a bracket.
    ['[\\p{]]}a]', 'c'],
    ['[ab'],
    ['[a\\'],
    ['(?P<name>', 'a'],
    ['(?<name>', 'a'],
    ['(?i-s:', 'a'],
    ['(?i)', 'a'],
    ['(', '?'],
    ['a', '{2,13}', 'b'],
    ['a', '{12,}', 'b'],
    ['a', '{0,10}', 'b'],
    ['\\Qa.\\E', 'b'],
    ['\\Qa.b'],
  ])('are each as long as it can be: %j %j %j', (...tokens: readonly string[]) => {
    const given = tokens.filter((token) => typeof token === 'string' && token !== '');
    expect(patternTokens(given.join(''))).toEqual(given);
  });

  it('together are the pattern', () => {
    const source = '[]a][^]b][[:alpha:]-]{a}{1}\\';
    expect(patternTokens(source).join('')).toBe(source);
  });
});

describe('a plain text', () => {
  it.each([
    ['refs/heads/main', 'refs/heads/main'],
    ['a\\.b', 'a.b'],
    ['\\\\', '\\'],
    ['\\-\\/\\:\\@\\_\\+\\*\\?\\(\\)\\|\\[\\]\\{\\}\\^\\$', '-/:@_+*?()|[]{}^$'],
    ['grün 😀\n', 'grün 😀\n'],
  ])('is %j, which takes %j alone', (source, literal) => {
    const { literal: taken, atoms, isTooLong } = new PatternText(source);
    expect([taken, atoms, isTooLong]).toEqual([literal, 0, false]);
  });

  it.each(['', ...Array.from('.+*?()|[]{}^$'), 'a\\d', '\\d', 'a\\', '.a', 'a.', '\\.\\w', '\ud800'])(
    'is not %j',
    (source) => expect(new PatternText(source).literal).toBeUndefined(),
  );
});

describe('the size of a pattern', () => {
  it.each<[string, { atoms: number; repetitions: number }]>([
    ['ab*', { atoms: 3, repetitions: 0 }],
    ['a|b|', { atoms: 2, repetitions: 0 }],
    ['a{3}', { atoms: 3, repetitions: 3 }],
    ['a{2,5}', { atoms: 5, repetitions: 5 }],
    ['a{4,}', { atoms: 4, repetitions: 4 }],
    ['a{0}', { atoms: 1, repetitions: 0 }],
    ['a{3}b{2}', { atoms: 5, repetitions: 5 }],
    ['xa{3}', { atoms: 4, repetitions: 3 }],
    ['a{3}x', { atoms: 4, repetitions: 3 }],
    ['a{12}', { atoms: 12, repetitions: 12 }],
    ['(?:ab){3}', { atoms: 6, repetitions: 3 }],
    ['(ab){3}', { atoms: 6, repetitions: 3 }],
    ['(?P<n>ab){3}c{2}', { atoms: 8, repetitions: 5 }],
    ['(?<n>ab){3}', { atoms: 6, repetitions: 3 }],
    ['(?:a{10}){20}', { atoms: 200, repetitions: 200 }],
    ['(?:a{10}b){2}', { atoms: 22, repetitions: 20 }],
    ['(?:x(?:a{2}b{3}){4}){5}', { atoms: 105, repetitions: 100 }],
    ['(?:a{10}){0}', { atoms: 10, repetitions: 0 }],
    ['(a|b{2})c', { atoms: 4, repetitions: 2 }],
    ['a(?i){3}', { atoms: 3, repetitions: 3 }],
    ['a(?i:b){3}', { atoms: 4, repetitions: 3 }],
    ['\\Qab\\E{3}', { atoms: 4, repetitions: 3 }],
    ['\\Qab{3}', { atoms: 5, repetitions: 0 }],
    ['\\Qa\\Eb\\Qc', { atoms: 3, repetitions: 0 }],
    ['\\Q\\E{3}', { atoms: 0, repetitions: 3 }],
    ['[ab]{3}', { atoms: 3, repetitions: 3 }],
    ['[a{5}]', { atoms: 1, repetitions: 0 }],
    ['a\\{5}', { atoms: 4, repetitions: 0 }],
    ['a{007}', { atoms: 6, repetitions: 0 }],
    ['a{,2}', { atoms: 5, repetitions: 0 }],
    ['{', { atoms: 1, repetitions: 0 }],
    // None of these compiles, and each comes to no less than what stands in it.
    [')a{2}', { atoms: 2, repetitions: 2 }],
    ['b)a{2}', { atoms: 3, repetitions: 2 }],
    ['b){2}a', { atoms: 2, repetitions: 2 }],
    ['(a{2}', { atoms: 2, repetitions: 2 }],
    ['c(b(a{2}', { atoms: 4, repetitions: 2 }],
  ])('%s is %j', (source, size) => expect(new PatternText(source)).toMatchObject(size));

  it('is not looked into where the text is too long', () => {
    const { isTooLong, literal, atoms } = new PatternText('a'.repeat(1025));
    expect([isTooLong, literal, atoms]).toEqual([true, undefined, 0]);
    expect(new PatternText(`.${'a'.repeat(1023)}`)).toMatchObject({ isTooLong: false, atoms: 1024 });
  });
});

describe('the classes beyond ASCII of a pattern', () => {
  it.each([
    ['.', 0],
    ['ä+', 0],
    ['[a-z]', 0],
    ['[^a]', 0],
    ['[\\d]', 0],
    ['[\\x7f]', 0],
    ['[\\x{7f}]', 0],
    ['[\\x{007F}]', 0],
    ['[\\177]', 0],
    ['[\\7]', 0],
    ['[\u007f]', 0],
    ['[\u0080]', 1],
    ['[ä]', 1],
    ['[😀]', 1],
    ['[à-ü]', 1],
    ['[^à]', 1],
    ['[a-ü]', 1],
    ['[\\x80]', 1],
    ['[\\xfF]', 1],
    ['[\\x{80}]', 1],
    ['[\\x{10fff0}]', 1],
    ['[\\200]', 1],
    ['[\\377]', 1],
    ['\\p{L}', 1],
    ['\\PL', 1],
    ['\\\\pL+', 0],
    ['\\Q\\pL\\E+', 0],
    ['[\\p{L}]', 1],
    ['[\\PL\\pN_]', 2],
    ['[\\pLä]', 1],
    ['[^\\pL]', 1],
    ['[[:^alpha:]]', 0],
    ['\\pL{3}', 3],
    ['(?:\\pL[à-ü]){3}', 6],
    ['\\pL{0}', 1],
    ['(?i)\\pL+', 4],
    ['(?i:a)\\PL{2}', 8],
    ['(?i)[à]', 1],
  ])('%s are so many: %i', (source, wideClasses) => expect(new PatternText(source)).toMatchObject({ wideClasses }));
});

describe('the classes of a pattern that ignores case', () => {
  it.each<[string, { foldedRanges: number; foldsWideClasses: boolean }]>([
    ['[a-zA-Z]', { foldedRanges: 0, foldsWideClasses: false }],
    ['[à-ü]', { foldedRanges: 0, foldsWideClasses: false }],
    ['(?i)[a-zA-Z]', { foldedRanges: 2, foldsWideClasses: false }],
    ['(?i)[a-z][a-z]x-y', { foldedRanges: 2, foldsWideClasses: false }],
    ['(?i)[+-[]', { foldedRanges: 1, foldsWideClasses: false }],
    ['(?i)[]-a]', { foldedRanges: 1, foldsWideClasses: false }],
    ['(?i)[^]-a]', { foldedRanges: 1, foldsWideClasses: false }],
    ['(?i)[[:alpha:]a-z]', { foldedRanges: 1, foldsWideClasses: false }],
    ['(?i)[\\p{L}a-z]', { foldedRanges: 1, foldsWideClasses: true }],
    ['(?i)[^a-z]', { foldedRanges: 1, foldsWideClasses: false }],
    ['(?i)[a-][-b][a]', { foldedRanges: 0, foldsWideClasses: false }],
    ['(?i)[\\x41-\\x{5a}\\101-\\132]', { foldedRanges: 2, foldsWideClasses: false }],
    ['(?i)[äöü]', { foldedRanges: 0, foldsWideClasses: false }],
    ['(?i)[à-]', { foldedRanges: 0, foldsWideClasses: false }],
    ['(?i)\\pL', { foldedRanges: 0, foldsWideClasses: false }],
    ['(?i)[\\pL]', { foldedRanges: 0, foldsWideClasses: true }],
    ['(?i)[\\P{L}x]', { foldedRanges: 0, foldsWideClasses: true }],
    ['(?i)[[:alpha:]]', { foldedRanges: 0, foldsWideClasses: false }],
    ['(?i)[a-ü]', { foldedRanges: 1, foldsWideClasses: true }],
    ['(?i)[à-z]', { foldedRanges: 1, foldsWideClasses: true }],
    ['(?i)[ab][à-ü]', { foldedRanges: 1, foldsWideClasses: true }],
    ['[a-ü](?i)b', { foldedRanges: 1, foldsWideClasses: true }],
    ['[a-ü](?mis:b)', { foldedRanges: 1, foldsWideClasses: true }],
    ['[a-ü](?i-s:b)', { foldedRanges: 1, foldsWideClasses: true }],
    ['[a-ü](?-i:b)', { foldedRanges: 0, foldsWideClasses: false }],
    ['[a-ü](?s:b)', { foldedRanges: 0, foldsWideClasses: false }],
    ['[a-ü](?P<i>b)', { foldedRanges: 0, foldsWideClasses: false }],
    ['[a-ü]\\(?i)', { foldedRanges: 0, foldsWideClasses: false }],
    ['[a-ü]\\Q(?i:', { foldedRanges: 0, foldsWideClasses: false }],
    ['[(?i)a-ü]', { foldedRanges: 0, foldsWideClasses: false }],
    ['[a-ü]\\Q(?i)\\E', { foldedRanges: 0, foldsWideClasses: false }],
  ])('%s come to %j', (source, folded) => expect(new PatternText(source)).toMatchObject(folded));
});
