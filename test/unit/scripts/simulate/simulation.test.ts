import { describe, expect, it } from '@jest/globals';
import { simulate, type SimulationOptions } from '../../../../scripts/simulate/simulation.ts';

const SMALL: SimulationOptions = {
  seed: 1,
  exchanges: 600,
  repositories: 30,
  owners: 3,
  exponent: 0.9,
  blindShare: 0.3,
  locations: 3,
  isolatesPerLocation: 2,
  pushFactor: 20,
  plan: 'paid',
  webhooks: true,
  most: Number.MAX_SAFE_INTEGER,
};

describe('a simulated day', () => {
  it('is the same for the same seed', async () => {
    expect(await simulate(SMALL)).toEqual(await simulate(SMALL));
  }, 60_000);

  it('grants every exchange, each with one token for its caller, whatever answered it', async () => {
    const { day, refusals, isWhole } = await simulate(SMALL);
    const { exchanges, granted, callerTokens, fromMemory, fromKv, fromGitHub } = day;
    expect(refusals).toEqual({});
    expect(exchanges.value).toBeGreaterThan(500);
    expect([granted.value, callerTokens.value]).toEqual([exchanges.value, exchanges.value]);
    expect(fromMemory.value + fromKv.value + fromGitHub.value).toBe(exchanges.value);
    expect(Math.min(fromMemory.value, fromKv.value, fromGitHub.value)).toBeGreaterThan(0);
    expect(isWhole).toBe(true);
    // Its own read tokens are all taken back, and so are the callers'.
    expect(day.revocations.value).toBe(exchanges.value + day.queries.value);
  }, 60_000);

  it('has older policies decide for a minute and a half at the most where webhooks tell, and for longer where none do', async () => {
    const busy = { ...SMALL, exchanges: 3000, repositories: 5, owners: 1, blindShare: 0, pushFactor: 100 };
    const told = await simulate(busy);
    const untold = await simulate({ ...busy, webhooks: false });
    expect(told.day.pushes.value).toBeGreaterThan(20);
    expect(told.olderSeconds.most).toBeGreaterThan(0);
    expect(told.olderSeconds.most).toBeLessThan(95);
    expect(untold.day.older.value).toBeGreaterThan(told.day.older.value);
    expect(untold.olderSeconds.most).toBeGreaterThan(95);
    expect(untold.olderSeconds.most).toBeLessThan(5 * 60 + 30);
  }, 60_000);

  it('meets the limits of the free plan, and goes on without a store that takes writes', async () => {
    const { day } = await simulate({ ...SMALL, exchanges: 2500, repositories: 300, plan: 'free' });
    expect(day.kvWrites.value).toBe(1000);
    expect(day.kvOverBudget.value).toBeGreaterThan(100);
    expect(day.granted.value).toBe(day.exchanges.value);
  }, 60_000);

  it('says what all owners would have had where it runs a part of them', async () => {
    const many = { ...SMALL, exchanges: 1200, repositories: 120, owners: 30 };
    const whole = await simulate(many);
    const part = await simulate({ ...many, most: 300 });
    expect([part.isWhole, part.ran.owners < 25]).toEqual([false, true]);
    for (const measure of ['fromMemory', 'fromGitHub', 'kvReads', 'kvWrites', 'queries'] as const) {
      const { value, error } = part.day[measure];
      expect(Math.abs(value - whole.day[measure].value)).toBeLessThan(2 * error + value / 10);
    }
  }, 60_000);

  it('does not divide a plan’s one budget among a part of the owners', async () => {
    await expect(simulate({ ...SMALL, owners: 20, most: 50, plan: 'free' })).rejects.toThrow('one budget');
  });
});
