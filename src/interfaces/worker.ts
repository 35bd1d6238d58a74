import 'reflect-metadata';
import type { DependencyContainer } from 'tsyringe';
import { Refusal } from '../application/refusal.ts';
import { DEFERRED_WORK, requestContainer, rootContainer } from './container.ts';
import { route } from './http/router.ts';
import { healthResponse, refusalResponse } from './http/wire.ts';
import { readSettings, type SettingFault, type Settings } from './settings.ts';

type Isolate =
  | { readonly kind: 'ready'; readonly settings: Settings; readonly root: DependencyContainer }
  | { readonly kind: 'misconfigured'; readonly faults: readonly SettingFault[] };

/** Made on the first request, for only then there is an environment. */
let isolate: Isolate | undefined;

export default {
  async fetch(request, env, ctx): Promise<Response> {
    const requestId = crypto.randomUUID();
    isolate ??= makeIsolate(env as unknown as Readonly<Record<string, unknown>>);
    const response = await answer(isolate, request, requestId, ctx);
    response.headers.set('X-Request-Id', requestId);
    return response;
  },
} satisfies ExportedHandler<Env>;

function makeIsolate(env: Readonly<Record<string, unknown>>): Isolate {
  const result = readSettings(env);
  if (result.kind === 'valid') {
    return {
      kind: 'ready',
      settings: result.settings,
      root: rootContainer(result.settings, { now: () => Date.now() }),
    };
  }
  // eslint-disable-next-line no-console -- there is no request's log yet
  console.error(JSON.stringify({ level: 'error', event: 'misconfigured', faults: result.faults }));
  return { kind: 'misconfigured', faults: result.faults };
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
    ctx.waitUntil(container.resolve(DEFERRED_WORK).run());
  }
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
