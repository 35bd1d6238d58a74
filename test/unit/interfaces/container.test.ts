import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ExchangeToken } from '../../../src/application/exchange/exchange-token.ts';
import { APP_SIGNER } from '../../../src/application/ports/app-signer.ts';
import { CLOCK } from '../../../src/application/ports/clock.ts';
import { DEFERRED_TASKS } from '../../../src/application/ports/deferred-tasks.ts';
import type { IsolateToken, RequestToken } from '../../../src/application/ports/token.ts';
import { StoreWrites } from '../../../src/application/budget/store-writes.ts';
import { RequestBudget } from '../../../src/application/budget/request-budget.ts';
import { RevokeToken } from '../../../src/application/revoke-token.ts';
import { REQUEST_ID } from '../../../src/infrastructure/events/console-log.ts';
import { MemoryCacheStore } from '../../../src/infrastructure/memory/memory-cache-store.ts';
import { MemoryClock } from '../../../src/infrastructure/memory/memory-clock.ts';
import { Composition, type RequestScope, type Resolvable } from '../../../src/interfaces/composition.ts';
import { appSigner } from '../../../src/infrastructure/app-keys/app-keys.ts';
import { compose, DEFERRED_TASK_LIST, requestScope } from '../../../src/interfaces/container.ts';
import type { Platform } from '../../../src/interfaces/platform.ts';
import { serve } from '../../../src/interfaces/serve.ts';
import { readSettings, type Settings } from '../../../src/interfaces/settings.ts';
import { generateAppKeys } from '../../support/github/app-keys.ts';

type Class = new (...parameters: never[]) => object;
type Make = (...values: unknown[]) => unknown;
type Declare = (this: Composition, ...said: unknown[]) => Composition;

const SOURCE = new URL('../../../src/', import.meta.url).pathname;
const PRIVATE_KEY = generateAppKeys().pkcs1Pem;
const METHODS = { value: 'isolate', once: 'isolate', perRequest: 'request', adapter: 'request' } as const;

/** A composition whose every registration is known, and whose factories tell what they made. */
class Recorded {
  readonly isolate = new Set<IsolateToken<unknown>>();
  readonly request = new Set<Resolvable<unknown>>();
  readonly adapters = new Set<Class>();
  /** What was made by a factory, by the names of the tokens. */
  readonly made: string[] = [];
  readonly settings: Settings;
  readonly composition: Composition;

  constructor() {
    const result = readSettings({
      STS_DOMAIN: 'sts.example.com',
      GITHUB_APP_ID: '1',
      GITHUB_APP_PRIVATE_KEY: PRIVATE_KEY,
      GITHUB_WEBHOOK_SECRET: 'a secret of the webhook',
    });
    if (result.kind === 'invalid') throw new Error(JSON.stringify(result.faults));
    this.settings = result.settings;
    for (const [method, scope] of Object.entries(METHODS)) this.#record(method as keyof typeof METHODS, scope);
    this.composition = compose(this.settings, new MemoryClock(0), appSigner(this.settings));
    jest.restoreAllMocks();
  }

  /** @param platform the request's own */
  open(requestId: string, platform = makePlatform()): RequestScope {
    return requestScope(this.composition, platform, requestId);
  }

  #record(method: keyof typeof METHODS, scope: 'isolate' | 'request'): void {
    const { [method]: original } = Composition.prototype as unknown as Record<string, Declare>;
    const record = (on: Composition, token: symbol, ...said: unknown[]): Composition => {
      (this[scope] as Set<unknown>).add(token);
      if (method === 'adapter') this.adapters.add(said[0] as Class);
      const make = said[1] as Make | undefined;
      const counted: Make = (...values) => {
        this.made.push(String(token.description));
        return make?.(...values);
      };
      if (original === undefined) throw new Error(method);
      return original.call(on, token, said[0], ...(make === undefined ? [] : [counted]));
    };
    jest.spyOn(Composition.prototype, method).mockImplementation(function (this: Composition, ...said: unknown[]) {
      return record(this, ...(said as [symbol, ...unknown[]]));
    });
  }
}

function makePlatform(): Platform {
  const store = new MemoryCacheStore(new MemoryClock(0));
  return { store, rateLimiter: undefined, metrics: undefined, defer: () => undefined };
}

/** Read from the source, so that no class and no token can be forgotten here. */
const FILES = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter(
  (file) => /^(application|infrastructure|interfaces\/(http|webhook))\/.*\.ts$/.test(file) && !file.endsWith('.d.ts'),
);
const INJECTABLE = FILES.flatMap((file) =>
  [...readFileSync(join(SOURCE, file), 'utf8').matchAll(/@injectable\(\)\s*(?:export )?class (\w+)/g)].map(
    ([, name = '']) => [name, file] as const,
  ),
);

async function load(file: string): Promise<Readonly<Record<string, unknown>>> {
  return (await import(join(SOURCE, file))) as Readonly<Record<string, unknown>>;
}

