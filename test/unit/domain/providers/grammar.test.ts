import { describe, expect, it } from '@jest/globals';
import {
  ANY,
  DIGITS,
  FLAG,
  grammar,
  listOf,
  notStartingWith,
  REF_NAME,
  SHA,
  UUID,
  WORDS,
} from '../../../../src/domain/providers/grammar.ts';
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

  it.each([
    ['any text', ANY, ['', 'a', 'a\nb'], []],
    ['digits', DIGITS, ['0', '12'], ['', '1a', '-1']],
    ['a flag', FLAG, ['true', 'false'], ['', 'True', 'yes']],
    ['words', WORDS, ['push', 'pull_request'], ['', 'Push', 'pull-request', 'v1']],
    ['a commit', SHA, ['0a'.repeat(20), '0a'.repeat(32)], ['', '0a'.repeat(21), '0A'.repeat(20)]],
    ['an id', UUID, ['9a3f1c1e-5d0c-4b7a-8d7e-2f6f1d3c4b5a'], ['', '9A3F1C1E-5D0C-4B7A-8D7E-2F6F1D3C4B5A', '9a3f1c1e']],
    ['a ref', REF_NAME, ['main', 'a/b.c', '7/merge', 'ü'], ['', '/a', 'a/', 'a//b', 'a b', 'a:b', 'a~b', 'a\\b', 'a*']],
  ])('of %s holds these and no others', (_, source, held, others) => {
    const texts = grammar(source);
    expect([...held, ...others].filter((text) => texts.holds(text))).toEqual(held);
  });

  it('of texts without a beginning does not hold none, where the rest asks for something', () => {
    expect(['', 'a', 'x1'].map((text) => grammar(notStartingWith('ab', '[0-9]+')).holds(text))).toEqual([
      false,
      true,
      true,
    ]);
  });
});
