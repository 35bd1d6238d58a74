import { describe, expect, it } from '@jest/globals';
import { VirtualTime } from '../../../../scripts/simulate/virtual-time.ts';

describe('virtual time', () => {
  it('runs what is due in the order of its times, then in that of its making', async () => {
    const time = new VirtualTime(1000);
    const seen: string[] = [];
    time.at(1030, () => seen.push(`c ${time.now()}`));
    time.at(1010, () => seen.push(`a ${time.now()}`));
    time.at(1010, () => seen.push(`b ${time.now()}`));
    time.at(1041, () => seen.push('too late'));
    await time.runUntil(1040);
    expect(seen).toEqual(['a 1010', 'b 1010', 'c 1030']);
    expect(time.now()).toBe(1040);
  });

  it('lets all that waits for promises run before it moves on', async () => {
    const time = new VirtualTime(0);
    const seen: number[] = [];
    const work = async (): Promise<void> => {
      for (let step = 0; step < 20; step++) await Promise.resolve();
      seen.push(time.now());
      await time.sleep(5);
      for (let step = 0; step < 20; step++) await Promise.resolve();
      seen.push(time.now());
    };
    void work();
    time.at(1, () => undefined);
    await time.runUntil(100);
    expect(seen).toEqual([0, 5]);
  });

  it('runs nothing that was cancelled', async () => {
    const time = new VirtualTime(0);
    const seen: string[] = [];
    const cancel = time.at(10, () => seen.push('cancelled'));
    time.at(20, () => seen.push('kept'));
    cancel();
    await time.runUntil(30);
    expect(seen).toEqual(['kept']);
  });

  it('takes the timers of the process, and gives them back', async () => {
    const time = new VirtualTime(0);
    const real = globalThis.setTimeout;
    const seen: string[] = [];
    const giveBack = time.take();
    const timer = setTimeout(() => seen.push('cleared'), 3_000_000);
    setTimeout(() => seen.push('after an hour'), 3_600_000);
    clearTimeout(timer);
    giveBack();
    expect(globalThis.setTimeout).toBe(real);
    await time.runUntil(3_599_999);
    expect(seen).toEqual([]);
    await time.runUntil(3_600_000);
    expect(seen).toEqual(['after an hour']);
  });
});
