import { describe, expect, it } from '@jest/globals';
import { PatternBudget, POLICY_PATTERN_LIMITS } from '../../../src/domain/pattern-budget.ts';

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
