import { describe, expect, it } from '@jest/globals';
import { serviceAddress } from '../../../scripts/doctor/address.ts';
import { ill, note, unseen, well } from '../../../scripts/doctor/finding.ts';
import { plain } from '../../../scripts/doctor/plain.ts';
import { closingLine, exitCodeOf, table } from '../../../scripts/doctor/table.ts';
import { isOlder } from '../../../scripts/doctor/versions.ts';

describe('an address', () => {
  it.each([
    ['https://sts.example.com', 'https://sts.example.com'],
    ['https://sts.example.com/', 'https://sts.example.com'],
    ['sts.example.com', 'https://sts.example.com'],
    ['https://sts.example.com:8443', 'https://sts.example.com:8443'],
    ['http://127.0.0.1:8787', 'http://127.0.0.1:8787'],
    ['http://localhost', 'http://localhost'],
    ['http://[::1]:1', 'http://[::1]:1'],
  ])('%s is taken', (text, origin) => {
    expect(serviceAddress(text)?.origin).toBe(origin);
  });

  it.each([
    'http://sts.example.com',
    'http://127.0.0.1.example.com',
    'https://user@sts.example.com',
    'https://:pass@sts.example.com',
    'https://sts.example.com/x',
    'https://sts.example.com?x',
    'https://sts.example.com/#x',
    'ftp://sts.example.com',
    'javascript:alert(1)',
    '',
  ])('%j is not', (text) => {
    expect(serviceAddress(text)).toBeUndefined();
  });
});

describe('text of others', () => {
  it.each([
    ['\u001b[31mred\u001b[0m', '[31mred [0m'],
    ['a\r\nb', 'a b'],
    ['\u009b31m', '31m'],
    ['a\u202eb\u2066c\u200bd', 'a b c d'],
    ['  ok  ', 'ok'],
  ])('%j is shown as %j', (text, shown) => {
    expect(plain(text)).toBe(shown);
  });

  it('is cut', () => {
    expect(plain('x'.repeat(1_000_000))).toHaveLength(401);
  });
});

describe('a version', () => {
  it.each([
    ['0.1.0', '0.2.0', true],
    ['0.9.0', '0.10.0', true],
    ['1.0.0', '0.9.9', false],
    ['0.1.0', '0.1.0', false],
    ['0.1.0-rc1', '0.1.0', undefined],
    ['x', '0.1.0', undefined],
  ])('%s is older than %s: %s', (one, other, is) => {
    expect(isOlder(one, other)).toBe(is);
  });
});

describe('what was found', () => {
  const WELL = well('host', 'right');

  it.each([
    [[WELL], 0],
    [[WELL, note('health', 'x'), unseen('report', 'y')], 0],
    [[WELL, ill('webhook', 'x', 'y')], 1],
    [[unseen('address', 'x')], 2],
    [[], 2],
  ])('%j ends with %d', (findings, code) => {
    expect(exitCodeOf(findings)).toBe(code);
  });

  it('is a table with what to do and where', () => {
    const findings = [WELL, ill('webhook', 'It goes elsewhere.', 'Write the right one.', 'https://github.com/x')];
    expect(table(findings)).toBe(
      [
        'ok    host     right',
        'ILL   webhook  It goes elsewhere.',
        '               → Write the right one.',
        '                 https://github.com/x',
        '',
      ].join('\n'),
    );
    expect(closingLine(findings)).toBe('One thing must be mended.');
  });
});
