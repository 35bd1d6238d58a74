import { describe, expect, it } from '@jest/globals';
import { LintedPolicy } from '../../../../src/domain/lint/linted-policy.ts';
import { yaml11 } from '../../../../src/domain/lint/yaml-1-1.ts';
import { fieldsOf } from '../policies.ts';
import { inRepository } from './linting.ts';

const doubtsAbout = (text: string) =>
  yaml11(new LintedPolicy(fieldsOf(), inRepository, [{ path: ['claim_pattern', 'a'], text }]));

describe('the rule yaml-1.1', () => {
  it.each([
    ...[
      'y',
      'No',
      'on',
      'OFF',
      'True',
      'FALSE',
      '0123',
      '0o17',
      '0x1F',
      '0b11',
      '1_000',
      '+5',
      '1.10',
      '.5',
      '5.',
      '1e3',
      '1.5e-3',
    ],
    ...['.inf', '-.INF', '.nan', '2026-07-15', '117012345678901234567', '99999999999999999999'],
  ])('finds %s without quotes', (text) => {
    expect(doubtsAbout(text)).toEqual([
      {
        rule: 'yaml-1.1',
        severity: 'warning',
        path: ['claim_pattern', 'a'],
        message: `Without quotes "${text}" is no text to YAML 1.1, so octo-sts reads another one.`,
        advice: `Write it in quotes: '${text}'`,
        repair: { path: ['claim_pattern', 'a'], value: text },
      },
    ]);
  });

  it.each([
    'true',
    'false',
    '0',
    '123',
    '18446744073709551615',
    'yes!',
    'main',
    '1.2.3',
    'v1',
    'Onward',
    '1e',
    '0x',
    'None',
  ])('leaves %s alone, which both read alike', (text) => expect(doubtsAbout(text)).toEqual([]));
});
