import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import {
  isLongerThan,
  matchLiteral,
  MatchingSteps,
  matchWhole,
  type MatchingResult,
} from '../../../src/domain/pattern-matching.ts';
import { OPERATION, type Automaton, type AutomatonInstruction } from '../../../src/domain/automaton.ts';
import { Pattern } from '../../../src/domain/pattern.ts';

const ATOMS = ['a', 'b', '.', '\\.', '-', '/', '[ab]', '[^a]', '(?i:K)', '\\d', '\\W', '\n', 'é', '😀', '\\b'];
const ASSERTIONS = ['^', '$', '\\A', '\\z', '\\b', '\\B', '(?m:^)', '(?m:$)', '(?s:.)'];
const REPETITIONS = ['', '', '', '*', '+', '?', '*?', '+?', '{2}', '{1,3}', '{2,}', '{0}'];

const repeated = (atom: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(atom, fc.constantFrom(...REPETITIONS)).map((parts) => parts.join(''));
const alternatives = (piece: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .array(fc.array(piece, { maxLength: 4 }), { minLength: 1, maxLength: 3 })
    .map((branches) => branches.map((pieces) => pieces.join('')).join('|'));
const atom = fc.constantFrom(...ATOMS, ...ASSERTIONS);
const group = alternatives(repeated(atom)).map((inner) => `(?:${inner})`);
const source = alternatives(repeated(fc.oneof(atom, group)));
const text = fc
  .array(fc.constantFrom('a', 'b', 'K', 'k', '\u212a', '.', '-', '/', '\n', '_', '7', 'é', '😀', '\ud800'), {
    maxLength: 8,
  })
  .map((characters) => characters.join(''));

/** As octo-sts would write it, on the library's own engine. */
function byTheLibrary(pattern: string): RE2JS | undefined {
  try {
    RE2JS.compile(pattern);
    return RE2JS.compile(`^(?:${pattern})$`);
  } catch {
    return undefined;
  }
}

function compiled(source: string): Pattern {
  const result = Pattern.compile(source);
  if (result.kind === 'refused') throw new Error(result.reason);
  return result.pattern;
}

describe('the conditions of an assertion', () => {
  it.each([
    [String.raw`x\b.`, '/:@[^`{é-. ', '09AZ_azmM5'],
    [String.raw`.\b.x`, ['/a', '9/', 'é_'], ['//', 'ab', '_9', 'éé']],
    [String.raw`x\B.`, '09AZ_azmM5', '/:@[^`{é-. '],
  ] as const)('of %s hold for ASCII’s letters, digits and the underscore alone', (source, taken, refused) => {
    const asText = (one: string): string => (source.startsWith('x') ? `x${one}` : `${one}x`);
    expect(Array.from(taken).filter((one) => !compiled(source).matches(asText(one)))).toEqual([]);
    expect(Array.from(refused).filter((one) => compiled(source).matches(asText(one)))).toEqual([]);
  });

  it.each([
    ['(?m)^a$', ['a'], ['\na', 'a\n']],
    ['(?m)a$\n^b', ['a\nb'], ['ab', 'a\n\nb']],
    ['(?m)a^\nb', [], ['a\nb']],
    ['(?m)a\n$b', [], ['a\nb']],
    ['(?ms)a.^b', ['a\nb'], ['axb']],
    ['(?ms)a$.b', ['a\nb'], ['axb']],
    ['a\\A|\\Ab', ['b'], ['a']],
    ['a\\z|\\zb', ['a'], ['b']],
    ['a^\n', [], ['a\n']],
    ['\n$a', [], ['\na']],
    ['\\b', [], ['']],
    ['\\B', [''], []],
    ['(?m)^$', [''], ['\n']],
  ])('%j takes %j and not %j', (source, taken, refused) => {
    expect(taken.filter((text) => !compiled(source).matches(text))).toEqual([]);
    expect(refused.filter((text) => compiled(source).matches(text))).toEqual([]);
  });
});

describe('a character', () => {
  it.each(['\uffff', '\ue000', '\u{10000}', '\u{10ffff}', '\ud800'])(
    'is one, whatever it takes of a string: %j',
    (one) => {
      expect(compiled('(?s).').matches(one)).toBe(true);
      expect(compiled('(?s).a').matches(`${one}a`)).toBe(true);
      expect(compiled('(?s)..').matches(one)).toBe(false);
    },
  );
});

describe('a control character', () => {
  it.each([0, 1, 0x1f, 0x7f].map((one) => String.fromCharCode(one)))(
    'is a character like others, and ends no text: %j',
    (one) => {
      expect(compiled('[a]').matches(`a${one}`)).toBe(false);
      expect(compiled('[a]').matches(`${one}a`)).toBe(false);
      expect(compiled('(?s)[a]$.').matches(`a${one}`)).toBe(false);
      expect(compiled('(?s).^[a]').matches(`${one}a`)).toBe(false);
      expect(compiled('(?s)[a].').matches(`a${one}`)).toBe(true);
    },
  );
});

describe('the steps of a judgement', () => {
  const needed = (match: (steps: MatchingSteps) => MatchingResult): readonly [number, MatchingResult] => {
    for (let most = 0; most < 1000; most += 1) {
      const result = match(new MatchingSteps(most));
      if (result !== 'too-costly') return [most, result];
    }
    return [1000, 'too-costly'];
  };

  it('are spent once what is left is less than nothing', () => {
    const steps = new MatchingSteps(10);
    expect([steps.spend(10), steps.areSpent, steps.spend(1), steps.areSpent]).toEqual([true, false, false, true]);
    expect(new MatchingSteps().spend(100_000)).toBe(true);
    expect(new MatchingSteps().spend(100_001)).toBe(false);
  });

  it.each<[string, readonly string[], number, MatchingResult]>([
    ['[ab]', [''], 8 + 1, 'unmatched'],
    ['[ab]', ['c'], 8 + 1, 'unmatched'],
    ['[ab]', ['a'], 8 + 1 + 1, 'matched'],
    // Nothing follows on the first character, so the others are not looked at.
    ['[ab]', ['abcdefgh'], 8 + 1 + 1, 'unmatched'],
    ['[ab]', ['c', 'd', 'a'], 3 * (8 + 1) + 1, 'matched'],
    ['[ab]', ['a', 'c', 'd'], 8 + 1 + 1, 'matched'],
    ['[ab]*', [''], 8 + 3, 'matched'],
    ['[ab]*', ['abab'], 8 + 5 * 3, 'matched'],
    ['[ab]*c', ['ab'], 8 + 3 * 3, 'unmatched'],
    ['(a|[bc])+', ['ab'], 8 + 2 + 2 * 5, 'matched'],
    ['(?:a?){3}', ['aa'], 8 + 7 + 5 + 3, 'matched'],
    [String.raw`\ba`, ['a'], 8 + 2 + 1, 'matched'],
    [String.raw`\Ba`, ['a'], 8 + 1, 'unmatched'],
    ['.*[x]', ['aaa'], 8 + 4 * 3, 'unmatched'],
  ])('of %s on %j are one for each instruction that a place reaches, and eight a text', (source, texts, most, result) =>
    expect(needed((steps) => matchWhole(compiled(source).automaton, texts, steps))).toEqual([most, result]),
  );

  it('of a plain text are eight for each one', () => {
    expect(needed((steps) => matchLiteral('a', ['a'], steps))).toEqual([8, 'matched']);
    expect(needed((steps) => matchLiteral('a', ['b', 'c'], steps))).toEqual([16, 'unmatched']);
    expect(needed((steps) => matchLiteral('a', [], steps))).toEqual([0, 'unmatched']);
  });

  it('are not spent on a text that is too long, which is told where nothing else matches', () => {
    const long = 'a'.repeat(1001);
    const automaton = compiled('[ab]*').automaton;
    expect(needed((steps) => matchWhole(automaton, [long], steps))).toEqual([8, 'too-long']);
    expect(needed((steps) => matchWhole(automaton, [long, 'c'], steps))).toEqual([8 + 8 + 3, 'too-long']);
    expect(needed((steps) => matchWhole(automaton, [long, ''], steps))).toEqual([8 + 8 + 3, 'matched']);
    expect(matchWhole(automaton, ['a'.repeat(1000)], new MatchingSteps())).toBe('matched');
    expect(matchLiteral(long, [long], new MatchingSteps())).toBe('too-long');
  });
});

describe('a text that is longer than so many characters', () => {
  it.each([
    ['', 0, false],
    ['a', 0, true],
    ['ab', 2, false],
    ['abc', 2, true],
    ['😀😀', 2, false],
    ['😀a', 2, false],
    ['😀ab', 2, true],
    ['😀😀a', 2, true],
    ['😀😀😀', 2, true],
  ])('%j, %i: %s', (text, characters, isLonger) => expect(isLongerThan(text, characters)).toBe(isLonger));
});

describe('an instruction that is not known', () => {
  const instruction = (op: number, out = 0): AutomatonInstruction => ({
    op,
    out,
    arg: out,
    runes: [],
    matchRune: () => true,
  });
  const program = (...instructions: readonly AutomatonInstruction[]): Automaton => ({
    start: 0,
    numInst: () => instructions.length,
    getInst: (pc) => instructions[pc] ?? instruction(OPERATION.fail),
  });

  it.each([99, OPERATION.fail])('leads nowhere, so that nothing matches by it: %i', (op) => {
    const automaton = program(instruction(op, 1), instruction(OPERATION.match));
    expect(matchWhole(automaton, ['', 'a'], new MatchingSteps())).toBe('unmatched');
  });

  it.each([OPERATION.nothing, OPERATION.capture, OPERATION.alternative, OPERATION.alternativeMatch])(
    'is none of those that lead on without a character: %i',
    (op) => {
      const automaton = program(instruction(op, 1), instruction(OPERATION.match));
      expect(matchWhole(automaton, [''], new MatchingSteps())).toBe('matched');
      expect(matchWhole(automaton, ['a'], new MatchingSteps())).toBe('unmatched');
    },
  );

  it.each([OPERATION.rune, OPERATION.oneRune, OPERATION.anyRune, OPERATION.anyRuneNotNewline])(
    'is none of those that take one: %i',
    (op) => {
      const automaton = program(instruction(op, 1), instruction(OPERATION.match));
      expect(matchWhole(automaton, ['a'], new MatchingSteps())).toBe('matched');
      expect(matchWhole(automaton, [''], new MatchingSteps())).toBe('unmatched');
    },
  );
});

describe('matching a whole value', () => {
  it('comes to what the library’s own engine comes to on the pattern in a group, for any pattern and value', () => {
    fc.assert(
      fc.property(source, fc.array(text, { minLength: 1, maxLength: 4 }), (pattern, values) => {
        const result = Pattern.compile(pattern);
        if (result.kind === 'refused' && result.reason.includes('more than')) return;
        const expected = byTheLibrary(pattern);
        expect(result.kind).toBe(expected === undefined ? 'refused' : 'compiled');
        if (result.kind === 'refused') return;
        expect(values.map((value) => result.pattern.matches(value))).toEqual(
          values.map((value) => expected?.test(value)),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('counts as many instructions as the pattern in a group compiles to, where it is plain', () => {
    const plain = fc.array(fc.constantFrom('a', '😀', ' ', '/', '\\.', '\\\\', '"', '\\-', '{'), { minLength: 1 });
    fc.assert(
      fc.property(plain, (parts) => {
        const pattern = parts.join('');
        const result = Pattern.compile(pattern);
        const size = RE2JS.compile(`^(?:${pattern})$`).programSize();
        expect(result).toMatchObject({ kind: 'compiled', pattern: { instructions: size } });
        if (result.kind === 'compiled') expect(result.pattern.automaton.numInst() + 2).toBe(size);
      }),
    );
  });

  it.each([
    ['a\\.b', 'a.b', 'axb'],
    ['a b', 'a b', 'a  b'],
    ['\\\\d', '\\d', '7'],
    ['\\^a\\$', '^a$', 'a'],
  ])('takes the plain pattern %s as its one text', (pattern, value, other) => {
    const result = Pattern.compile(pattern);
    if (result.kind === 'refused') throw new Error(result.reason);
    expect(result.pattern.matches(value)).toBe(true);
    expect(result.pattern.matches(other)).toBe(false);
  });
});
