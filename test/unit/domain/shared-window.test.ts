import { describe, expect, it } from '@jest/globals';
import { KeyedWindows } from '../../../src/domain/keyed-windows.ts';
import { SharedWindow } from '../../../src/domain/shared-window.ts';

const NOW = 1_800_000_000_000;
const HOUR = 60 * 60_000;

/** How many events are admitted at once. */
function admitted(window: SharedWindow, client: string, nowMs = NOW): number {
  const bound = window.for(client);
  let count = 0;
  for (; !bound.isFull(nowMs); count++) bound.record(nowMs);
  return count;
}

describe('a window that clients share', () => {
  it('is one client’s alone while there is no other', () => {
    expect(admitted(new SharedWindow({ limit: 30, share: 10 }, 100), 'a')).toBe(30);
  });

  it('gives each its share once there are two, and all together no more than the limit', () => {
    const window = new SharedWindow({ limit: 30, share: 10 }, 100);
    expect(window.for('b').isFull(NOW)).toBe(false);
    expect(['a', 'b', 'c', 'd'].map((client) => admitted(window, client))).toEqual([10, 10, 10, 0]);
    expect(admitted(window, 'a', NOW + 60_000)).toBe(10);
  });

  it('knows of another one for an hour, also of one that was refused', () => {
    const window = new SharedWindow({ limit: 30, share: 10 }, 100);
    expect([admitted(window, 'a'), admitted(window, 'b')]).toEqual([30, 0]);
    expect(admitted(window, 'a', NOW + 2 * 60_000)).toBe(10);
    expect(admitted(window, 'a', NOW + HOUR + 3 * 60_000)).toBe(30);
  });

  it('forgets another one when the hour is over, to the millisecond', () => {
    const window = new SharedWindow({ limit: 30, share: 10 }, 100);
    window.for('b').isFull(NOW);
    expect(admitted(window, 'a', NOW + HOUR - 1)).toBe(10);
    expect(admitted(window, 'a', NOW + HOUR)).toBe(20);
  });

  it('holds clients without an address to the limit of all', () => {
    const window = new SharedWindow({ limit: 30, share: 10 }, 100);
    expect([admitted(window, 'a'), admitted(window, '')]).toEqual([30, 0]);
    expect(admitted(window, '', NOW + 60_000)).toBe(30);
  });

  it('says when the share, or the whole, has room again, and takes back what did not count', () => {
    const window = new SharedWindow({ limit: 3, share: 1 }, 100);
    window.for('b').isFull(NOW);
    const bound = window.for('a');
    bound.record(NOW);
    expect(bound.isFull(NOW + 1000)).toBe(true);
    expect(bound.retryAfterSeconds(NOW + 20_000)).toBe(40);
    bound.release([NOW]);
    expect(bound.isFull(NOW + 1000)).toBe(false);
  });
});

describe('windows by key', () => {
  it('are one a key, and forgotten when they were used longest ago', () => {
    const windows = new KeyedWindows(2, () => ({}));
    const [a, b] = [windows.of('a'), windows.of('b')];
    expect(windows.of('a')).toBe(a);
    windows.of('c');
    expect(windows.of('a')).toBe(a);
    expect(windows.of('b')).not.toBe(b);
  });
});
