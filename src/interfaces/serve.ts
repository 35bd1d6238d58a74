import { Refusal } from '../application/refusal.ts';
import { DEFERRED_TASK_LIST, requestScope } from './container.ts';
import { route } from './http/router.ts';
import { healthResponse, refusalResponse } from './http/wire.ts';
import type { Isolate } from './isolate.ts';
import type { Platform } from './platform.ts';

/** Answers a request: the same on every runtime. Never rejects; what a bug throws is logged here and nowhere else. */
export async function serve(request: Request, isolate: Isolate, platform: Platform): Promise<Response> {
  const requestId = crypto.randomUUID();
  const response = await answer(request, isolate, platform, requestId);
  response.headers.set('X-Request-Id', requestId);
  return response;
}

async function answer(request: Request, isolate: Isolate, platform: Platform, requestId: string): Promise<Response> {
  if (isolate.kind === 'misconfigured') return misconfigured(request, isolate.faults, requestId);
  const scope = requestScope(isolate.composition, platform, requestId);
  try {
    const { settings } = isolate;
    return await route(request, { settings, platform, requestId, resolve: (token) => scope.resolve(token) });
  } catch (error) {
    if (error instanceof Refusal) return refusalResponse(error, requestId);
    // eslint-disable-next-line no-console -- a bug: its stack, which holds no request's data, must reach the log
    console.error(JSON.stringify({ level: 'error', event: 'bug', request_id: requestId, stack: stackOf(error) }));
    return refusalResponse(
      new Refusal('internal_error', 'Something went wrong here. The log has it under this request id.'),
      requestId,
    );
  } finally {
    platform.defer(onceAnswered(() => scope.resolve(DEFERRED_TASK_LIST).run()));
  }
}

/** A turn of the event loop later: then the answer is on its way, and nothing of this is asked of GitHub before it. */
async function onceAnswered(work: () => Promise<void>): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  await work();
}

function misconfigured(request: Request, faults: readonly unknown[], requestId: string): Response {
  if (new URL(request.url).pathname === '/healthz') return healthResponse(faults);
  return refusalResponse(
    new Refusal('misconfigured', 'This service is not configured completely. GET /healthz says what is missing.'),
    requestId,
  );
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.name) : 'not an error';
}
