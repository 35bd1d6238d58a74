import { describe, expect, it } from '@jest/globals';
import {
  compiledIn,
  PatternBudget,
  POLICY_PATTERN_LIMITS,
  type PatternLimits,
} from '../../../src/domain/pattern-budget.ts';

const COSTLY = 'xy{990}';
const policyBudget = (): PatternBudget => new PatternBudget(POLICY_PATTERN_LIMITS);

describe('the budget of a file’s patterns', () => {
  it('compiles patterns as long as all of them together are within it', () => {
    const budget = policyBudget();
    const results = Array.from({ length: 6 }, (_, n) => budget.compile(`${n}${COSTLY}`)?.kind);
    expect(results).toEqual([...Array<string>(4).fill('compiled'), undefined, undefined]);
    expect(budget.excess()).toContain('come to more than 4096');
  });

  it('counts the instructions of a pattern in each field where it stands, and compiles it once', () => {
    const budget = policyBudget();
    for (let n = 0; n < 5; n++) expect(budget.compile(COSTLY)?.kind).toBe('compiled');
    expect(budget.excess()).toBeUndefined();
    budget.compile(COSTLY);
    expect(budget.excess()).toBe('cost more than 5000 instructions');
  });

  it('counts characters and atoms, and those of patterns that do not compile', () => {
    const budget = policyBudget();
    const broken = (n: number): string => `(${n}${'a'.repeat(499)}`;
    expect([0, 1, 2, 3, 4].map((n) => budget.compile(broken(n))?.kind)).toEqual([
      ...Array<string>(4).fill('refused'),
      undefined,
    ]);
  });

  it('counts neither plain texts nor what is refused for its text alone', () => {
    const budget = policyBudget();
    for (let n = 0; n < 4; n++) expect(budget.compile(`${n}${'a'.repeat(1000)}`)?.kind).toBe('compiled');
    for (let n = 0; n < 50; n++) expect(budget.compile(`a{${1001 + n}}`)?.kind).toBe('refused');
    expect(budget.excess()).toBeUndefined();
  });

  it('says why a pattern is refused, and goes on', () => {
    const budget = policyBudget();
    expect(budget.compile('(')).toMatchObject({ kind: 'refused' });
    expect(budget.compile('a')).toMatchObject({ kind: 'compiled' });
    expect(budget.excess()).toBeUndefined();
  });
});

describe('the limits of a file’s patterns', () => {
  const AMPLE: PatternLimits = {
    instructions: 1_000_000,
    effort: 1_000_000,
    wideClasses: 1_000_000,
    classNumbers: 1_000_000,
    foldedRanges: 1_000_000,
  };
  const excess = (limits: Partial<PatternLimits>, sources: readonly string[]): string | undefined => {
    const budget = new PatternBudget({ ...AMPLE, ...limits });
    for (const source of sources) budget.compile(source);
    return budget.excess();
  };

  it.each<[keyof PatternLimits, string, number, string]>([
    ['instructions', '[ab]c', 6, 'cost more than 11 instructions'],
    [
      'effort',
      '[ab]c',
      7,
      'take too long to compile: characters and counted repetitions written out come to more than 13',
    ],
    ['wideClasses', '[à-ü]c', 1, 'have more than 1 character classes beyond ASCII such as \\p{L}'],
    ['classNumbers', '[ab]c', 3, 'have character classes of more than 5 numbers, as those such as \\p{L} are'],
    ['foldedRanges', '(?i)[a-zA-Z]', 2, 'have more than 3 ranges in classes that ignore case'],
  ])('on %s hold for all of them together, to the last', (name, source, each, message) => {
    const other = source.replace('c', 'd').replace('A-Z', 'A-Y');
    expect(excess({ [name]: 2 * each }, [source, other])).toBeUndefined();
    expect(excess({ [name]: 2 * each - 1 }, [source, other])).toBe(message);
  });

  it('count a pattern that is refused for its size as half of all instructions', () => {
    const costly = '(?:(?:a?){999})';
    const budget = new PatternBudget({ ...AMPLE, instructions: 100 });
    expect(budget.compile(costly)).toMatchObject({ kind: 'refused', costly: true });
    expect(budget.compile(`${costly}b`)).toMatchObject({ kind: 'refused', costly: true });
    expect(budget.excess()).toBeUndefined();
    expect(budget.compile('a')?.kind).toBe('compiled');
    expect(budget.compile('b')).toBeUndefined();
    expect(budget.excess()).toBe('cost more than 100 instructions');
  });

  it('once they are passed no pattern compiles, not even one that did before', () => {
    const budget = new PatternBudget({ ...AMPLE, instructions: 11 });
    expect([budget.compile('[ab]c')?.kind, budget.compile('[ab]d')?.kind]).toEqual(['compiled', 'compiled']);
    expect([budget.compile('[ab]c'), budget.compile('x')]).toEqual([undefined, undefined]);
  });

  it('are not spent by the effort of a plain text, however long', () =>
    expect(excess({ effort: 10 }, ['a'.repeat(1000)])).toBeUndefined());

  it('are not spent by a pattern that does not compile for its syntax', () => {
    const budget = new PatternBudget({ ...AMPLE, instructions: 100 });
    for (const source of ['(', ')', '[', '*', '+']) expect(budget.compile(source)?.kind).toBe('refused');
    expect(budget.excess()).toBeUndefined();
  });
});

describe('what a budget has looked into', () => {
  it('is kept by its text, and what compiled of it can be taken out', () => {
    const budget = policyBudget();
    for (const source of ['a+', '(', 'b']) budget.compile(source);
    expect([...budget.tried].map(([source, { kind }]) => [source, kind])).toEqual([
      ['a+', 'compiled'],
      ['(', 'refused'],
      ['b', 'compiled'],
    ]);
    expect([...compiledIn(budget.tried)].map(([source, pattern]) => [source, pattern.source])).toEqual([
      ['a+', 'a+'],
      ['b', 'b'],
    ]);
  });

  it('is compiled once, and told again', () => {
    const budget = policyBudget();
    expect(budget.compile('a+')).toBe(budget.compile('a+'));
  });
});
