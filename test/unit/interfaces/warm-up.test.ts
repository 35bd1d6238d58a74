import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { decodeJwt } from 'jose';
import { ExchangeToken } from '../../../src/application/exchange/exchange-token.ts';
import { BOUNDED_FETCH, type BoundedFetch } from '../../../src/infrastructure/http/bounded-fetch.ts';
import { MemoryCacheStore } from '../../../src/infrastructure/memory/memory-cache-store.ts';
import { MemoryClock } from '../../../src/infrastructure/memory/memory-clock.ts';
import { compose, DEFERRED_TASK_LIST, requestScope } from '../../../src/interfaces/container.ts';
import { readSettings } from '../../../src/interfaces/settings.ts';
import { warmUp } from '../../../src/interfaces/warm-up.ts';
import {
  EXAMPLE_ENVIRONMENT,
  EXAMPLE_SIGNER,
  EXAMPLE_TIME_MS,
  EXAMPLE_TOKEN,
  exampleFetch,
} from '../../../src/interfaces/warm-up-example.ts';

/** What workerd forbids in global scope: "Asynchronous I/O, setting a timeout, and generating random values". */
const FORBIDDEN: readonly (readonly [owner: object, name: string])[] = [
  [globalThis, 'fetch'],
  [globalThis, 'setTimeout'],
  [globalThis, 'setInterval'],
  [globalThis, 'Response'],
  [crypto, 'randomUUID'],
  [crypto, 'getRandomValues'],
  [AbortSignal, 'timeout'],
];
const called: string[] = [];

beforeEach(() => {
  called.length = 0;
});

afterEach(() => {
  jest.restoreAllMocks();
});

function forbid(): void {
  for (const [owner, name] of FORBIDDEN) {
    jest.spyOn(owner as Record<string, () => unknown>, name).mockImplementation((): never => {
      called.push(name);
      throw new Error(`${name} is forbidden in global scope`);
    });
  }
  for (const name of ['log', 'warn', 'error', 'debug'] as const) {
    jest.spyOn(console, name).mockImplementation(() => void called.push(`console.${name}`));
  }
}

/** What a new isolate asks the network when the example's own token comes to it. */
async function requestsOfNewIsolate(): Promise<readonly string[]> {
  const result = readSettings(EXAMPLE_ENVIRONMENT);
  if (result.kind === 'invalid') throw new Error(JSON.stringify(result.faults));
  const clock = new MemoryClock(EXAMPLE_TIME_MS);
  const requests: string[] = [];
  const recorded: BoundedFetch = (url, init, bounds) => {
    requests.push(`${init.method ?? 'GET'} ${url}`);
    return exampleFetch(url, init, bounds);
  };
  const composition = compose(result.settings, clock, EXAMPLE_SIGNER).value(BOUNDED_FETCH, recorded);
  const platform = { rateLimiter: undefined, metrics: undefined, defer: () => undefined };
  const scope = requestScope(composition, { ...platform, store: new MemoryCacheStore(clock) }, 'a request');
  const request = { requestId: 'a', token: EXAMPLE_TOKEN, identity: 'example', narrowing: {} };
  await scope.resolve(ExchangeToken).execute({ ...request, scope: { owner: 'acme', repository: 'app' } });
  jest.spyOn(console, 'log').mockImplementation(() => undefined);
  await scope.resolve(DEFERRED_TASK_LIST).run();
  return requests;
}

describe('the warm-up', () => {
  it('comes to a grant, and does nothing that a Worker may not do before its first request', async () => {
    forbid();
    await warmUp();
    expect(called).toEqual([]);
  });

  it('leaves nothing behind: a new isolate asks for all that one without a warm-up asks for', async () => {
    const before = await requestsOfNewIsolate();
    await warmUp();
    expect(await requestsOfNewIsolate()).toEqual(before);
    expect(before).toHaveLength(7);
  });

  it('has an example that no real clock accepts', () => {
    expect(decodeJwt(EXAMPLE_TOKEN).exp).toBeLessThan(1000);
  });
});
