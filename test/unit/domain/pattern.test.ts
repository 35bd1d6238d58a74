import { describe, expect, it, jest } from '@jest/globals';
import { RE2JS } from 're2js';
import { MatchingSteps } from '../../../src/domain/pattern-matching.ts';
import { MAX_CLASS_NUMBERS, MAX_PATTERN_INSTRUCTIONS, Pattern } from '../../../src/domain/pattern.ts';

const compiled = (source: string): Pattern => {
  const result = Pattern.compile(source);
  if (result.kind === 'refused') throw new Error(`${source} ${result.reason}`);
  return result.pattern;
};
const reason = (source: string): string => {
  const result = Pattern.compile(source);
  return result.kind === 'refused' ? result.reason : 'compiles';
};

describe('a pattern', () => {
  it.each([
    ['a|b', ['a', 'b'], ['ab', 'ax', 'xb']],
    ['^a|b$', ['a', 'b'], ['ax', 'xb']],
    ['(?i)a|b', ['A', 'B'], ['AB', 'xB']],
    ['(?m)^a$', ['a'], ['a\nb', 'b\na', 'a\n']],
    ['(?s).', ['\n'], ['', 'ab']],
    ['(?U)a+', ['aaa'], ['']],
    ['', [''], ['a']],
    ['a*', ['', 'aa'], ['b', 'aab']],
    ['\\Qa.b\\E+', ['a.b', 'a.bb'], ['axb', 'a.ba.b']],
  ])('%j matches whole values alone (GHSA-mwqh-2vg8-rhj3)', (source, matching, failing) => {
    expect(matching.filter((value) => !compiled(source).matches(value))).toEqual([]);
    expect(failing.filter((value) => compiled(source).matches(value))).toEqual([]);
  });

  it.each(['a)|(b', ')', '(', '\\Qa', 'a\\', ')(', '(?:', '[', 'a)(?i', '$)|(?:^'])(
    'can not be %j, which would break out of the wrapper',
    (source) => expect(Pattern.compile(source).kind).toBe('refused'),
  );

  it.each([
    ['(?=a)', 'Perl'],
    ['(?!a)', 'Perl'],
    ['(?<=a)', 'group|Perl|capture'],
    ['(?<!a)', 'group|Perl|capture'],
    ['(a)\\1', 'escape'],
    ['\\k<a>', 'escape'],
    ['(?P=a)', 'capture|Perl'],
    ['(?>a)', 'Perl'],
    ['a++', 'nested repetition'],
    ['a{2}{3}', 'nested repetition'],
    ['*a', 'missing argument'],
    ['[b-a]', 'range'],
    ['\\pX', 'range|class'],
    ['a{1001}', 'repeats more than 1000'],
    ['a{3,2}', 'repeat count'],
  ])('%s is refused as Go refuses it, and says why', (source, why) => expect(reason(source)).toMatch(new RegExp(why)));

  it.each([
    '(?<n>a)',
    '(?P<n>a)',
    '\\z',
    '\\A',
    '\\pN',
    '\\p{Greek}',
    '\\p{^Lu}',
    '[[:word:]]',
    '[[:^alpha:]]',
    '\\x{10FFFF}',
    '\\123',
    '(?i-s:a)',
    'a{,2}',
    '{',
    'a{007}',
    '[]a]',
    '\\-',
  ])('%s is accepted as Go accepts it', (source) => expect(Pattern.compile(source).kind).toBe('compiled'));

  it('quotes only a bounded, printable part of itself in a reason', () => {
    expect(reason(`(?P<${'x'.repeat(500)}\u0007`).length).toBeLessThan(250);
    expect(reason('[\u0000\n')).not.toMatch(/[\0\n]/);
  });

  const GLOB_ADVICE = 'A * or + repeats what stands before it: for any text write .+, better [^/]+.';

  it.each<[string, string, advice: string | undefined]>([
    ['(', 'missing closing ) at "("', undefined],
    ['a\\', 'trailing backslash at end of expression', undefined],
    ['[b-a]', 'invalid character class range at "b-a"', undefined],
    ['*', 'missing argument to repetition operator at "*"', GLOB_ADVICE],
    ['a**', 'invalid nested repetition operator at "**"', GLOB_ADVICE],
    [
      '(?!a)',
      'invalid or unsupported Perl syntax at "(?!"',
      'RE2 has no look-around: name what may stand there, or use claim_pattern for a second condition.',
    ],
    [
      '(a)\\1',
      'invalid escape sequence at "\\\\1"',
      'RE2 has no back-references, and a backslash stands only before punctuation or a class such as \\d.',
    ],
  ])('%s is refused with the place, and with advice for those who come from other engines', (source, why, advice) =>
    expect(Pattern.compile(source)).toStrictEqual({
      kind: 'refused',
      reason: `is not a regular expression in RE2 syntax: ${why}`,
      ...(advice === undefined ? {} : { advice }),
    }),
  );

  it('is refused too where the compiler fails in a way of its own', () => {
    const compiler = jest.spyOn(RE2JS, 'compile').mockImplementation(() => {
      throw new RangeError('secret');
    });
    expect(Pattern.compile('a+')).toStrictEqual({
      kind: 'refused',
      reason: 'is not a regular expression in RE2 syntax',
    });
    compiler.mockRestore();
  });

  it.each(['\\Qa', 'a|\\Q', '\\Q'])(
    'can not be %s: a quotation that nothing closes would take what follows',
    (source) => {
      expect(reason(source)).toBe('does not stand as a whole expression');
      expect(reason(`${source}\\E`)).toBe('compiles');
    },
  );
});

