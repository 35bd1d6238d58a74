import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { admission, admitsOnly, ANYTHING, type TextPart } from '../../../src/domain/pattern-language.ts';
import { OPERATION, type Automaton, type AutomatonInstruction } from '../../../src/domain/automaton.ts';
import { MatchingSteps } from '../../../src/domain/pattern-matching.ts';
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

  it.each<[string, readonly TextPart[], boolean]>([
    ['', [], true],
    ['a', [], false],
    ['', [ANYTHING], true],
    ['(a)(b|c)', ['ac'], true],
    ['(a)(b|c)', ['ad'], false],
    ['x😀y', ['x😀y'], true],
    ['x.y', ['x😀y'], true],
    ['x😀+', ['x', { anyExcept: '😀' }], false],
    ['x😀*', ['x', { anyExcept: '😀' }], true],
    ['(?i)a+', [{ anyExcept: 'a' }], true],
    ['[ab]+', [{ anyExcept: 'a' }], true],
    ['[a]+', [{ anyExcept: 'a' }], false],
    ['^a$', ['a'], true],
    ['\\ba\\b', ['a'], true],
    ['(?:a|)*b', [ANYTHING, 'b'], true],
    ['.+', ['\n'], false],
    ['(?s).+', ['\n'], true],
    ['a.b', ['a', ANYTHING, 'b'], true],
    ['(?s)a.b', ['a', ANYTHING, 'b'], true],
    ['a.b', ['a', { anyExcept: 'x' }, 'b'], true],
  ])('%s admits %j: %s', (source, parts, isAdmitted) => expect(language(source, parts)).toBe(isAdmitted));
});

describe('the steps of a judgement on a pattern', () => {
  const automaton = (source: string) => {
    const result = Pattern.compile(source);
    if (result.kind === 'refused') throw new Error(result.reason);
    return result.pattern.automaton;
  };

  it.each<[string, readonly TextPart[], number]>([
    ['a', ['b'], 2],
    ['a', ['a'], 3],
    ['x', [ANYTHING], 5],
    ['.*', [ANYTHING], 9],
    ['a*', [{ anyExcept: 'a' }], 9],
    ['[ab]*c', ['ab'], 15],
    ['repo:.*', ['repo:', { anyExcept: ':' }, ':x'], 31],
  ])('%s on %j are so many: %i', (source, parts, steps) => {
    const answer = (most: number) => admission(automaton(source), parts, new MatchingSteps(most));
    expect([answer(steps), answer(steps - 1)]).toEqual([answer(100_000), 'too-costly']);
  });

  it.each([
    ['a', ['a'], 5],
    ['a|b', ['a', 'b'], 9],
    ['[ab]c', ['ac', 'bc'], 15],
    ['https://a\\.example', ['https://a.example'], 53],
    // Where nothing is left of the pattern, what is left of the text is not looked at.
    ['a', ['a', 'bbbb'], 7],
  ])('%s on none but %j are so many: %i', (source, texts, steps) => {
    const answer = (most: number) => admitsOnly(automaton(source), texts, new MatchingSteps(most));
    expect([answer(steps), answer(steps - 1)]).toEqual([true, false]);
  });
});

describe('an automaton that admits none but these texts', () => {
  const instruction = (op: number, runes: readonly number[], takes: (rune: number) => boolean) => ({
    op,
    out: 2,
    arg: 0,
    runes,
    matchRune: takes,
  });
  const ending = (first: AutomatonInstruction): Automaton => {
    const [fail, end] = [OPERATION.fail, OPERATION.match].map((op) => instruction(op, [], () => false));
    return { start: 1, numInst: () => 3, getInst: (pc) => [fail, first, end][pc] ?? first };
  };

  it('has no instruction that is not known', () => {
    for (const [op, isSo] of [
      [OPERATION.oneRune, true],
      [99, false],
    ] as const) {
      expect(admitsOnly(ending(instruction(op, [0x61], (rune) => rune === 0x61)), ['a'])).toBe(isSo);
      expect(admitsOnly(ending(instruction(op, [], () => false)), ['a'])).toBe(isSo);
    }
  });

  it('has not each of its characters tried where there are more than texts', () => {
    let tried = 0;
    const takes = (): boolean => {
      tried += 1;
      return true;
    };
    expect(admitsOnly(ending(instruction(OPERATION.rune, [0, 0x10ffff], takes)), ['a', 'b'])).toBe(false);
    expect(tried).toBeLessThan(10);
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

  it.each<[string, readonly string[], boolean]>([
    ['', [''], true],
    ['', ['a'], false],
    ['a?', ['', 'a'], true],
    ['a?', ['a'], false],
    ['ab|ac', ['ab', 'ac', 'ad'], true],
    ['ab|ac', ['ab', 'bc'], false],
    ['a[bc]', ['ab', 'ac'], true],
    ['a[b-d]', ['ab', 'ac', 'ad'], true],
    ['a[b-e]', ['ab', 'ac', 'ad'], false],
    ['[ac]', ['a', 'b', 'c'], true],
    ['[ac]', ['a', 'b'], false],
    ['x😀', ['x😀'], true],
    ['x😀', ['x😁'], false],
    ['(?i)é', ['é', 'É'], true],
    ['(?i)é', ['é'], false],
    ['(?i)s', ['s', 'S', '\u017f'], true],
    ['(?i)x', ['x', 'X'], true],
    ['(?i)x', ['X'], false],
    ['(?i)ÿ', ['ÿ', '\u0178'], true],
    ['(?i)ÿ', ['ÿ'], false],
    ['a(?:b[^\\x00-\\x{10FFFF}]|c)', ['ab', 'ac'], true],
    ['.', ['a'], false],
    ['(?s).', ['a'], false],
    ['a*', ['', 'a', 'aa'], false],
    ['(a)(b)', ['ab'], true],
    ['a\\b', ['a'], true],
  ])('%s, of %j: %s', (source, texts, isSo) => expect(only(source, texts)).toBe(isSo));

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
