import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LruMap } from '../../../../src/infrastructure/cache/lru-map.ts';

const BY_LENGTH = { weigh: (text: string) => text.length, maxWeight: 10 };

describe('a map that forgets', () => {
  it('forgets what was used longest ago', () => {
    const map = new LruMap<number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.get('a');
    map.set('c', 3);
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([1, undefined, 3]);
  });

  it('forgets until what is left is light enough', () => {
    const map = new LruMap<string>(100, BY_LENGTH);
    for (const key of ['a', 'b', 'c']) map.set(key, 'xxx');
    map.set('d', 'xxxxxxx');
    expect([map.get('a'), map.get('b'), map.get('c'), map.get('d')]).toEqual([undefined, undefined, 'xxx', 'xxxxxxx']);
  });

  it('keeps nothing that is too heavy alone', () => {
    const map = new LruMap<string>(100, BY_LENGTH);
    map.set('a', 'x'.repeat(11));
    expect(map.size).toBe(0);
  });

  it('is never larger nor heavier than its bounds, and finds what was set last', () => {
    const change = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), value: fc.string({ maxLength: 10 }) });
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const map = new LruMap<string>(3, BY_LENGTH);
        for (const { key, value } of changes) {
          map.set(key, value);
          expect(map.get(key)).toBe(value);
          const kept = ['a', 'b', 'c', 'd', 'e'].flatMap((one) => map.get(one) ?? []);
          expect(kept.length).toBeLessThanOrEqual(3);
          expect(kept.join('').length).toBeLessThanOrEqual(10);
        }
      }),
    );
  });
});
