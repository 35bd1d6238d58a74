import { describe, expect, it } from '@jest/globals';
import { pattern, value } from '../../../../src/domain/providers/provider.ts';

describe('what is written instead', () => {
  it('is a value or a pattern', () => {
    expect([value('a'), pattern('b')]).toEqual([
      { by: 'value', text: 'a' },
      { by: 'pattern', text: 'b' },
    ]);
  });
});
