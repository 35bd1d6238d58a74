import { describe, expect, it } from '@jest/globals';
import { withEdits } from '../../../src/domain/text-edits.ts';

const edit = (line: number, from: number, to: number, text: string) => ({
  start: { line, column: from },
  end: { line, column: to },
  text,
});

describe('edits of a text', () => {
  it('are made at their lines and columns, in any order, and leave all else', () => {
    const text = '# a\r\nissuer:  x # why\r\n\r\nsubject: y\r\n';
    expect(withEdits(text, [edit(4, 10, 11, 'yes'), edit(2, 10, 11, "'z'")])).toBe(
      "# a\r\nissuer:  'z' # why\r\n\r\nsubject: yes\r\n",
    );
  });

  it('count columns without a byte order mark', () => {
    expect(withEdits('\ufeffa: b', [edit(1, 4, 5, 'c')])).toBe('\ufeffa: c');
  });

  it('count an empty first line', () => {
    expect(withEdits('\na: b', [edit(2, 4, 5, 'c')])).toBe('\na: c');
  });

  it('that overlap another, earlier one are left out', () => {
    expect(withEdits('abcdef', [edit(1, 1, 4, 'x'), edit(1, 3, 5, 'y')])).toBe('xdef');
  });

  it('can be none', () => expect(withEdits('a', [])).toBe('a'));
});
