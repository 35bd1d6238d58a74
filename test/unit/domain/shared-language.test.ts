import { describe, expect, it } from '@jest/globals';
import { OPERATION, type Automaton, type AutomatonInstruction } from '../../../src/domain/automaton.ts';
import { MatchingSteps } from '../../../src/domain/pattern-matching.ts';
import { Pattern } from '../../../src/domain/pattern.ts';
import { shareAText } from '../../../src/domain/shared-language.ts';

function automaton(source: string) {
  const result = Pattern.compile(source);
  if (result.kind === 'refused') throw new Error(result.reason);
  return result.pattern.automaton;
}

const share = (one: string, other: string): readonly boolean[] => [
  shareAText(automaton(one), automaton(other)),
  shareAText(automaton(other), automaton(one)),
];

describe('two patterns', () => {
  it.each([
    ['a', 'a'],
    ['a+', '(aa)*'],
    ['.*', '.*'],
    ['.', '[^/]'],
    ['(?i)k', '\u212a'],
    ['(?i)abc', 'ABC'],
    ['[a-f]+', '[f-z]+'],
    ['x(a|b)*y', 'xabbay'],
    ['^a$', 'a'],
    ['(?:(?:^|:)a)+', 'a:a'],
    ['(?s).', '\\n'],
    ['\\p{L}+', 'é'],
    ['', 'a?'],
    ['(?:$|)b', 'b'],
    ['(?:|$)b', 'b'],
    ['a(?:$|b)', 'a'],
    ['a$', 'a'],
    ['(?i)s', '\u017f'],
    ['(?i)é', 'É'],
    ['(?i)a', 'A'],
    ['(?i)x', '[U-Z]'],
    ['(?i)x', '[u-z]'],
    ['(?i)k', '[\u2120-\u2130]'],
    ['(?i)s', '[\u0170-\u0180]'],
    // Characters of three cases, of which JavaScript tells two.
    ['(?i)\u00b5', '[\u03bb-\u03bd]'],
    ['(?i)å', '[\u212a-\u212c]'],
    ['(?i)éa', '.A'],
    ['$', ''],
    ['abcdefghijklmnop', '[a-p]+'],
    ['[a-cx-z]', 'x'],
    ['[a-cx-z]', '[w-y]'],
    ['(?s).', '[^a]'],
    ['(?s)a.', 'a[\\n]'],
    ['\\ba', 'a'],
    ['a\\b', 'a'],
    ['😀', '[😀-😂]'],
    ['(a)(b)', 'a(?:b|c)'],
  ])('share a text: %s and %s', (one, other) => expect(share(one, other)).toEqual([true, true]));

  it.each([
    ['a', 'b'],
    ['a+', '(ba)*b'],
    ['[a-e]+', '[f-z]+'],
    ['(aa)+', 'a(aa)*'],
    ['.', '\\n'],
    ['(?:(?:^|:)a)+', 'aa'],
    ['a^b', 'ab'],
    ['a$b', 'ab'],
    ['a$', 'ab'],
    ['[^:]+', 'a:b'],
    ['repo:[^:]+:ref:refs/(?:heads|tags)/.+', 'repo:acme/app:ref:main'],
    ['', 'a'],
    ['(?:$)b', 'b'],
    ['a(?:^)b', 'ab'],
    ['[a-cx-z]', '[d-w]'],
    ['a', 'A'],
    ['(?i)k', 's'],
    ['(?i)k', '[l-z]'],
    ['(?i)éa', '.b'],
    ['(?i)é', 'aa'],
    ['(?i)é', ''],
    ['é', 'a'],
    ['[à-ü]', 'a'],
    ['[^\\x00-\\x7f]+', '[a-z]+'],
    ['(?:a|b*)*', 'c'],
    ['é', 'É'],
    ['[^\\x00-\\x{10FFFF}]', 'a'],
    ['[^\\x00-\\x{10FFFF}]', ''],
    ['a$.', 'ab'],
  ])('share none: %s and %s', (one, other) => expect(share(one, other)).toEqual([false, false]));

  it('may both go on either way at an alternative, whichever of the two kinds it is', () => {
    const instruction = (op: number, out = 0, arg = 0, runes: readonly number[] = []): AutomatonInstruction => ({
      op,
      out,
      arg,
      runes,
      matchRune: (rune) => runes.includes(rune),
    });
    for (const op of [OPERATION.alternative, OPERATION.alternativeMatch]) {
      const program = [
        instruction(OPERATION.fail),
        instruction(op, 2, 3),
        instruction(OPERATION.oneRune, 3, 0, [0x61]),
        instruction(OPERATION.match),
      ];
      const optional: Automaton = {
        start: 1,
        numInst: () => program.length,
        getInst: (pc) => program[pc] ?? instruction(OPERATION.fail),
      };
      expect(['a', '', 'b'].map((one) => shareAText(optional, automaton(one)))).toEqual([true, true, false]);
    }
  });

  it('are said to share one where it would take too long to tell', () => {
    expect(share('(?:a?b?){300}c', '(?:a?b?){300}d')).toEqual([true, true]);
  });

  it.each([
    ['a', 'b', 4],
    ['ab', 'ac', 8],
    ['[a-e]+', '[f-z]+', 4],
    ['[a-cx-z]', '[d-w]', 5],
    ['a$b', 'ab', 7],
    ['', 'a', 5],
    ['a+', '(ba)*b', 9],
    ['(aa)+', 'a(aa)*', 31],
    ['(?:a?){3}b', '(?:a?){3}c', 100],
    ['[^\\x00-\\x{10FFFF}]', 'b', 2],
  ])('%s and %s are told apart in %i steps, and in no fewer', (one, other, steps) => {
    const answer = (most: number): boolean => shareAText(automaton(one), automaton(other), new MatchingSteps(most));
    expect([answer(steps), answer(steps - 1)]).toEqual([false, true]);
  });
});
