import { describe, expect, it } from '@jest/globals';
import {
  literalAutomaton,
  OPERATION,
  takesOnly,
  takesRune,
  type Automaton,
  type AutomatonInstruction,
} from '../../../src/domain/automaton.ts';
import { CONDITION } from '../../../src/domain/pattern-matching.ts';
import { RE2JS } from 're2js';
import { Pattern } from '../../../src/domain/pattern.ts';

const NAMES = new Map<number, string>(Object.entries(OPERATION).map(([name, op]) => [op, name]));
const SLASH = 0x2f;

function instructions(source: string): readonly AutomatonInstruction[] {
  const result = Pattern.compile(source);
  if (result.kind === 'refused') throw new Error(result.reason);
  const { automaton } = result.pattern;
  return Array.from({ length: automaton.numInst() }, (_, pc) => automaton.getInst(pc));
}

const operations = (source: string): readonly (string | undefined)[] =>
  instructions(source).map(({ op }) => NAMES.get(op));

/** re2js does not export its program. If one of these fails, a new version numbers or shapes instructions differently. */
describe('the program of the pinned re2js', () => {
  it('numbers its operations as we do', () => {
    expect(operations('a')).toEqual(['fail', 'oneRune', 'match']);
    expect(operations('(a)')).toEqual(['fail', 'capture', 'oneRune', 'capture', 'match']);
    expect(operations('[ab]')).toEqual(['fail', 'rune', 'match']);
    expect(operations('.')).toEqual(['fail', 'anyRuneNotNewline', 'match']);
    expect(operations('(?s).')).toEqual(['fail', 'anyRune', 'match']);
    expect(operations('ab|cd')).toContain('alternative');
  });

  it('numbers the conditions of an empty width as we do', () => {
    const condition = (source: string): unknown =>
      instructions(source)
        .filter(({ op }) => op === OPERATION.emptyWidth)
        .map(({ arg }) => arg);
    expect(condition('(?m)^')).toEqual([CONDITION.lineBegin]);
    expect(condition('(?m)$')).toEqual([CONDITION.lineEnd]);
    expect(condition('^')).toEqual([CONDITION.textBegin]);
    expect(condition('$')).toEqual([CONDITION.textEnd]);
    expect(condition('\\b')).toEqual([CONDITION.wordBoundary]);
    expect(condition('\\B')).toEqual([CONDITION.noWordBoundary]);
  });

  it('leads from its start over out and arg to the match', () => {
    const result = Pattern.compile('a|bc');
    if (result.kind === 'refused') throw new Error(result.reason);
    const { automaton } = result.pattern;
    const reached = new Set<number>();
    const pending = [automaton.start];
    for (let pc = pending.pop(); pc !== undefined; pc = pending.pop()) {
      if (reached.has(pc)) continue;
      reached.add(pc);
      const { op, out, arg } = automaton.getInst(pc);
      if (op !== OPERATION.match) pending.push(out, ...(op === OPERATION.alternative ? [arg] : []));
    }
    expect([...reached].some((pc) => automaton.getInst(pc).op === OPERATION.match)).toBe(true);
    expect(reached.has(0)).toBe(false);
  });

  it('holds one rune, or pairs of first and last', () => {
    const runes = (source: string): readonly (readonly number[])[] =>
      instructions(source)
        .filter(({ runes }) => runes.length > 0)
        .map(({ runes }) => Array.from(runes));
    expect(runes('/')).toEqual([[SLASH]]);
    expect(runes('[.-0]')).toEqual([[0x2e, 0x30]]);
    expect(runes('[a-cx]')).toEqual([[0x61, 0x63, 0x78, 0x78]]);
    expect(runes('.')).toEqual([[0, 0x09, 0x0b, 0x10ffff]]);
    expect(runes('(?s).')).toEqual([[0, 0x10ffff]]);
  });

  it('holds the first of a character’s cases where all are taken, as the one kind of single rune', () => {
    const single = (source: string): readonly unknown[] =>
      instructions(source)
        .filter(({ runes }) => runes.length > 0)
        .map(({ op, runes }) => [NAMES.get(op), ...Array.from(runes, (rune) => String.fromCodePoint(rune))]);
    expect(single('(?i)kK')).toEqual([
      ['rune', 'K'],
      ['rune', 'K'],
    ]);
    expect(single('(?i)é')).toEqual([['rune', 'É']]);
    expect(single('(?i)7')).toEqual([['oneRune', '7']]);
    expect(single('k')).toEqual([['oneRune', 'k']]);
  });
});

