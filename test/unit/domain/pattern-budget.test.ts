import { describe, expect, it } from '@jest/globals';
import { PatternBudget } from '../../../src/domain/pattern-budget.ts';

const COSTLY = 'xy{990}';

describe('the budget of a file’s patterns', () => {
  it('compiles patterns as long as all of them together are within it', () => {
    const budget = new PatternBudget();
    const results = Array.from({ length: 7 }, (_, n) => budget.compile(`${n}${COSTLY}`)?.kind);
    expect(results.slice(0, 5)).toEqual(['compiled', 'compiled', 'compiled', 'compiled', 'compiled']);
    expect(results.at(-1)).toBeUndefined();
    expect(budget.excess()).toBe('cost more than 5000 instructions');
  });

  it('counts a pattern in each field where it stands', () => {
    const budget = new PatternBudget();
    for (let n = 0; n < 6; n++) budget.compile(COSTLY);
    expect(budget.excess()).toBe('cost more than 5000 instructions');
  });

  it('counts characters, and those of patterns that do not compile', () => {
    const budget = new PatternBudget();
    for (let n = 0; n < 9; n++) budget.compile(`(${n}${'a'.repeat(1000)}`);
    expect(budget.excess()).toBe('are longer than 8192 characters');
  });

  it('says why a pattern is refused, and goes on', () => {
    const budget = new PatternBudget();
    expect(budget.compile('(')).toMatchObject({ kind: 'refused' });
    expect(budget.compile('a')).toMatchObject({ kind: 'compiled' });
    expect(budget.excess()).toBeUndefined();
  });
});
