import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { IssuerInspector } from '../../src/application/ports/issuer-inspector.ts';

export interface Harness {
  readonly inspector: IssuerInspector;
  readonly issuer: string;
  /** From now on, or no more. */
  fail(isFailing: boolean): void;
  hoursPass(hours: number): void;
  close(): Promise<void>;
}

/** What every adapter of the port must do. Each test goes on from the one before. */
export function runTests(start: () => Promise<Harness>): void {
  let harness: Harness;

  beforeAll(async () => {
    harness = await start();
  });

  afterAll(() => harness.close());

  test('have no keys of an issuer that was never asked', async () => {
    expect(await harness.inspector.atHand(harness.issuer)).toBe('none');
  });

  test('tell why an issuer does not give its keys, and have none then', async () => {
    harness.fail(true);
    const fetched = await harness.inspector.fetch(harness.issuer);
    expect(fetched).toEqual({ kind: 'failed', detail: 'discovery: status 503' });
    expect(await harness.inspector.atHand(harness.issuer)).toBe('none');
    harness.fail(false);
  });

  test('keep what was fetched for an hour', async () => {
    expect(await harness.inspector.fetch(harness.issuer)).toEqual({ kind: 'fetched' });
    expect(await harness.inspector.atHand(harness.issuer)).toBe('fresh');
    harness.hoursPass(1.1);
    expect(await harness.inspector.atHand(harness.issuer)).toBe('old');
  });

  test('ask whatever is at hand: old keys hide no failure', async () => {
    harness.fail(true);
    expect(await harness.inspector.fetch(harness.issuer)).toMatchObject({ kind: 'failed' });
    expect(await harness.inspector.atHand(harness.issuer)).toBe('old');
  });
}