async function classAt(name: string, file: string): Promise<Class> {
  const found = (await load(file))[name];
  if (typeof found !== 'function') throw new Error(`${file} does not export ${name}`);
  return found as Class;
}

/** Constants, functions and classes. */
async function exported(): Promise<readonly unknown[]> {
  return (await Promise.all(FILES.map(load))).flatMap((module) => Object.values(module));
}

/** Every token that a port or an adapter exports. */
async function exportedTokens(): Promise<readonly RequestToken<unknown>[]> {
  return (await exported()).filter((value): value is RequestToken<unknown> => typeof value === 'symbol');
}

/** tsyringe keeps what `@inject` says beside the token. */
function tokenOf(said: unknown): unknown {
  return typeof said === 'object' && said !== null && 'token' in said ? said.token : said;
}

function injectedInto(constructor: Class): readonly (readonly [parameter: number, token: unknown])[] {
  const tokens = Reflect.getOwnMetadata('injectionTokens', constructor) as Record<string, unknown> | undefined;
  const injected = Object.entries(tokens ?? {}).map(([index, said]) => [Number(index), tokenOf(said)] as const);
  return injected.filter(([, token]) => token !== undefined).toSorted(([a], [b]) => a - b);
}

/** The classes, and those that are injected into them, and so on. */
function withInjected(classes: Iterable<Class>): ReadonlySet<Class> {
  const all = new Set(classes);
  for (const one of all) {
    for (const [, token] of injectedInto(one)) if (typeof token === 'function') all.add(token as Class);
  }
  return all;
}

/** All objects that can be reached from these values: by a property, a list, a map or a set. */
function reachableFrom(values: Iterable<unknown>): ReadonlySet<object> {
  const all = new Set<object>();
  const add = (value: unknown): void => {
    if (typeof value === 'object' && value !== null) all.add(value);
  };
  for (const value of values) add(value);
  for (const one of all) {
    Object.values(one).forEach(add);
    if (one instanceof Map) [...one].flat().forEach(add);
    if (one instanceof Set) one.forEach(add);
  }
  return all;
}

let recorded: Recorded;

beforeEach(() => {
  recorded = new Recorded();
});

afterEach(() => {
  jest.restoreAllMocks();
});

describe('what is injected', () => {
  it('is found in the source, and all that is registered is found there', async () => {
    const found = await Promise.all(INJECTABLE.map(([name, file]) => classAt(name, file)));
    expect(found.length).toBeGreaterThanOrEqual(30);
    const missing = [...withInjected([...recorded.adapters, ExchangeToken])].filter((one) => !found.includes(one));
    expect(missing.map(({ name }) => name)).toEqual([]);
  });

  // esbuild emits no decorator metadata: a parameter without @inject would be undefined in production alone.
  it.each(INJECTABLE)('into %s is said for every parameter: %s', async (name, file) => {
    const constructor = await classAt(name, file);
    expect(injectedInto(constructor).map(([index]) => index)).toEqual(
      Array.from({ length: constructor.length }, (_, index) => index),
    );
  });

  it.each(INJECTABLE)('into %s is there for every parameter: %s', async (name, file) => {
    const constructor = await classAt(name, file);
    const scope = recorded.open('a-request');
    expect(scope.resolve(constructor)).toBeInstanceOf(constructor);
    for (const [, token] of injectedInto(constructor)) {
      expect(scope.resolve(token as Resolvable<unknown>)).toBeDefined();
    }
  });
});

describe('an isolate', () => {
  it('has all that lives as long as it without any request', () => {
    const names = [...recorded.isolate].map(({ description }) => description);
    expect(names).toEqual(expect.arrayContaining(['BudgetWindows', 'AppSigner', 'Clock', 'ExchangeRules']));
    for (const token of recorded.isolate) expect(recorded.composition.resolve(token)).toBeDefined();
  });

  it('knows nothing of a request, not even after some were served', () => {
    for (const id of ['first', 'second']) recorded.open(id).resolve(ExchangeToken);
    expect(() => recorded.composition.resolve(REQUEST_ID as unknown as IsolateToken<string>)).toThrow();
  });

  it('keeps nothing of the library’s own, so that two isolates of one process stay apart', () => {
    const other = new Recorded();
    expect(other.composition.resolve(APP_SIGNER)).not.toBe(recorded.composition.resolve(APP_SIGNER));
  });

  it('makes nothing before it is asked for', () => {
    recorded.open('a-request');
    expect(recorded.made).toEqual([]);
  });
});

