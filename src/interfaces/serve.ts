import { LOG, type Log } from '../application/ports/log.ts';
import { Refusal } from '../application/refusal.ts';
import { ConsoleLog } from '../infrastructure/events/console-log.ts';
import { DEFERRED_TASK_LIST, requestScope } from './container.ts';
import { grpcResponse, isGrpc } from './http/grpc.ts';
import type { AnyRefusal } from './http-refusal.ts';
import { logRequest } from './http/request-line.ts';
import { HEALTH_PATHS, route, type RequestScope } from './http/router.ts';
import { misconfiguredResponse, refusalResponse } from './http/wire.ts';
import type { Isolate } from './isolate.ts';
import type { Platform } from './platform.ts';
import { receiveWebhook } from './webhook/receive-webhook.ts';

type Ready = Isolate & { readonly kind: 'ready' };
type Misconfigured = Isolate & { readonly kind: 'misconfigured' };

/** Answers a request: the same on every runtime. Never rejects; what a bug throws is logged here and nowhere else. */
export async function serve(request: Request, isolate: Isolate, platform: Platform): Promise<Response> {
  const requestId = crypto.randomUUID();
  const response =
    isolate.kind === 'ready'
      ? await answer(request, isolate, platform, requestId)
      : misconfigured(request, isolate, requestId);
  response.headers.set('X-Request-Id', requestId);
  response.headers.set('X-Content-Type-Options', 'nosniff');
  return response;
}

async function answer(request: Request, isolate: Ready, platform: Platform, requestId: string): Promise<Response> {
  const { settings, composition } = isolate;
  const scope = requestScope(composition, platform, requestId);
  if (isGrpc(request)) return logged(request, grpcResponse(settings.stsDomain), scope.resolve(LOG));
  try {
    const resolve: RequestScope['resolve'] = (token) => scope.resolve(token);
    const routed = await route(request, {
      settings,
      platform,
      requestId,
      resolve,
      receiveWebhook: (delivery) => receiveWebhook(delivery, { settings, resolve }),
    });
    if (routed.isAudited) return routed.response;
    return logged(request, routed.response, scope.resolve(LOG), routed.refusal);
  } catch (error) {
    return failed(error, requestId);
  } finally {
    platform.defer(onceAnswered(() => scope.resolve(DEFERRED_TASK_LIST).run()));
  }
}

/** Starts in the next turn of the event loop. By then the answer is sent, so the caller waits for none of this. */
async function onceAnswered(work: () => Promise<void>): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  await work();
}

function misconfigured(request: Request, { faults }: Misconfigured, requestId: string): Response {
  const log = new ConsoleLog('info', requestId);
  if (isGrpc(request)) return logged(request, grpcResponse(undefined), log);
  if (HEALTH_PATHS.includes(new URL(request.url).pathname)) return logged(request, misconfiguredResponse(faults), log);
  const refusal = new Refusal(
    'misconfigured',
    'This service is not configured completely. GET /healthz says what is missing.',
  );
  return logged(request, refusalResponse(refusal, requestId), log, refusal);
}

function failed(error: unknown, requestId: string): Response {
  // eslint-disable-next-line no-console -- a bug: its stack, which holds no request's data, must reach the log
  console.error(JSON.stringify({ level: 'error', event: 'bug', request_id: requestId, stack: stackOf(error) }));
  const refusal = new Refusal('internal_error', 'Something went wrong here. The log has it under this request id.');
  return refusalResponse(refusal, requestId);
}

function logged(request: Request, response: Response, log: Log, refusal?: AnyRefusal): Response {
  logRequest(log, request, response, refusal);
  return response;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.name) : 'not an error';
}
