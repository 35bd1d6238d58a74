import { describe, expect, it } from '@jest/globals';
import { RequestDeadline } from '../../../../src/application/budget/request-deadline.ts';
import { MemoryClock } from '../../../../src/infrastructure/memory/memory-clock.ts';

describe('the deadline of a request', () => {
  it('leaves what is left of it, and nothing once it has passed', () => {
    const clock = new MemoryClock(1000);
    const deadline = new RequestDeadline(clock);
    deadline.start(15_000);
    expect(deadline.leftMs).toBe(15_000);
    clock.advance(14_999);
    expect(deadline.leftMs).toBe(1);
    clock.advance(1);
    expect(deadline.leftMs).toBe(0);
    clock.advance(1);
    expect(deadline.leftMs).toBe(0);
  });

  it('has no end before it starts', () => {
    expect(new RequestDeadline(new MemoryClock(1000)).leftMs).toBe(Number.POSITIVE_INFINITY);
  });
});
