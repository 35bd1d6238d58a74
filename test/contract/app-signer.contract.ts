import { beforeAll, expect, test } from '@jest/globals';
import type { App } from '../../src/domain/apps.ts';
import type { AppSigner } from '../../src/application/ports/app-signer.ts';

export interface Harness {
  readonly signer: AppSigner;
  /** An App that the signer has a key of, and another one that it has none of. */
  readonly app: App;
  readonly stranger: App;
  /** Whether it is the App's signature of these bytes. */
  readonly verifies: (app: App, bytes: Uint8Array, signature: Uint8Array) => boolean;
}

/** What every adapter of the port must do. */
export function runTests(start: () => Promise<Harness>): void {
  let harness: Harness;

  beforeAll(async () => {
    harness = await start();
  });

  test.each(['header.payload', '', 'ä'.repeat(10_000)])('verify for the App that has the key: %#', async (text) => {
    const { signer, app, verifies } = harness;
    const bytes = Uint8Array.from(new TextEncoder().encode(text));
    const signed = await signer.sign(app, bytes);
    expect(signed.kind === 'signed' && verifies(app, bytes, signed.signature)).toBe(true);
  });

  test('are the same each time, and before and after others were asked for', async () => {
    const { signer, app, stranger } = harness;
    const bytes = Uint8Array.of(1, 2, 3);
    const first = await signer.sign(app, bytes);
    await signer.sign(stranger, bytes);
    expect(await signer.sign(app, bytes)).toEqual(first);
  });

  test('go by the App’s id, whatever its name', async () => {
    const { signer, app } = harness;
    expect((await signer.sign({ ...app, name: 'other' }, Uint8Array.of(1))).kind).toBe('signed');
  });

  test('are promised beforehand to the App that has the key, and to no other', async () => {
    const { signer, app, stranger } = harness;
    expect(await signer.check(app)).toEqual({ kind: 'usable' });
    expect(await signer.check(stranger)).toMatchObject({ kind: 'unusable_key', problem: expect.any(String) });
  });

  test('are none for an App without a key', async () => {
    expect(await harness.signer.sign(harness.stranger, Uint8Array.of(1))).toEqual({ kind: 'unusable_key' });
  });
}