describe('a request', () => {
  function allOf(scope: RequestScope, tokens: Iterable<Resolvable<unknown>>): readonly unknown[] {
    return [...tokens].map((token) => scope.resolve(token));
  }

  it('has every port and every token of an adapter', async () => {
    const scope = recorded.open('a-request');
    const tokens = await exportedTokens();
    expect(tokens.length).toBeGreaterThanOrEqual(35);
    for (const token of tokens) expect(scope.resolve(token)).toBeDefined();
  });

  it('has one of each thing, and shares none of them with the next request', () => {
    const [first, second] = [recorded.open('first'), recorded.open('second')];
    const tokens = [...recorded.request];
    const [once, twice, next] = [allOf(first, tokens), allOf(first, tokens), allOf(second, tokens)];
    expect(tokens.filter((_, index) => once[index] !== twice[index])).toEqual([]);
    expect(tokens.filter((_, index) => once[index] === next[index])).toEqual([]);
  });

  it('shares with the next request what belongs to the isolate', () => {
    const [first, second] = [recorded.open('first'), recorded.open('second')];
    const tokens = [...recorded.isolate];
    const [once, next] = [allOf(first, tokens), allOf(second, tokens)];
    expect(tokens.filter((_, index) => once[index] !== next[index])).toEqual([]);
    expect(first.resolve(CLOCK)).toBe(recorded.composition.resolve(CLOCK));
  });

  it('leaves no value of its own where the isolate or another request could reach it', async () => {
    const classes = await Promise.all(INJECTABLE.map(([name, file]) => classAt(name, file)));
    const requested = [...recorded.request, ...classes];
    const [first, second] = [recorded.open('first'), recorded.open('second')];
    const shared = reachableFrom([...allOf(first, recorded.isolate), ...(await exported())]);
    const own = [...reachableFrom(allOf(first, requested))].filter((one) => !shared.has(one));
    expect(own.length).toBeGreaterThan(recorded.request.size);
    const others = reachableFrom([...allOf(second, requested), ...allOf(second, recorded.isolate)]);
    expect(own.filter((one) => others.has(one))).toEqual([]);
    expect(allOf(first, recorded.request).filter((one) => shared.has(one as object))).toEqual([]);
  });

  it('does not see what another request said of itself', async () => {
    const [first, second] = [recorded.open('first'), recorded.open('second')];
    first.resolve(RequestBudget).proveInsider();
    let done = 0;
    first.resolve(DEFERRED_TASKS).add('task', async () => void (done += 1));
    expect([first.resolve(REQUEST_ID), second.resolve(REQUEST_ID)]).toEqual(['first', 'second']);
    expect(second.resolve(StoreWrites).isAllowed).toBe(false);
    await second.resolve(DEFERRED_TASK_LIST).run();
    expect(done).toBe(0);
    await first.resolve(DEFERRED_TASK_LIST).run();
    expect(done).toBe(1);
  });

  it('has one budget for all of its use cases', () => {
    const scope = recorded.open('a-request');
    const useCases = [scope.resolve(ExchangeToken), scope.resolve(RevokeToken)];
    const allowances = [...reachableFrom(useCases)].filter((one) => one instanceof RequestBudget);
    expect(allowances).toEqual([scope.resolve(RequestBudget)]);
    expect(allowances[0]).toBe(scope.resolve(RequestBudget));
  });
});

describe('what an answer costs', () => {
  /** What the factories made for a request, until all that follows its answer was done. */
  async function madeFor(
    request: Request,
  ): Promise<{ readonly status: number; readonly made: readonly string[]; readonly reads: number }> {
    const store = new MemoryCacheStore(new MemoryClock(0));
    const deferred: Promise<void>[] = [];
    const platform = { ...makePlatform(), store, defer: (work: Promise<void>) => void deferred.push(work) };
    const { composition, settings } = recorded;
    jest.spyOn(console, 'log').mockImplementation(() => undefined);
    const { status } = await serve(request, { kind: 'ready', settings, composition }, platform);
    await Promise.all(deferred);
    expect(store.writes).toBe(0);
    return { status, made: recorded.made, reads: store.reads };
  }

  it('/ makes nothing of GitHub’s, nor anything else, and asks no store', async () => {
    expect(await madeFor(new Request('https://sts.example.com/'))).toEqual({ status: 200, made: [], reads: 0 });
  });

  it('/healthz makes what it remembers and where the report stands, nothing of GitHub’s, and reads the store once', async () => {
    const { status, made, reads } = await madeFor(new Request('https://sts.example.com/healthz'));
    expect([status, reads]).toEqual([200, 1]);
    expect(made.toSorted()).toEqual(['HealthObservations', 'HealthReports', 'RememberedReport', 'SingleFlight']);
  });

  it('is counted: an exchange makes what it needs of GitHub’s', async () => {
    const headers = { authorization: 'Bearer nonsense' };
    const request = new Request('https://sts.example.com/sts/exchange?scope=acme/app&identity=x', { headers });
    const { status, made, reads } = await madeFor(request);
    expect([status, reads]).toEqual([400, 0]);
    expect(made).toEqual(expect.arrayContaining(['GitHubServer', 'AppJwts', 'AppDirectory']));
  });
});
