import { describe, expect, it } from '@jest/globals';
import { grammar, listOf, notStartingWith } from '../../../../src/domain/providers/grammar.ts';
import { Pattern } from '../../../../src/domain/pattern.ts';

function compiled(source: string): Pattern {
  const result = Pattern.compile(source);
  if (result.kind === 'refused') throw new Error(result.reason);
  return result.pattern;
}

describe('a grammar', () => {
  it('holds whole texts, and tells which patterns share one', () => {
    const digits = grammar('[0-9]+');
    expect([digits.holds('12'), digits.holds('1a'), digits.holds('')]).toEqual([true, false, false]);
    expect([digits.shares(compiled('1.*')), digits.shares(compiled('12')), digits.shares(compiled('[a-z]+'))]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('that does not compile is a bug', () => expect(() => grammar('(').holds('a')).toThrow('grammar'));

  it('of a list takes parts with colons between them', () => {
    const list = grammar(listOf('[ab]'));
    expect(['a', 'a:b', 'a:b:a'].map((text) => list.holds(text))).toEqual([true, true, true]);
    expect(['', 'ab', 'a:', 'a::b'].map((text) => list.holds(text))).toEqual([false, false, false, false]);
  });

  it('of texts without a beginning takes all others', () => {
    const names = grammar(notStartingWith('refs/', '[^:]*'));
    expect(['main', 'r', 'refs', 'reform', 'refs-x', 'feature/refs/x'].map((text) => names.holds(text))).toEqual(
      Array.from({ length: 6 }, () => true),
    );
    expect(['refs/', 'refs/heads/main'].map((text) => names.holds(text))).toEqual([false, false]);
  });
});
