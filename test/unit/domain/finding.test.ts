import { describe, expect, it } from '@jest/globals';
import { findingFragment, sortFindings, type Finding } from '../../../src/domain/finding.ts';
import { quoted } from '../../../src/domain/fault.ts';

const finding = (rule: string, severity: Finding['severity'], line: number, column = 1): Finding => ({
  rule,
  severity,
  line,
  column,
  message: 'x',
});

describe('findings', () => {
  it('come errors first, then in the order of the file', () => {
    const sorted = sortFindings([
      finding('d', 'warning', 1),
      finding('c', 'error', 9),
      finding('b', 'error', 2, 5),
      finding('a', 'error', 2, 3),
    ]);
    expect(sorted.map(({ rule }) => rule)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('link to their rule’s section', () => expect(findingFragment(finding('yaml-tab', 'error', 1))).toBe('#yaml-tab'));
});

describe('text of strangers', () => {
  it('is quoted on one line, cut, and without control characters', () => {
    expect(quoted('a"b\nc')).toBe('"a\\"b\\nc"');
    expect(quoted('\u0085\u2028\u007f')).toBe('"???"');
    expect(quoted('x'.repeat(500))).toBe(`"${'x'.repeat(80)}…"`);
  });
});
