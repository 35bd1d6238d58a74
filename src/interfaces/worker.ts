import 'reflect-metadata';
import { AnalyticsEventSink } from '../infrastructure/cloudflare/analytics-event-sink.ts';
import { AssetsBinding } from '../infrastructure/cloudflare/assets-binding.ts';
import { readBindings, type Bindings } from '../infrastructure/cloudflare/bindings.ts';
import { KvCacheStore } from '../infrastructure/cloudflare/kv-cache-store.ts';
import { RateLimitBinding } from '../infrastructure/cloudflare/rate-limit-binding.ts';
import type { CacheStore } from '../infrastructure/cache/cache-store.ts';
import { makeIsolate, type Isolate } from './isolate.ts';
import type { Platform } from './platform.ts';
import { checkOnSchedule } from './scheduled-check.ts';
import { serve } from './serve.ts';
import { warmUp } from './warm-up.ts';

/** What the isolate keeps of its environment. */
interface Made {
  readonly isolate: Isolate;
  readonly platform: Omit<Platform, 'defer'>;
}

const CLOCK = { now: () => Date.now() };
/** The store of an isolate that can't serve. It is never used. */
const NO_STORE: CacheStore = {
  get: () => Promise.resolve({ kind: 'failed', reason: 'there is no store' }),
  keys: () => Promise.resolve({ kind: 'failed', reason: 'there is no store' }),
  put: () => Promise.reject(new Error('there is no store')),
};

// Not awaited: all of it has run once the module has, and if any of it can't, the Worker starts all the same.
void warmUp().catch((error: unknown) => {
  // eslint-disable-next-line no-console -- there is no request's log yet
  console.error(JSON.stringify({ level: 'error', event: 'warm_up_failed', reason: String(error) }));
});

/** Made on the first request: Workers give the environment only then. */
let made: Made | undefined;

export default {
  async fetch(request, env, ctx): Promise<Response> {
    const { isolate, platform } = await isolateFor(env as unknown as Readonly<Record<string, unknown>>);
    return serve(request, isolate, { ...platform, defer: (work) => ctx.waitUntil(work) });
  },
  async scheduled(_, env): Promise<void> {
    const { isolate, platform } = await isolateFor(env as unknown as Readonly<Record<string, unknown>>);
    await checkOnSchedule(isolate, platform);
  },
} satisfies ExportedHandler<Env>;

/** Requests that come together each make one, since none can await another's promise. The first one made is kept. */
async function isolateFor(env: Readonly<Record<string, unknown>>): Promise<Made> {
  if (made !== undefined) return made;
  const result = readBindings(env);
  const isolate = await makeIsolate(env, CLOCK, result.kind === 'invalid' ? result.faults : []);
  made ??= { isolate, platform: platformOf(result.kind === 'valid' ? result.bindings : undefined) };
  return made;
}

function platformOf(bindings: Bindings | undefined): Omit<Platform, 'defer'> {
  if (bindings === undefined) return { store: NO_STORE, rateLimiter: undefined, metrics: undefined };
  const { kv, metrics, rateLimiter, assets } = bindings;
  return {
    store: new KvCacheStore(kv),
    rateLimiter: rateLimiter === undefined ? undefined : new RateLimitBinding(rateLimiter),
    metrics: metrics === undefined ? undefined : new AnalyticsEventSink(metrics),
    assets: assets === undefined ? undefined : new AssetsBinding(assets),
  };
}
