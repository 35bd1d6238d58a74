import { CLOCK } from '../../application/ports/clock.ts';
import { ExchangeToken } from '../../application/exchange/exchange-token.ts';
import { LOG } from '../../application/ports/log.ts';
import { ExchangeRecorder, type RequestOrigin } from '../../application/exchange/exchange-recorder.ts';
import { RevokeToken } from '../../application/revoke-token.ts';
import { Refusal } from '../../application/refusal.ts';
import type { Resolvable } from '../composition.ts';
import type { Platform } from '../platform.ts';
import type { Settings } from '../settings.ts';
import { receiveWebhook } from '../webhook/receive-webhook.ts';
import { bearerToken } from './bearer.ts';
import { parseExchange, readExchange } from './exchange-request.ts';
import { grantBody } from './exchange-response.ts';
import { landing } from './landing.ts';
import { SCHEMA_PATHS, schemaResponse } from './schemas.ts';
import { healthResponse, json, noContent, oauthRefusalResponse } from './wire.ts';

/** What a request needs to be served: its settings, and whatever the container makes for it. */
export interface RequestScope {
  readonly settings: Settings;
  readonly platform: Platform;
  readonly requestId: string;
  resolve<Value>(token: Resolvable<Value>): Value;
}

type Handler = (request: Request, scope: RequestScope) => Response | Promise<Response>;

interface Route {
  readonly path: string;
  readonly methods: readonly string[];
  readonly handle: Handler;
  /** Counts against the rate limit of the client's address, if one is bound. */
  readonly limited: boolean;
}

const ROUTES: readonly Route[] = [
  {
    path: '/',
    methods: ['GET', 'HEAD'],
    limited: false,
    handle: (request, { settings }) => landing(request, settings),
  },
  { path: '/healthz', methods: ['GET', 'HEAD'], limited: false, handle: () => healthResponse([]) },
  ...SCHEMA_PATHS.map((path) => ({ path, methods: ['GET', 'HEAD'], limited: false, handle: schemaResponse })),
  { path: '/sts/exchange', methods: ['GET', 'POST'], limited: true, handle: exchange },
  { path: '/sts/revoke', methods: ['POST'], limited: true, handle: revoke },
  { path: '/webhook', methods: ['POST'], limited: false, handle: receiveWebhook },
  { path: '/sts/exchange_refresh_token', methods: ['POST'], limited: true, handle: refuseRefresh },
];

/** The window of the rate-limit binding that wrangler.toml shows. */
const CLIENT_LIMIT_SECONDS = 60;

/**
 * Host, path, method, then the handler's own checks: in this order, so that a misdirected request learns nothing.
 *
 * @throws Refusal for every expected outcome that is not a success
 */
export async function route(request: Request, scope: RequestScope): Promise<Response> {
  const url = new URL(request.url);
  requireHost(url, scope.settings);
  const route = ROUTES.find((one) => one.path === url.pathname);
  if (route === undefined) throw new Refusal('not_found', 'There is nothing at this path.');
  if (!route.methods.includes(request.method)) {
    throw new Refusal('method_not_allowed', `This path takes ${route.methods.join(' or ')}.`, { allow: route.methods });
  }
  if (route.limited) await requireClientWithinLimit(request, scope);
  return route.handle(request, scope);
}

/** Preview and version addresses run old code with live secrets: only the configured host is served, over https. */
function requireHost(url: URL, settings: Settings): void {
  if (settings.allowLoopbackHttp) return;
  if (url.protocol === 'https:' && url.host.toLowerCase() === settings.stsDomain) return;
  throw new Refusal('misdirected', 'This service is not served under this address.');
}

/** A limiter that fails limits nobody: it is one bound of several. */
async function requireClientWithinLimit(request: Request, scope: RequestScope): Promise<void> {
  const { rateLimiter } = scope.platform;
  const address = request.headers.get('cf-connecting-ip');
  if (rateLimiter === undefined || address === null) return;
  try {
    if (await rateLimiter.admits(address)) return;
  } catch (error) {
    scope.resolve(LOG).error('rate_limiter_failed', { detail: String(error) });
    return;
  }
  throw new Refusal('rate_limited', 'Too many requests from this address.', {
    retryAfterSeconds: CLIENT_LIMIT_SECONDS,
  });
}

async function exchange(request: Request, scope: RequestScope): Promise<Response> {
  const raw = await recorded(request, scope, () => readExchange(request));
  try {
    const parsed = await recorded(request, scope, () => parseExchange(request, raw, scope.settings.github));
    const grant = await scope.resolve(ExchangeToken).execute({ ...parsed, ...origin(request, scope) });
    return json(grantBody(grant, raw.dialect, scope.resolve(CLOCK).now()));
  } catch (error) {
    if (error instanceof Refusal && raw.dialect === 'oauth') return oauthRefusalResponse(error, scope.requestId);
    throw error;
  }
}

/** A request that can't be read is an attempt too: the audit log has it. */
async function recorded<Value>(
  request: Request,
  scope: RequestScope,
  read: () => Value | Promise<Value>,
): Promise<Value> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Refusal) scope.resolve(ExchangeRecorder).unread(origin(request, scope), error);
    throw error;
  }
}

function origin(request: Request, { requestId }: RequestScope): RequestOrigin {
  return {
    requestId,
    ...optional('userAgent', request.headers.get('user-agent')),
    ...optional('clientAddress', request.headers.get('cf-connecting-ip')),
  };
}

async function revoke(request: Request, scope: RequestScope): Promise<Response> {
  await scope.resolve(RevokeToken).execute(bearerToken(request), origin(request, scope).clientAddress);
  return noContent();
}

function refuseRefresh(): never {
  throw new Refusal('unimplemented', 'Refresh tokens are not supported: exchange the OIDC token again.');
}

const MAX_HEADER_TEXT = 256;

function optional<Name extends string>(name: Name, value: string | null): Readonly<Partial<Record<Name, string>>> {
  return (value === null ? {} : { [name]: value.slice(0, MAX_HEADER_TEXT) }) as Readonly<Partial<Record<Name, string>>>;
}
