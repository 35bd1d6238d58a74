import { describe, expect, it } from '@jest/globals';
import { MemoryAppNumbers } from '../../../../src/infrastructure/memory/memory-app-numbers.ts';
import { eventApp } from '../../../../src/interfaces/webhook/event-app.ts';

const NUMBERED = { name: 'numbered', id: '1' };
const NAMED = { name: 'named', id: 'Iv23liAAAAAAAAAAAAAA' };
const OTHER = { name: 'other', id: 'Iv23liBBBBBBBBBBBBBB' };
const APPS = [NUMBERED, NAMED, OTHER];

function numbersOf(known: Readonly<Record<string, string>> = { [NAMED.id]: '2', [OTHER.id]: '3' }): MemoryAppNumbers {
  return new MemoryAppNumbers(known);
}

describe('the App of a delivery', () => {
  it.each([
    ['1', { kind: 'configured', id: '1' }, []],
    ['2', { kind: 'configured', id: NAMED.id }, [NAMED.id]],
    ['3', { kind: 'configured', id: OTHER.id }, [NAMED.id, OTHER.id]],
    ['4', { kind: 'other' }, [NAMED.id, OTHER.id]],
  ])(
    'is the one that is configured by the number %s, or whose number GitHub says it is',
    async (target, app, asked) => {
      const numbers = numbersOf();
      expect(await eventApp(target, APPS, numbers)).toEqual(app);
      expect(numbers.asked).toEqual(asked);
    },
  );

  it.each([undefined, '', 'x', '2 ', NAMED.id, '__proto__'])(
    'is none where GitHub names none by a number: %j',
    async (target) => {
      const numbers = numbersOf();
      expect(await eventApp(target, APPS, numbers)).toEqual({ kind: 'other' });
      expect(numbers.asked).toEqual([]);
    },
  );

  it('is unknown, and no other App either, while GitHub does not tell the number of one', async () => {
    const numbers = numbersOf({ [OTHER.id]: '3' });
    expect((await eventApp('2', APPS, numbers)).kind).toBe('unavailable');
    expect(await eventApp('3', APPS, numbers)).toEqual({ kind: 'configured', id: OTHER.id });
  });
});
