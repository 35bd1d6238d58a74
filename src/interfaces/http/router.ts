import { CLOCK } from '../../application/ports/clock.ts';
import { TellHealth } from '../../application/health/tell-health.ts';
import { ExchangeToken } from '../../application/exchange/exchange-token.ts';
import { LOG } from '../../application/ports/log.ts';
import { ExchangeRecorder } from '../../application/exchange/exchange-recorder.ts';
import type { RequestOrigin } from '../../application/request-origin.ts';
import { RevocationRecorder } from '../../application/revocation-recorder.ts';
import { RevokeToken } from '../../application/revoke-token.ts';
import { Refusal, type RecordedRefusal } from '../../application/refusal.ts';
import { quoted } from '../../domain/fault.ts';
import type { Resolvable } from '../composition.ts';
import type { Platform } from '../platform.ts';
import { isServedHost, servedHosts } from '../served-hosts.ts';
import type { Settings } from '../settings.ts';
import { bearerToken } from './bearer.ts';
import { parseExchange, readExchange } from './exchange-request.ts';
import { grantBody } from './exchange-response.ts';
import { HttpRefusal, isRefusal, type AnyRefusal } from '../http-refusal.ts';
import { landing } from './landing.ts';
import { SCHEMA_PATHS, schemaResponse } from './schemas.ts';
import {
  deliveryResponse,
  healthResponse,
  json,
  noContent,
  oauthRefusalResponse,
  refusalResponse,
  type Delivery,
} from './wire.ts';

/** What a request needs to be served: its settings, and whatever the container makes for it. */
export interface RequestScope {
  readonly settings: Settings;
  readonly platform: Platform;
  readonly requestId: string;
  resolve<Value>(token: Resolvable<Value>): Value;
  /** What a delivery of GitHub's came to. */
  readonly receiveWebhook: (request: Request) => Promise<Delivery>;
}

type Handler = (request: Request, scope: RequestScope) => Response | Promise<Response>;

interface Route {
  readonly path: string;
  readonly methods: readonly string[];
  readonly handle: Handler;
  /** Counts against the rate limit of the client's address, if one is bound. */
  readonly limited: boolean;
  /** Its handler leaves an audit event of every request, which is the request's line in the log. */
  readonly audited: boolean;
}

export interface Routed {
  readonly response: Response;
  /** Whether an audit event tells of the request already. */
  readonly isAudited: boolean;
  readonly refusal?: AnyRefusal;
}

const READ = { methods: ['GET', 'HEAD'], limited: false, audited: false };
const POST = { methods: ['POST'], limited: true, audited: false };
/** `/healthcheck` is what octo-sts's deployments probe. Probes come to any address. */
export const HEALTH_PATHS: readonly string[] = ['/healthz', '/healthcheck'];

const ROUTES: readonly Route[] = [
  { ...READ, path: '/', handle: landing },
  ...HEALTH_PATHS.map((path) => ({ ...READ, path, handle: tellHealth })),
  ...SCHEMA_PATHS.map((path) => ({ ...READ, path, handle: schemaResponse })),
  { path: '/sts/exchange', methods: ['GET', 'POST'], limited: true, audited: true, handle: exchange },
  { ...POST, path: '/sts/revoke', audited: true, handle: revoke },
  { ...POST, path: '/webhook', limited: false, handle: deliver },
  { ...POST, path: '/sts/exchange_refresh_token', handle: refuseRefresh },
  { ...POST, path: '/sts/exchange/pat', handle: refusePersonalTokens },
];

/** The window of the rate-limit binding that wrangler.toml shows. */
const CLIENT_LIMIT_SECONDS = 60;

/** Never rejects but for a bug. */
export async function route(request: Request, scope: RequestScope): Promise<Routed> {
  let isAudited = false;
  try {
    const admitted = await admit(request, scope);
    isAudited = admitted.audited;
    return { response: await admitted.handle(request, scope), isAudited };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { response: refusalResponse(error, scope.requestId), isAudited, refusal: error };
  }
}

/**
 * Host, path, method, then the handler's own checks: in this order, so that a misdirected request learns nothing.
 *
 * @throws HttpRefusal, or Refusal `rate_limited`
 */
