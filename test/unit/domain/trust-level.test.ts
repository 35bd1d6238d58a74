import { describe, expect, it } from '@jest/globals';
import { isProven, type TrustLevel } from '../../../src/domain/trust-level.ts';

describe('a caller', () => {
  it.each<[TrustLevel, boolean]>([
    ['unproven', false],
    ['presumed', false],
    ['bearer', false],
    ['outsider', true],
    ['insider', true],
    ['admitted', true],
    ['github', true],
    ['service', true],
  ])('that is trusted as %s is proven: %s', (level, proven) => expect(isProven(level)).toBe(proven));
});
