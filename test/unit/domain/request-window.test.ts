import { describe, expect, it } from '@jest/globals';
import { RequestWindow } from '../../../src/domain/request-window.ts';

const NOW = 1_800_000_000_000;

describe('a window of requests', () => {
  it('is full at its limit, and has room again a minute after the oldest', () => {
    const window = new RequestWindow(2);
    window.record(NOW);
    expect(window.isFull(NOW)).toBe(false);
    window.record(NOW + 10_000);
    expect(window.isFull(NOW + 10_000)).toBe(true);
    expect(window.isFull(NOW + 59_999)).toBe(true);
    expect(window.isFull(NOW + 60_000)).toBe(false);
  });

  it('says how many seconds are left, at least one', () => {
    const window = new RequestWindow(1);
    window.record(NOW);
    expect(window.retryAfterSeconds(NOW)).toBe(60);
    expect(window.retryAfterSeconds(NOW + 30_500)).toBe(30);
    expect(window.retryAfterSeconds(NOW + 59_999)).toBe(1);
    expect(window.retryAfterSeconds(NOW + 90_000)).toBe(1);
  });

  it('remembers no more than its limit, whatever is recorded', () => {
    const window = new RequestWindow(3);
    for (let count = 0; count < 1000; count++) window.record(NOW);
    window.record(NOW + 1);
    expect(window.isFull(NOW + 2)).toBe(true);
    expect(window.isFull(NOW + 60_001)).toBe(false);
  });

  it('has room again where an event is taken back, and for no more than that', () => {
    const window = new RequestWindow(2);
    window.record(NOW);
    window.record(NOW + 1);
    window.release([NOW, NOW + 7]);
    expect(window.isFull(NOW + 2)).toBe(false);
    window.record(NOW + 2);
    expect(window.isFull(NOW + 2)).toBe(true);
  });

  it('takes back the event that is meant', () => {
    const window = new RequestWindow(2);
    window.record(NOW);
    window.record(NOW + 30_000);
    window.release([NOW]);
    window.record(NOW + 30_000);
    expect(window.isFull(NOW + 89_999)).toBe(true);
    expect(window.isFull(NOW + 90_000)).toBe(false);
  });

  it('takes back nothing that was never recorded', () => {
    const window = new RequestWindow(1);
    window.record(NOW);
    window.release([NOW + 1]);
    expect(window.isFull(NOW + 1)).toBe(true);
  });
});
