import { describe, expect, it } from '@jest/globals';
import { ANY } from '../../../../src/domain/providers/grammar.ts';
import { claimTable } from '../../../../src/domain/providers/claim-table.ts';

describe('a table of claims', () => {
  it('has the registered claims with any text, and others by their pattern', () => {
    const table = claimTable({ '[0-9]+': ['a', 'b'] });
    expect([...table.keys()]).toEqual(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'a', 'b']);
    expect([table.get('sub')?.holds('x\ny'), table.get('a')?.holds('1'), table.get('b')?.holds('x')]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('compiles what holds any text once', () => {
    const table = claimTable({ [ANY]: ['a'] });
    expect(table.get('a')).toBe(table.get('sub'));
  });
});
