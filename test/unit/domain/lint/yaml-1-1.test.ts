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
    ...[
      '-0123',
      '+0o17',
      '-0x1F',
      '+0b11',
      '-1_000',
      '1_0_0',
      '10_000',
      '+55',
      '-1.5',
      '1_0.5_0',
      '.55',
      '.5_5',
      '+.5',
    ],
    ...['10e10', '1e+33', '-1e3', '1.5e33', '1.5e3', '12.5', '+.Inf', '.NaN', '2026-07-15T10:00:00Z', '2026-1-5 10:00'],
    ...['18446744073709551616', '000000000000000000001', '00000000000000000017', '0189', '-089'],
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
    ...['x0123', '0123x', 'x0o17', '0o17x', '0o', 'x0x1F', '0x1Fg', 'x0b11', '0b112', 'x1_000', '1_000x', '_1', '1_x'],
    ...[
      'x+5',
      '+5x',
      '+',
      'x1.5',
      '1.5x',
      '1.5e',
      '1x.5',
      '.x',
      'x1e3',
      '1e3x',
      '1ex',
      'x.inf',
      '.infx',
      'x.nan',
      '.nanx',
    ],
    ...['x2026-07-15', '2026-07-15x', '2026-07-15:x', '2026-07-156', '12345678901234567890x', 'x99999999999999999999'],
    ...['1234567890123456789012x', 'x1234567890123456789012'],
    ...['-5', 'ye', 'noon', 'ony'],
  ])('leaves %s alone, which both read alike', (text) => expect(doubtsAbout(text)).toEqual([]));
});
