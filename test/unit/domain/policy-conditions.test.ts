import { describe, expect, it } from '@jest/globals';
import { conditionsOf } from '../../../src/domain/policy-conditions.ts';
import { fieldsOf } from './policies.ts';

describe('the conditions of a policy', () => {
  it('are its exact values and its patterns, each with its place and name, in the order of the file format', () => {
    const fields = fieldsOf({
      subject: undefined,
      subjectPattern: 's.',
      audience: 'a',
      claimPatterns: new Map([
        ['ref', 'r'],
        ['x"y', 'z'],
      ]),
      appPattern: 'p',
    });
    const shown = conditionsOf(fields).map(({ of, by, text, path, name, claim }) => [of, by, text, path, name, claim]);
    expect(shown).toEqual([
      ['issuer', 'value', fields.issuer, ['issuer'], 'issuer', undefined],
      ['subject', 'pattern', 's.', ['subject_pattern'], 'subject_pattern', undefined],
      ['audience', 'value', 'a', ['audience'], 'audience', undefined],
      ['claim', 'pattern', 'r', ['claim_pattern', 'ref'], 'claim_pattern for "ref"', 'ref'],
      ['claim', 'pattern', 'z', ['claim_pattern', 'x"y'], 'claim_pattern for "x\\"y"', 'x"y'],
      ['app', 'pattern', 'p', ['app_pattern'], 'app_pattern', undefined],
    ]);
  });

  it.each([
    ['issuer', fieldsOf({ issuer: 'x' })],
    ['issuer_pattern', fieldsOf({ issuer: undefined, issuerPattern: 'x' })],
    ['subject', fieldsOf({ subject: 'x' })],
    ['subject_pattern', fieldsOf({ subject: undefined, subjectPattern: 'x' })],
    ['audience', fieldsOf({ audience: 'x' })],
    ['audience_pattern', fieldsOf({ audiencePattern: 'x' })],
    ['app', fieldsOf({ app: 'x' })],
    ['app_pattern', fieldsOf({ appPattern: 'x' })],
  ])('are named as the file names them: %s', (key, fields) => {
    const [condition] = conditionsOf(fields).filter(({ text }) => text === 'x');
    expect(condition).toEqual({
      of: key.replace('_pattern', ''),
      by: key.endsWith('_pattern') ? 'pattern' : 'value',
      text: 'x',
      path: [key],
      name: key,
    });
  });

  it('are one for each item of a list', () => {
    const listed = fieldsOf({ subject: undefined, subjects: ['a', 'b'] });
    const subjects = conditionsOf(listed).filter(({ of }) => of === 'subject');
    expect(subjects.map(({ by, text, path, name }) => [by, text, path, name])).toEqual([
      ['value', 'a', ['subjects', 0], 'item 1 of subjects'],
      ['value', 'b', ['subjects', 1], 'item 2 of subjects'],
    ]);
    const patterns = conditionsOf(fieldsOf({ subject: undefined, subjectPatterns: ['c'] }));
    expect(patterns.filter(({ of }) => of === 'subject')).toEqual([
      { of: 'subject', by: 'pattern', text: 'c', path: ['subject_patterns', 0], name: 'item 1 of subject_patterns' },
    ]);
  });
});