describe('an instruction', () => {
  const consuming = (source: string): AutomatonInstruction => {
    const found = instructions(source).find(({ op }) => op >= OPERATION.rune);
    if (found === undefined) throw new Error(`${source} takes no character`);
    return found;
  };

  it.each(['/', '\\/', '\\x2f', '\\x{2F}', '\\057', '[/]', '[/-/]', '\\Q/\\E', '(?i)/', '(?i:[/])'])(
    'of %s takes a slash and nothing else',
    (source) => {
      expect(takesRune(consuming(source), SLASH)).toBe(true);
      expect(takesOnly(consuming(source), SLASH)).toBe(true);
    },
  );

  it.each([
    '.',
    '(?s).',
    '[^a]',
    '\\S',
    '\\D',
    '\\W',
    '\\PL',
    '[.-0]',
    '[/a]',
    '[[:punct:]]',
    '[[:graph:]]',
    '[[:ascii:]]',
    '\\pP',
    '\\p{Po}',
    '[^\\n]',
    '(?i)[+-k]',
  ])('of %s takes a slash among others', (source) => {
    expect(takesRune(consuming(source), SLASH)).toBe(true);
    expect(takesOnly(consuming(source), SLASH)).toBe(false);
  });

  it.each(['a', '[^/]', '\\w', '\\d', '[a-z.]', '\\pL', '(?i)k', '[0-9-.]'])('of %s takes no slash', (source) =>
    expect(takesRune(consuming(source), SLASH)).toBe(false),
  );

  it('takes both cases where the case is ignored, and the Kelvin sign for a k', () => {
    expect([0x6b, 0x4b, 0x212a].map((rune) => takesRune(consuming('(?i)k'), rune))).toEqual([true, true, true]);
    expect([0x6b, 0x4b, 0x212a].map((rune) => takesRune(consuming('k'), rune))).toEqual([true, false, false]);
  });

  it('of any character takes no line break where the dot takes none', () => {
    expect([0x0a, 0x0d, 0x2028].map((rune) => takesRune(consuming('.'), rune))).toEqual([false, true, true]);
    expect(takesRune(consuming('(?s).'), 0x0a)).toBe(true);
  });

  it.each([
    ['one range of it', OPERATION.rune, [SLASH, SLASH], true],
    ['two ranges of it', OPERATION.rune, [SLASH, SLASH, SLASH, SLASH], true],
    ['it alone', OPERATION.oneRune, [SLASH], true],
    ['a range that ends beyond it', OPERATION.rune, [SLASH, SLASH + 1], false],
    ['nothing', OPERATION.rune, [], false],
    ['it, in an instruction that is not known', 99, [SLASH], false],
    ['it, in an instruction for any character', OPERATION.anyRune, [SLASH], false],
  ])('takes a character and nothing else where it lists %s', (_, op, runes, isSo) => {
    expect(takesOnly({ op, out: 0, arg: 0, runes, matchRune: () => true }, SLASH)).toBe(isSo);
  });

  it('that is not known takes everything', () => {
    const unknown = { op: 99, out: 0, arg: 0, runes: [], matchRune: () => false };
    expect(takesRune(unknown, SLASH)).toBe(true);
    expect(takesOnly(unknown, SLASH)).toBe(false);
  });
});

describe('the automaton of a plain text', () => {
  const shape = (automaton: Automaton): unknown => [
    automaton.start,
    Array.from({ length: automaton.numInst() }, (_, pc) => {
      const { op, out, arg, runes } = automaton.getInst(pc);
      const isFail = op === OPERATION.fail;
      return isFail ? [op] : [op, out, arg, Array.from(runes)];
    }),
  ];

  it.each(['a', 'a/b', 'grün 😀'])('is what re2js compiles %s to', (text) =>
    expect(shape(literalAutomaton(text))).toEqual(shape(RE2JS.compile(text).re2().prog as Automaton)),
  );

  it('takes each character where it stands, and no other', () => {
    const automaton = literalAutomaton('ab');
    const taken = [0, 1, 2, 3, 4, -1].map((pc) =>
      ['a', 'b', 'A'].filter((one) => takesRune(automaton.getInst(pc), one.codePointAt(0) ?? 0)).join(''),
    );
    expect(taken).toEqual(['', 'a', 'b', '', '', '']);
    expect([0, 3].map((pc) => automaton.getInst(pc).matchRune(0x61))).toEqual([false, false]);
  });
});
