import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { App } from '../../src/domain/apps.ts';
import type { AppNumbers } from '../../src/application/ports/app-numbers.ts';

export interface Harness {
  readonly numbers: AppNumbers;
  /** An App that is configured by its client ID, with its number. */
  readonly named: App;
  readonly number: string;
  /** A client ID that GitHub does not know, or whose App's key we do not have. */
  readonly stranger: App;
  /** How often GitHub was asked. */
  readonly asked: () => number;
  readonly close: () => Promise<void>;
}

/** What every adapter of the port must do. */
export function runTests(start: () => Promise<Harness>): void {
  let harness: Harness;

  beforeAll(async () => {
    harness = await start();
  });

  afterAll(async () => {
    await harness.close();
  });

  test('are what is configured, without asking anybody, where that is a number', async () => {
    const before = harness.asked();
    expect(await harness.numbers.of({ name: 'default', id: '777' })).toEqual({ kind: 'known', number: '777' });
    expect(harness.asked()).toBe(before);
  });

  test('are told by GitHub for a client ID, and the same each time', async () => {
    const { numbers, named, number } = harness;
    expect(await numbers.of(named)).toEqual({ kind: 'known', number });
    expect(await numbers.of({ ...named, name: 'other' })).toEqual({ kind: 'known', number });
  });

  test('are unknown, and not guessed, where GitHub does not tell', async () => {
    expect((await harness.numbers.of(harness.stranger)).kind).toBe('unavailable');
  });
}
