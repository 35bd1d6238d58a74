import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RE2JS } from 're2js';
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
