import { describe, expect, it } from '@jest/globals';
import { quoted } from '../../../src/domain/fault.ts';

describe('text of strangers in a message', () => {
  it('is put between quotation marks', () => {
    expect(quoted('contents')).toBe('"contents"');
  });

  it('can’t end its quotation', () => {
    expect(quoted('a" and "b\\')).toBe('"a\\" and \\"b\\\\"');
  });

  it.each([
    ['a line feed', '\n'],
    ['a carriage return', '\r'],
    ['a null', '\0'],
    ['an escape, which begins a terminal’s commands', '\u001b'],
    ['a delete', '\u007f'],
    ['a next line', '\u0085'],
    ['the C1 form of an escape sequence', '\u009b'],
    ['a line separator', '\u2028'],
    ['a paragraph separator', '\u2029'],
    ['half of a surrogate pair', '\ud800'],
    ['a space without width', '\u200b'],
    ['a mark that turns the text around', '\u202e'],
    ['an isolate that turns the text around', '\u2067'],
    ['a tag, beyond 16 bits', '\u{e0041}'],
  ])('stays on one line and without control characters: %s', (_, character) => {
    expect(quoted(`a${character}b`)).toMatch(/^"a[\x20-\x7e]+b"$/);
  });

  it('is cut after 80 characters, and says so', () => {
    expect(quoted('x'.repeat(80))).toBe(`"${'x'.repeat(80)}"`);
    expect(quoted('x'.repeat(81))).toBe(`"${'x'.repeat(80)}…"`);
    expect(quoted('x'.repeat(100_000))).toHaveLength(83);
  });

  it('is bounded too where every character must be escaped', () => {
    expect(quoted('\0'.repeat(1000)).length).toBeLessThanOrEqual(80 * '\\u0000'.length + 3);
  });

  it('keeps what people write in their languages', () => {
    expect(quoted('Ärger 😀')).toBe('"Ärger 😀"');
  });
});
