import 'reflect-metadata';
import type { DependencyContainer } from 'tsyringe';
import { Refusal } from '../application/refusal.ts';
import { appSigner, DEFERRED_WORK, requestContainer, rootContainer } from './container.ts';
import type { Clock } from '../application/ports/clock.ts';
import { rehearse } from './rehearsal.ts';
import { route } from './http/router.ts';
import { healthResponse, refusalResponse } from './http/wire.ts';
import { privateKeyFaults, readSettings, type SettingFault, type Settings } from './settings.ts';

type Isolate =
  | { readonly kind: 'ready'; readonly settings: Settings; readonly root: DependencyContainer }
  | { readonly kind: 'misconfigured'; readonly faults: readonly SettingFault[] };

const CLOCK: Clock = { now: () => Date.now() };

rehearse();

/** Made on the first request, for only then there is an environment. */
let isolate: Isolate | undefined;

export default {
  async fetch(request, env, ctx): Promise<Response> {
    const requestId = crypto.randomUUID();
    const ready = await isolateFor(env as unknown as Readonly<Record<string, unknown>>);
    const response = await answer(ready, request, requestId, ctx);
    response.headers.set('X-Request-Id', requestId);
    return response;
  },
} satisfies ExportedHandler<Env>;

/** Requests that come together make it each for itself, for none may await another's promise; the first one made stays. */
async function isolateFor(env: Readonly<Record<string, unknown>>): Promise<Isolate> {
  if (isolate !== undefined) return isolate;
  const made = await makeIsolate(env);
  isolate ??= made;
  return isolate;
}

async function makeIsolate(env: Readonly<Record<string, unknown>>): Promise<Isolate> {
  const result = readSettings(env);
  const pools = result.kind === 'valid' ? result.settings.pools : result.pools;
  const signer = appSigner(pools, CLOCK);
  const keyFaults = await privateKeyFaults(pools, (app) => signer.canSign(app));
  if (result.kind === 'invalid') return misconfiguredIsolate([...result.faults, ...keyFaults]);
  if (keyFaults.length > 0) return misconfiguredIsolate(keyFaults);
  return { kind: 'ready', settings: result.settings, root: rootContainer(result.settings, CLOCK, signer) };
}

function misconfiguredIsolate(faults: readonly SettingFault[]): Isolate {
  // eslint-disable-next-line no-console -- there is no request's log yet
  console.error(JSON.stringify({ level: 'error', event: 'misconfigured', faults }));
  return { kind: 'misconfigured', faults };
}

async function answer(isolate: Isolate, request: Request, requestId: string, ctx: ExecutionContext): Promise<Response> {
  if (isolate.kind === 'misconfigured') return misconfigured(request, isolate.faults, requestId);
  const container = requestContainer(isolate.root, requestId);
  try {
    return await route(request, {
      settings: isolate.settings,
      requestId,
      resolve: (token) => container.resolve(token),
    });
  } catch (error) {
    if (error instanceof Refusal) return refusalResponse(error, requestId);
    // eslint-disable-next-line no-console -- a bug: its stack, which holds no request's data, must reach the log
    console.error(JSON.stringify({ level: 'error', event: 'bug', request_id: requestId, stack: stackOf(error) }));
    return refusalResponse(
      new Refusal('internal_error', 'Something went wrong here. The log has it under this request id.'),
      requestId,
    );
  } finally {
    ctx.waitUntil(onceAnswered(() => container.resolve(DEFERRED_WORK).run()));
  }
}

/** A turn of the event loop later: then the answer is on its way, and nothing of this is asked of GitHub before it. */
async function onceAnswered(work: () => Promise<void>): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  await work();
}

function misconfigured(request: Request, faults: readonly SettingFault[], requestId: string): Response {
  if (new URL(request.url).pathname === '/healthz') return healthResponse(faults);
  return refusalResponse(
    new Refusal('misconfigured', 'This service is not configured completely. GET /healthz says what is missing.'),
    requestId,
  );
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.name) : 'not an error';
}
