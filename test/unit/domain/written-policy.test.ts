import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { escapedPattern, inQuotes, yamlLine, yamlText } from '../../../src/domain/written-policy.ts';
import { Pattern } from '../../../src/domain/pattern.ts';

const TEXTS = [
  'repo:a/b:ref:refs/heads/main',
  'https://sts.windows.net/x/',
  "it's",
  'on',
  'True',
  '123',
  'a: b',
  '- a: b',
  '&a',
  'a #',
  'ab: ',
  'nullable',
  'one',
  'a #b',
  '*',
  '',
  "'",
  'null',
  '- a',
  '~',
];

describe('a line of a policy', () => {
  it.each(TEXTS)('means the text in YAML 1.2 and in YAML 1.1: %j', (text) => {
    for (const version of ['1.2', '1.1'] as const) {
      expect(parse(yamlLine('subject', text), { version })).toEqual({ subject: text });
      expect(parse(inQuotes(text), { version })).toBe(text);
    }
  });

  it('has quotes only where it needs them', () => {
    expect(yamlText('repo:a/b:ref:refs/heads/main')).toBe('repo:a/b:ref:refs/heads/main');
    expect(yamlText('off')).toBe("'off'");
    expect(['office', 'nullable', 'yesterday'].map(yamlText)).toEqual(['office', 'nullable', 'yesterday']);
    expect(['-ab', 'ab:', '1ab'].map(yamlText)).toEqual(["'-ab'", "'ab:'", "'1ab'"]);
  });
});

describe('an escaped text', () => {
  it.each(['a.b', 'x+y*(z)|[1]{2}^$?\\', 'repo:o/r@1'])('is a pattern that matches it alone: %s', (text) => {
    const result = Pattern.compile(escapedPattern(text));
    expect(result.kind === 'compiled' && [result.pattern.matches(text), result.pattern.literal]).toEqual([true, text]);
  });
});
