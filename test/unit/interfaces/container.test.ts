import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { DependencyContainer, InjectionToken } from 'tsyringe';
import { ExchangeToken } from '../../../src/application/exchange/exchange-token.ts';
import { RequestAllowance } from '../../../src/application/request-allowance.ts';
import { AFTER_ANSWER } from '../../../src/application/ports/after-answer.ts';
import { APP_SIGNER } from '../../../src/application/ports/app-signer.ts';
import { CLOCK } from '../../../src/application/ports/clock.ts';
import { LOG } from '../../../src/application/ports/log.ts';
import { DEFERRED_WORK, REQUEST_ID, requestContainer, rootContainer } from '../../../src/interfaces/container.ts';
import { readSettings } from '../../../src/interfaces/settings.ts';
import { generateAppKeys } from '../../support/github/app-keys.ts';

type Constructor = new (...parameters: never[]) => object;

const APPLICATION = new URL('../../../src/application/', import.meta.url).pathname;

/** Read from the source, so that no class can be forgotten here. */
function injectableNames(): readonly (readonly [file: string, name: string])[] {
  const files = readdirSync(APPLICATION, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return files.flatMap((file) => {
    const source = readFileSync(join(APPLICATION, file), 'utf8');
    return [...source.matchAll(/@injectable\(\)\s*(?:export )?class (\w+)/g)].map(
      ([, name = '']) => [file, name] as const,
    );
  });
}

async function load(file: string): Promise<Readonly<Record<string, unknown>>> {
  return (await import(join(APPLICATION, file))) as Readonly<Record<string, unknown>>;
}

async function injectable(file: string, name: string): Promise<Constructor> {
  const found = (await load(file))[name];
  if (typeof found !== 'function') throw new Error(`${file} does not export ${name}`);
  return found as Constructor;
}

/** Every token that the application's files export beside its port. */
async function portTokens(): Promise<readonly (readonly [name: string, token: symbol])[]> {
  const files = readdirSync(APPLICATION, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const modules = await Promise.all(files.map(load));
  return modules.flatMap((module) =>
    Object.entries(module).filter((entry): entry is [string, symbol] => typeof entry[1] === 'symbol'),
  );
}

const PRIVATE_KEY = generateAppKeys().pkcs1Pem;

function makeRoot(): DependencyContainer {
  const result = readSettings({
    STS_DOMAIN: 'sts.example.com',
    GITHUB_APP_ID: '1',
    GITHUB_APP_PRIVATE_KEY: PRIVATE_KEY,
    OCTO_STS_KV: { get: () => null, put: () => undefined },
  });
  if (result.kind === 'invalid') throw new Error(JSON.stringify(result.faults));
  return rootContainer(result.settings, { now: () => 0 });
}

let root: DependencyContainer;

beforeEach(() => {
  root = makeRoot();
});

describe('what the application has injected', () => {
  const names = injectableNames();

  it('is found in the source', () => {
    expect(names.length).toBeGreaterThanOrEqual(8);
    expect(names.map(([, name]) => name)).toEqual(
      expect.arrayContaining(['ExchangeToken', 'RevokeToken', 'RequestAllowance']),
    );
  });

  // esbuild emits no decorator metadata: a parameter without @inject would be undefined in production alone.
  it.each(names)('%s: every parameter of %s says what is injected', async (file, name) => {
    const constructor = await injectable(file, name);
    const tokens = Reflect.getOwnMetadata('injectionTokens', constructor) as Record<string, unknown> | undefined;
    const injected = Object.entries(tokens ?? {}).filter(([, token]) => token !== undefined);
    expect(injected.map(([index]) => Number(index)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: constructor.length }, (_, index) => index),
    );
  });

  it.each(names)('%s: %s gets something for every parameter from a request’s container', async (file, name) => {
    const constructor = await injectable(file, name);
    const made = requestContainer(root, 'a-request').resolve<object>(constructor as InjectionToken<object>);
    const given = Object.entries(made).filter(([, value]) => value === undefined);
    expect(given).toEqual([]);
  });
});

describe('the isolate’s container', () => {
  it('resolves all that it holds without any request', async () => {
    const tokens = await portTokens();
    const held = tokens.filter(([, token]) => root.isRegistered(token));
    expect(held.map(([name]) => name).sort()).toEqual(
      expect.arrayContaining(['ALLOWANCE_WINDOWS', 'APP_SIGNER', 'CLOCK', 'EXCHANGE_RULES', 'TOKEN_DECODER']),
    );
    for (const [, token] of held) expect(root.resolve(token)).toBeDefined();
  });

  it('holds nothing that knows a request, not even after some were served', () => {
    for (const id of ['first', 'second']) requestContainer(root, id).resolve(ExchangeToken);
    const ofRequests = [LOG, AFTER_ANSWER, DEFERRED_WORK, REQUEST_ID, RequestAllowance] as InjectionToken<unknown>[];
    expect(ofRequests.filter((token) => root.isRegistered(token))).toEqual([]);
  });

  it('keeps nothing of the library’s own, so that two isolates of one process stay apart', () => {
    const other = makeRoot();
    expect(other.resolve(APP_SIGNER)).not.toBe(root.resolve(APP_SIGNER));
  });

  it('has every port of the application, together with a request', async () => {
    const request = requestContainer(root, 'a-request');
    const missing = (await portTokens()).filter(([, token]) => !request.isRegistered(token, true));
    expect(missing.map(([name]) => name)).toEqual([]);
  });
});

describe('a request’s container', () => {
  it('does not see the values of another request', () => {
    const first = requestContainer(root, 'first');
    const second = requestContainer(root, 'second');
    first.resolve(RequestAllowance).proveInsider();
    first.resolve(AFTER_ANSWER).add('task', async () => undefined);
    expect([first.resolve(REQUEST_ID), second.resolve(REQUEST_ID)]).toEqual(['first', 'second']);
    expect(second.resolve(RequestAllowance).mayWriteCache).toBe(false);
    for (const token of [LOG, AFTER_ANSWER, DEFERRED_WORK, RequestAllowance] as InjectionToken<unknown>[]) {
      expect(first.resolve(token)).not.toBe(second.resolve(token));
    }
  });

  it('gives all use cases of a request the same allowance, and a use case of the next another', () => {
    const first = requestContainer(root, 'first');
    const allowanceOf = (container: DependencyContainer): unknown =>
      (container.resolve(ExchangeToken) as unknown as { allowance: unknown }).allowance;
    expect(allowanceOf(first)).toBe(first.resolve(RequestAllowance));
    expect(allowanceOf(requestContainer(root, 'second'))).not.toBe(allowanceOf(first));
  });

  it('shares what belongs to the isolate', () => {
    const first = requestContainer(root, 'first');
    const second = requestContainer(root, 'second');
    for (const token of [CLOCK, APP_SIGNER] as InjectionToken<unknown>[])
      expect(first.resolve(token)).toBe(second.resolve(token));
  });
});
