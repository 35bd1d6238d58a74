import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { noteSecret } from '../support/canary.ts';
import { generateAppKeys } from '../support/github/app-keys.ts';
import { LocalStack } from '../support/local-stack.ts';
import type { StackOptions } from '../support/local-stack.ts';

/** docs/operations.md, "Rotating the App's key": GitHub takes every key of an App, so the service needs one at a time. */
const renewed = generateAppKeys();
let stack: LocalStack;

beforeAll(async () => {
  noteSecret(renewed.pkcs1Pem);
  stack = await LocalStack.start();
});

afterAll(async () => {
  await stack.close();
  expect(stack.emulator.violations).toEqual([]);
});

function withKey(pem: string): StackOptions {
  return { bindings: () => ({ GITHUB_APP_PRIVATE_KEY: pem }) };
}

async function status(): Promise<number> {
  return (await stack.exchange()).status;
}

describe('the App’s key', () => {
  it('is rotated without a refused exchange', async () => {
    const { app } = stack.seed;
    const former = app.keys;
    expect(await status()).toBe(200);
    // 1. Both keys are at GitHub, the service has the old one.
    app.furtherKeys = [renewed];
    expect(await status()).toBe(200);
    // 2. The service has the new one.
    await stack.restart(withKey(renewed.pkcs1Pem));
    expect(await status()).toBe(200);
    // 4. The old one is deleted.
    app.keys = renewed;
    app.furtherKeys = [];
    expect(await status()).toBe(200);
    // And whoever still has it gets nothing.
    await stack.restart(withKey(former.pkcs1Pem));
    expect(await status()).toBe(500);
  });
});
