import { describe, expect, it } from '@jest/globals';
import {
  isIdentity,
  isOwnerName,
  isRepositoryName,
  parseScope,
  sameName,
  scopeText,
} from '../../../src/domain/scope.ts';

const KELVIN = '\u212a';

describe('a scope', () => {
  it.each([
    ['octo-org', { owner: 'octo-org' }],
    ['octo-org/app', { owner: 'octo-org', repository: 'app' }],
    ['Octo_Org/.github', { owner: 'Octo_Org', repository: '.github' }],
  ])('is read from %s, spelled as it is', (text, scope) => {
    expect(parseScope(text)).toEqual(scope);
    expect(scopeText(scope)).toBe(text);
  });

  it.each([
    '',
    '/',
    'a/',
    '/a',
    'a/b/c',
    'a//b',
    'a/.',
    'a/..',
    '-a',
    '_a',
    'a b',
    'a/b c',
    'ä',
    `${KELVIN}/a`,
    `a/${KELVIN}`,
    'a%2Fb',
    'a/b\n',
    'a\u0000',
  ])('is not %j', (text) => expect(parseScope(text)).toBeUndefined());

  it('has an owner of at most 39 characters and a repository of at most 100', () => {
    expect(isOwnerName('a'.repeat(39))).toBe(true);
    expect(isOwnerName('a'.repeat(40))).toBe(false);
    expect(isRepositoryName('a'.repeat(100))).toBe(true);
    expect(isRepositoryName('a'.repeat(101))).toBe(false);
  });

  it('compares names without regard to case', () => {
    expect(sameName('Octo-Org', 'octo-org')).toBe(true);
    expect(sameName('octo', 'octo-org')).toBe(false);
  });
});

describe('an identity', () => {
  it.each(['a', 'deploy', 'a.b', '1', 'A_b-c.d', 'a'.repeat(128)])('may be %s', (text) =>
    expect(isIdentity(text)).toBe(true),
  );

  it.each(['', '.a', '-a', '_a', 'a..b', 'a/b', '../a', 'a b', 'ä', KELVIN, 'a\n', 'a'.repeat(129)])(
    'can not be %j',
    (text) => expect(isIdentity(text)).toBe(false),
  );
});
