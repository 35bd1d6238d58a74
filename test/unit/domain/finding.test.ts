import { describe, expect, it } from '@jest/globals';
import { countFindings, countsText, findingFragment, sortFindings, type Finding } from '../../../src/domain/finding.ts';
import { quoted } from '../../../src/domain/fault.ts';

const finding = (rule: string, severity: Finding['severity'], line: number, column = 1): Finding => ({
  rule,
  severity,
  line,
  column,
  message: 'x',
});

describe('findings', () => {
  it('come the gravest first, then in the order of the file', () => {
    const sorted = sortFindings([
      finding('g', 'notice', 1),
      finding('e', 'warning', 1, 2),
      finding('f', 'warning', 1, 2),
      finding('d', 'warning', 1),
      finding('c', 'error', 9),
      finding('b', 'error', 2, 5),
      finding('a', 'error', 2, 3),
    ]);
    expect(sorted.map(({ rule }) => rule)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  });

  it('are counted by severity, notices told only where there are some', () => {
    const counts = countFindings([finding('a', 'error', 1), finding('b', 'notice', 2), finding('c', 'notice', 3)]);
    expect(counts).toEqual({ error: 1, warning: 0, notice: 2 });
    expect(countsText(counts)).toBe('1 error, 0 warnings, 2 notices');
    expect(countsText(countFindings([]))).toBe('0 errors, 0 warnings');
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