describe('the cost of a pattern', () => {
  it('counts characters as code points, at most 1,024', () => {
    expect(reason('a'.repeat(1024))).toBe('compiles');
    expect(reason('a'.repeat(1025))).toContain('1024 characters');
    expect(reason('😀'.repeat(1024))).toBe('compiles');
    expect(reason('😀'.repeat(1025))).toContain('1024 characters');
  });

  it.each([
    'a{1000}',
    'a{500}b{500}',
    '(?:a{10}){100}',
    '(?:(?:a{10}){10}){10}',
    'a{0,1000}',
    'a{1000,}',
    '\\Qa{5000}\\E',
    '[a{5000}]',
    'a\\{5000}',
    '(?:a{900}){0}',
    '\\Qlong quotation\\E{1000}',
  ])('of %s is within a thousand repetitions', (source) => expect(reason(source)).not.toContain('repeats'));

  it.each([
    'a{501}b{500}',
    '(?:a{10}){101}',
    '(?:a{2}b{2}){251}',
    'a{1,501}b{500,}',
    '(a?){1000}'.repeat(100),
    '(?:(?:a{11}){10}){10}',
    '(?i)a{600}(?:b|c{401})',
  ])('of %.40s is more than a thousand repetitions', (source) =>
    expect(reason(source)).toContain('repeats more than 1000'),
  );

  it.each<[string, string, string, costly: { costly?: true }]>([
    ['a long text', 'a'.repeat(1025), 'is longer than 1024 characters', {}],
    ['a count', 'a{1001}', 'repeats more than 1000 times, counted repetitions multiplied out where they nest', {}],
    ['what it compiles to', '(?:(?:a?){999})', 'costs more than 1500 instructions', { costly: true }],
    ['what it says', '(?:abc){1000}', 'costs more than 1500 instructions', { costly: true }],
    [
      'wide classes',
      '\\pL{15}',
      'has character classes of more than 20000 numbers: use fewer of those such as \\p{L}',
      { costly: true },
    ],
    [
      'many wide classes',
      '\\pL{17}',
      'has more than 16 character classes beyond ASCII such as \\p{L}, counted repetitions multiplied out',
      {},
    ],
    [
      'a wide class in any case',
      '(?i)[a-ü]',
      'ignores case with (?i) and has a class in brackets with \\p or a range beyond ASCII: leave (?i) out, or name the characters',
      {},
    ],
    [
      'many ranges in any case',
      `(?i)[${'!-~'.repeat(65)}]`,
      'ignores case with (?i) and has more than 64 ranges in classes',
      {},
    ],
  ])('that is too high for %s is told', (_, source, why, costly) =>
    expect(Pattern.compile(source)).toStrictEqual({ kind: 'refused', reason: why, ...costly }),
  );

  it.each([
    ['a', 5, 1, 'a'],
    ['a\\.b', 7, 3, 'a.b'],
    ['😀', 5, 1, '😀'],
    ['[a-c]', 5, 2, undefined],
    ['[ab]x', 6, 3, undefined],
    ['', 5, 0, undefined],
  ])('of %j is %i instructions and %i numbers', (source, instructions, numbers, literal) => {
    const pattern = compiled(source);
    expect([pattern.instructions, pattern.classNumbers, pattern.literal, pattern.source]).toEqual([
      instructions,
      numbers,
      literal,
      source,
    ]);
    expect(pattern.automaton.numInst()).toBe(instructions - 2);
  });

  it('may be all that it can be', () => {
    const letters = 14 * compiled('\\pL').classNumbers;
    expect(compiled(`\\pL{14}x{${MAX_CLASS_NUMBERS - letters}}`).classNumbers).toBe(MAX_CLASS_NUMBERS);
    expect(reason(`\\pL{14}x{${MAX_CLASS_NUMBERS - letters + 1}}`)).toContain('more than 20000 numbers');
    expect(reason('(?:a|b|c|d|e){500}')).toBe('compiles');
    expect(reason('(?:a|b|c|d|e){501}')).toContain('1500 instructions');
    expect(compiled('[ab]{1000}').instructions).toBe(1004);
    expect(compiled(`[ab]{748}${'c'.repeat(748)}`).instructions).toBe(MAX_PATTERN_INSTRUCTIONS);
    expect(reason(`[ab]{749}${'c'.repeat(748)}`)).toContain('1500 instructions');
  });

  it('is at most 1,500 instructions', () => {
    expect(compiled('(?:[ab][cd]){700}').instructions).toBeLessThanOrEqual(MAX_PATTERN_INSTRUCTIONS);
    expect(reason('(?:[ab][cd]){750}')).toContain('1500 instructions');
    expect(reason('(?:(?:ab)?){1000}')).toContain('1500 instructions');
  });

  it('is found out where it is far too high without asking the compiler, which would take long', () => {
    const compiler = jest.spyOn(RE2JS, 'compile');
    expect(reason(`(?:${'a'.repeat(1000)}){1000}`)).toContain('1500 instructions');
    expect(reason(`(?:${'a'.repeat(3)}){1000}`)).toContain('1500 instructions');
    expect(compiler).not.toHaveBeenCalled();
    expect(reason(`(?:${'a'.repeat(2)}){1000}`)).toContain('1500 instructions');
    expect(compiler).toHaveBeenCalled();
    compiler.mockRestore();
  });

  it('does not grow faster than the value', () => {
    const pattern = compiled('(?:a?){500}(?:a|aa)*b');
    expect(pattern.matches('a'.repeat(1000))).toBe(false);
    const result = (value: string) => pattern.matchAny([value], new MatchingSteps());
    expect([result('a'.repeat(1000)), result('c')]).toEqual(['too-costly', 'unmatched']);
  });
});
