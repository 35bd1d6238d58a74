import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { admission, admitsOnly, ANYTHING, type TextPart } from '../../../src/domain/pattern-language.ts';
import { Pattern } from '../../../src/domain/pattern.ts';

const PULL_REQUEST: readonly TextPart[] = ['repo:', { anyExcept: ':' }, ':pull_request'];

function language(source: string, parts: readonly TextPart[]): boolean {
  const result = Pattern.compile(source);
  if (result.kind === 'refused') throw new Error(result.reason);
  return admission(result.pattern.automaton, parts) === 'admitted';
}

describe('a pattern', () => {
  it.each([
    '.*',
    'repo:.*',
    'repo:o/r:.+',
    'repo:o/[^:]+:pull_request',
    'repo:o/r:(ref:.*|pull_request)',
    '(?i)REPO:O/R:PULL_REQUEST',
    'repo:o/r:[a-z_]+',
    '[^x]+',
  ])('%s admits pull requests', (source) => expect(language(source, PULL_REQUEST)).toBe(true));

  it.each([
    'repo:o/r:ref:.*',
    'repo:o/r:[a-z]+',
    'repo:o/r',
    'x.*',
    'repo:o/r:pull_request_target',
    'REPO:.*',
    'repo::o:pull_request',
    'repo:o/r:environment:[^:]+',
  ])('%s admits none', (source) => expect(language(source, PULL_REQUEST)).toBe(false));

  it('admits a text of literal parts exactly if it matches it', () => {
    for (const source of ['a+b?', '(?:ab|a)*', '[^b]+', 'a.b', '']) {
      const result = Pattern.compile(source);
      const pattern = result.kind === 'compiled' ? result.pattern : undefined;
      for (const text of ['', 'a', 'ab', 'aab', 'aba', 'b', 'axb', 'a\nb', '😀']) {
        expect({ source, text, admits: language(source, [text]) }).toEqual({
          source,
          text,
          admits: pattern?.matches(text),
        });
      }
    }
  });

  it('admits anything, or something but one character', () => {
    expect(language('a+', [ANYTHING])).toBe(true);
    expect(language('a+', [{ anyExcept: 'a' }])).toBe(false);
    expect(language('a*', [{ anyExcept: 'a' }])).toBe(true);
    expect(language('[^\\x00-\\x{10FFFF}]', [ANYTHING])).toBe(false);
  });
});

describe('a pattern that admits none but these texts', () => {
  const TEXTS = ['https://a.example', 'https://b.example', 'https://k.example'];
  const only = (source: string, texts: readonly string[] = TEXTS): boolean => {
    const result = Pattern.compile(source);
    if (result.kind === 'refused') throw new Error(result.reason);
    return admitsOnly(result.pattern.automaton, texts);
  };

  it.each([
    'https://a\\.example',
    '^https://(a|b)\\.example$',
    'https://[ab]\\.example',
    '(?:https://a\\.example|https://b\\.example)',
    'https://a\\.exampl(?:e)',
    '\\Qhttps://a.example\\E',
    'https://[abk][.]example',
  ])('is %s', (source) => expect(only(source)).toBe(true));

  it.each([
    'https://a.example',
    'https://[a-c]\\.example',
    'https://a\\.examples?',
    'https://a\\.exampl',
    '.*',
    '',
    '(?i)https://a\\.example',
    'https://(?i:k)\\.example',
    'https://a\\.example(/.*)?',
    'https://[^c]\\.example',
    'https://(a|b|)\\.example',
    '(?s).{17}',
    'https?://a\\.example',
  ])('is not %s', (source) => expect(only(source)).toBe(false));

  it('is the one in every case where all cases are listed', () => {
    expect(only('(?i)k', ['k', 'K', '\u212a'])).toBe(true);
    expect(only('(?i)k', ['k', 'K'])).toBe(false);
    expect(only('(?i)s', ['s', 'S'])).toBe(false);
    expect(only('(?i)7', ['7'])).toBe(true);
  });

  it('is none where no text may be admitted, but one that admits nothing', () => {
    expect(only('a', [])).toBe(false);
    expect(only('[^\\x00-\\x{10FFFF}]', [])).toBe(true);
  });

  it('never is one that matches another text: held against the engine', () => {
    const part = fc.constantFrom('a', 'b', '[ab]', '.', 'a?', '(a|b)', 'b{2}', '|', '^', '(?i)', 'k', 'a*', '$');
    const texts = ['a', 'b', 'ab', 'bb', 'k', ''];
    const others = ['A', 'K', '\u212a', 'c', 'aa', 'abb', 'ba', 'kk', 'aab', 'bbb'];
    const check = (parts: readonly string[], chosen: readonly string[]): void => {
      const result = Pattern.compile(parts.join(''));
      if (result.kind === 'refused' || !admitsOnly(result.pattern.automaton, chosen)) return;
      const matched = [...texts, ...others].filter((text) => result.pattern.matches(text));
      expect(chosen).toEqual(expect.arrayContaining(matched));
    };
    const properties = fc.property(fc.array(part, { maxLength: 5 }), fc.subarray(texts), check);
    fc.assert(properties, { seed: 15, numRuns: 5000 });
  });
});
