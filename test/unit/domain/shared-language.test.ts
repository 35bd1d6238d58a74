import { describe, expect, it } from '@jest/globals';
import { Pattern } from '../../../src/domain/pattern.ts';
import { shareAText } from '../../../src/domain/shared-language.ts';

function automaton(source: string) {
  const result = Pattern.compile(source);
  if (result.kind === 'refused') throw new Error(result.reason);
  return result.pattern.automaton;
}

const share = (one: string, other: string): readonly boolean[] => [
  shareAText(automaton(one), automaton(other)),
  shareAText(automaton(other), automaton(one)),
];

describe('two patterns', () => {
  it.each([
    ['a', 'a'],
    ['a+', '(aa)*'],
    ['.*', '.*'],
    ['.', '[^/]'],
    ['(?i)k', '\u212a'],
    ['(?i)abc', 'ABC'],
    ['[a-f]+', '[f-z]+'],
    ['x(a|b)*y', 'xabbay'],
    ['^a$', 'a'],
    ['(?:(?:^|:)a)+', 'a:a'],
    ['(?s).', '\\n'],
    ['\\p{L}+', 'é'],
    ['', 'a?'],
  ])('share a text: %s and %s', (one, other) => expect(share(one, other)).toEqual([true, true]));

  it.each([
    ['a', 'b'],
    ['a+', '(ba)*b'],
    ['[a-e]+', '[f-z]+'],
    ['(aa)+', 'a(aa)*'],
    ['.', '\\n'],
    ['(?:(?:^|:)a)+', 'aa'],
    ['a^b', 'ab'],
    ['a$b', 'ab'],
    ['a$', 'ab'],
    ['[^:]+', 'a:b'],
    ['repo:[^:]+:ref:refs/(?:heads|tags)/.+', 'repo:acme/app:ref:main'],
    ['', 'a'],
  ])('share none: %s and %s', (one, other) => expect(share(one, other)).toEqual([false, false]));

  it('are said to share one where it would take too long to tell', () => {
    expect(share('(?:a?b?){300}c', '(?:a?b?){300}d')).toEqual([true, true]);
  });
});
