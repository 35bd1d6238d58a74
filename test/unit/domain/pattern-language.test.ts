import { describe, expect, it } from '@jest/globals';
import { admits, ANYTHING, type TextPart } from '../../../src/domain/pattern-language.ts';
import { Pattern } from '../../../src/domain/pattern.ts';

const PULL_REQUEST: readonly TextPart[] = ['repo:', { anyExcept: ':' }, ':pull_request'];

function language(source: string, parts: readonly TextPart[]): boolean {
  const result = Pattern.compile(source);
  if (result.kind === 'refused') throw new Error(result.reason);
  return admits(result.pattern.automaton, parts);
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
