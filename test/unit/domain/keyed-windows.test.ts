import { describe, expect, it } from '@jest/globals';
import { KeyedWindows } from '../../../src/domain/keyed-windows.ts';

function windows(capacity: number): { readonly keyed: KeyedWindows<object>; readonly made: () => number } {
  let made = 0;
  const keyed = new KeyedWindows<object>(capacity, () => {
    made += 1;
    return {};
  });
  return { keyed, made: () => made };
}

describe('one window for each key', () => {
  it('is made once, and is another one for another key', () => {
    const { keyed, made } = windows(2);
    expect(keyed.of('a')).toBe(keyed.of('a'));
    expect(keyed.of('b')).not.toBe(keyed.of('a'));
    expect(made()).toBe(2);
  });

  it('is forgotten once it was used longest ago and there are too many', () => {
    const { keyed } = windows(2);
    const [a, b] = [keyed.of('a'), keyed.of('b')];
    keyed.of('a');
    keyed.of('c');
    expect(keyed.of('a')).toBe(a);
    expect(keyed.of('b')).not.toBe(b);
  });

  it('is kept by a key that asks again, however many are there', () => {
    const { keyed, made } = windows(1);
    for (let count = 0; count < 3; count++) keyed.of('a');
    expect(made()).toBe(1);
  });
});