async function admit(request: Request, scope: RequestScope): Promise<Route> {
  const url = new URL(request.url);
  requireHost(url, scope.settings);
  const route = ROUTES.find((one) => one.path === url.pathname);
  if (route === undefined) throw new HttpRefusal('not_found', 'There is nothing at this path.');
  const { methods } = route;
  if (!methods.includes(request.method)) {
    throw new HttpRefusal('method_not_allowed', `This path takes ${methods.join(' or ')}.`, methods);
  }
  if (route.limited) await requireClientWithinLimit(request, scope);
  return route;
}

/** Preview and version addresses run old code with live secrets: only the configured host is served, over https. */
function requireHost({ protocol, host, pathname }: URL, settings: Settings): void {
  const { allowLoopbackHttp, stsDomain } = settings;
  if ((protocol === 'https:' || allowLoopbackHttp) && isServedHost(host, settings)) return;
  if (HEALTH_PATHS.includes(pathname)) return;
  const asked = quoted(`${protocol}//${host}`);
  throw new HttpRefusal('misdirected', `This service is served at https://${stsDomain}, and not at ${asked}.`);
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

async function tellHealth(request: Request, scope: RequestScope): Promise<Response> {
  const isServed = isServedHost(new URL(request.url).host, scope.settings);
  return healthResponse(await scope.resolve(TellHealth).tell(isServed));
}

async function exchange(request: Request, scope: RequestScope): Promise<Response> {
  const raw = await reading(request, scope, () => readExchange(request));
  try {
    const parsed = await reading(request, scope, () => parseExchange(request, raw, scope.settings.github));
    const grant = await scope.resolve(ExchangeToken).execute({ ...parsed, ...origin(request, scope) });
    return json(grantBody(grant, raw.dialect, scope.resolve(CLOCK).now()));
  } catch (error) {
    if (isRefusal(error) && raw.dialect === 'oauth') return oauthRefusalResponse(error, scope.requestId);
    throw error;
  }
}

/** A request that can't be read is an attempt too: the audit log has it. */
async function reading<Value>(
  request: Request,
  scope: RequestScope,
  read: () => Value | Promise<Value>,
): Promise<Value> {
  try {
    return await read();
  } catch (error) {
    if (isRefusal(error)) scope.resolve(ExchangeRecorder).unread(origin(request, scope), recorded(error));
    throw error;
  }
}

function origin(request: Request, { requestId, settings }: RequestScope): RequestOrigin {
  return {
    requestId,
    ...hostOfTwo(request, settings),
    ...optional('userAgent', request.headers.get('user-agent')),
    ...optional('clientAddress', request.headers.get('cf-connecting-ip')),
  };
}

/** While callers move from one host to another, their events tell where they are. */
function hostOfTwo({ url }: Request, settings: Settings): Pick<RequestOrigin, 'host'> {
  const hosts = servedHosts(settings);
  if (hosts.length === 1) return {};
  const { host } = new URL(url);
  return hosts.includes(host) ? { host } : {};
}

async function deliver(request: Request, scope: RequestScope): Promise<Response> {
  return deliveryResponse(await scope.receiveWebhook(request));
}

async function revoke(request: Request, scope: RequestScope): Promise<Response> {
  const from = origin(request, scope);
  await scope.resolve(RevokeToken).execute(presentedToken(request, from, scope), from);
  return noContent();
}

function presentedToken(request: Request, from: RequestOrigin, scope: RequestScope): string {
  try {
    return bearerToken(request);
  } catch (error) {
    if (isRefusal(error)) scope.resolve(RevocationRecorder).refused(from, recorded(error));
    throw error;
  }
}

function recorded({ kind, message }: AnyRefusal): RecordedRefusal {
  return { kind, detail: message };
}

function refuseRefresh(): never {
  throw new HttpRefusal('unimplemented', 'Refresh tokens are not supported: exchange the OIDC token again.');
}

function refusePersonalTokens(): never {
  throw new HttpRefusal(
    'unimplemented',
    'Personal access tokens are not handed out: a trust policy grants a short-lived token of the GitHub App instead, which acts for no person.',
  );
}

const MAX_HEADER_TEXT = 256;

function optional<Name extends string>(name: Name, value: string | null): Readonly<Partial<Record<Name, string>>> {
  return (value === null ? {} : { [name]: value.slice(0, MAX_HEADER_TEXT) }) as Readonly<Partial<Record<Name, string>>>;
}
