import { beforeEach, describe, expect, it } from '@jest/globals';
import { BudgetWindows } from '../../../../src/application/budget/budget-windows.ts';
import type { StoreWrites } from '../../../../src/application/budget/store-writes.ts';
import { isProven, type TrustLevel } from '../../../../src/domain/trust-level.ts';
import { MemoryClock } from '../../../../src/infrastructure/memory/memory-clock.ts';
import { RequestCosts } from '../request-costs.ts';

const MINUTE = 60_000;

let clock: MemoryClock;
let windows: BudgetWindows;

beforeEach(() => {
  clock = new MemoryClock(1_000_000);
  windows = new BudgetWindows();
});

/** Those of a request of its own, of a caller of this kind. */
function writesOf(level: TrustLevel, owner = 'acme'): StoreWrites {
  const { trust, writes } = new RequestCosts(clock, windows);
  trust.comesFrom({ owner });
  trust.level = level;
  return writes;
}

describe('writing the store', () => {
  it.each<[TrustLevel, boolean]>([
    ['unproven', false],
    ['presumed', false],
    ['bearer', false],
    ['outsider', true],
    ['insider', true],
    ['admitted', true],
    ['github', true],
  ])('of a caller that is %s: %s', (level, may) => {
    expect([writesOf(level).isAllowed, writesOf(level).take()]).toEqual([may, may]);
    expect(isProven(level)).toBe(may);
  });

  it.each<[TrustLevel, number]>([
    ['insider', 60],
    ['outsider', 60],
    ['github', 300],
  ])('is bounded for each owner and minute (%s: %i)', (level, limit) => {
    const taken = (owner: string): number => {
      let count = 0;
      while (writesOf(level, owner).take()) count += 1;
      return count;
    };
    expect([taken('acme'), taken('ACME'), taken('other')]).toEqual([limit, 0, limit]);
    clock.advance(MINUTE);
    expect(taken('acme')).toBe(limit);
  });

  it('counts as the caller is trusted when it writes, and not when it asked', () => {
    const costs = new RequestCosts(clock, windows);
    costs.trust.comesFrom({ owner: 'acme' });
    expect(costs.writes.take()).toBe(false);
    costs.budget.proveOutsider();
    expect(costs.writes.take()).toBe(true);
  });

  it('on behalf of webhooks does not use up what callers may write', () => {
    while (writesOf('github').take());
    expect(writesOf('insider').take()).toBe(true);
  });
});
