import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { App } from '../../src/domain/apps.ts';
import type { AppInspector } from '../../src/application/ports/app-inspector.ts';
import type { InstallationInspector } from '../../src/application/ports/installation-inspector.ts';

export const HOOK_URL = 'https://sts.example.com/webhook';

/** The organization acme, which owns the App and has it installed. Nobody has set up the App's webhook. */
export interface Harness {
  readonly inspector: AppInspector & InstallationInspector;
  readonly app: App;
  /** An App that GitHub does not know. */
  readonly stranger: App;
  setHook(hasSecret: boolean): void;
  /** One that the receiver answered so. */
  deliver(statusCode: number): Promise<void>;
  suspend(): void;
  uninstall(): void;
  /** Gives no answer to the next request. */
  failOnce(): void;
  close(): Promise<void>;
}

/** What every adapter of the two ports must do. Each test goes on from the one before. */
export function runTests(start: () => Promise<Harness>): void {
  let harness: Harness;

  beforeAll(async () => {
    harness = await start();
  });

  afterAll(() => harness.close());

  test('describe an App with its owner, its permissions and the page where it is set up', async () => {
    expect(await harness.inspector.describe(harness.app)).toMatchObject({
      kind: 'found',
      description: {
        id: Number(harness.app.id),
        slug: 'acme-sts',
        owner: 'acme',
        permissions: { contents: 'write', checks: 'write' },
        settingsPage: expect.stringMatching(/\/organizations\/acme\/settings\/apps\/acme-sts$/),
        quotaLeft: expect.any(Number),
      },
    });
  });

  test('tell an App that GitHub does not know from one without an answer', async () => {
    const { inspector, stranger, app } = harness;
    expect(await inspector.describe(stranger)).toMatchObject({ kind: 'unavailable', cause: 'credentials' });
    harness.failOnce();
    expect(await inspector.describe(app)).toMatchObject({ kind: 'unavailable', cause: 'unusable' });
  });

  test('find no webhook where nobody has set one up, and no delivery', async () => {
    expect(await harness.inspector.hook(harness.app)).toEqual({ kind: 'none' });
    expect(await harness.inspector.deliveries(harness.app)).toEqual({ kind: 'found', deliveries: [] });
  });

  test.each([false, true])('tell whether a webhook has a secret: %s', async (hasSecret) => {
    harness.setHook(hasSecret);
    expect(await harness.inspector.hook(harness.app)).toEqual({
      kind: 'found',
      setup: { url: HOOK_URL, hasSecret, verifiesTls: true },
    });
  });

  test('list deliveries with what was answered, the newest first', async () => {
    await harness.deliver(202);
    await harness.deliver(401);
    const answer = await harness.inspector.deliveries(harness.app);
    expect(answer.kind === 'found' && answer.deliveries.map(({ statusCode }) => statusCode)).toEqual([401, 202]);
  });

  test('list thirty deliveries at the most', async () => {
    for (let one = 0; one < 31; one += 1) await harness.deliver(202);
    const answer = await harness.inspector.deliveries(harness.app);
    expect(answer.kind === 'found' && answer.deliveries.length).toBe(30);
  });

  test.each(['acme', 'ACME'])('find the installation of %s with its permissions', async (owner) => {
    expect(await harness.inspector.inspect(harness.app, owner)).toMatchObject({
      kind: 'found',
      state: { isSuspended: false, permissions: { contents: 'write' }, page: expect.stringContaining('/8001') },
    });
  });

  test('tell a suspended installation', async () => {
    harness.suspend();
    expect(await harness.inspector.inspect(harness.app, 'acme')).toMatchObject({ state: { isSuspended: true } });
  });

  test('tell an absent installation from no answer', async () => {
    harness.failOnce();
    expect(await harness.inspector.inspect(harness.app, 'acme')).toMatchObject({ kind: 'unavailable' });
    harness.uninstall();
    expect(await harness.inspector.inspect(harness.app, 'acme')).toEqual({ kind: 'absent' });
  });
}
