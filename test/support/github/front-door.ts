import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AdjustableClock } from '../clock.ts';
import { isJsonObject, parseJson } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { readBody } from '../loopback-server.ts';
import type { AccessTokens } from './access-tokens.ts';
import type { Authentication, Caller } from './authentication.ts';
import type { Fault, Faults } from './faults.ts';
import type { GraphQlEndpoint } from './graphql-endpoint.ts';
import type { MatchedOperation, PublishedContract } from './published-contract.ts';
import { limitedMessage, rateSubject } from './rate-limits.ts';
import type { RateLimits, RateResource } from './rate-limits.ts';
import type { RequestLog } from './request-log.ts';
import type { Roots } from './representations.ts';
import { GitHubError, isBytes } from './responses.ts';
import type { GitHubResponse } from './responses.ts';
import type { RestHandler } from './rest/context.ts';
import { distort, substitute, transmit } from './transport.ts';
import type { GitHubWorld } from './world.ts';

const API_VERSIONS: ReadonlySet<string> = new Set(['2022-11-28', '2026-03-10']);
const ENTERPRISE_ROOT = '/api/v3';

export interface FrontDoorParts {
  readonly clock: AdjustableClock;
  readonly world: GitHubWorld;
  readonly tokens: AccessTokens;
  readonly authentication: Authentication;
  readonly contract: PublishedContract;
  readonly graphql: GraphQlEndpoint;
  readonly operations: ReadonlyMap<string, RestHandler>;
  readonly faults: Faults;
  readonly limits: RateLimits;
  readonly log: RequestLog;
  readonly violations: string[];
}

/** One request on its way through. */
interface Visit {
  readonly request: IncomingMessage;
  readonly method: string;
  readonly path: string;
  readonly url: URL;
  readonly body: Buffer;
  readonly roots: Roots;
  readonly operation: MatchedOperation | undefined;
  readonly isGraphQl: boolean;
  readonly caller: Caller | GitHubError;
  readonly faults: readonly Fault[];
}

/** What every request to the API meets, in GitHub's order: identity, limits, the operation, and a checked answer. */
export class FrontDoor {
  readonly #parts: FrontDoorParts;

  constructor(parts: FrontDoorParts) {
    this.#parts = parts;
  }

  async receive(request: IncomingMessage, response: ServerResponse, origin: string): Promise<void> {
    const visit = this.#open(request, await readBody(request), origin);
    const proper = this.#substitute(visit) ?? (await this.#answer(visit));
    const answer = distort(proper, visit.faults);
    const resource: RateResource = visit.isGraphQl ? 'graphql' : 'core';
    const subject = visit.caller instanceof GitHubError ? 'anonymous' : rateSubject(visit.caller);
    const status = await transmit(response, {
      response: answer,
      headers: { ...standingHeaders(request), date: this.#date(), ...this.#parts.limits.headers(subject, resource) },
      faults: visit.faults,
      latency: this.#parts.faults.latency,
      ifNoneMatch: request.headers['if-none-match'],
      cacheable: visit.method === 'GET' && !isBytes(answer.body),
    });
    if (visit.faults.some(({ kind }) => kind === 'hang')) this.#parts.faults.onHang(request.url ?? '');
    // "A conditional request answered 304 costs nothing."
    if (status !== 304) this.#parts.limits.spend(subject, resource);
    this.#record(visit, status);
  }

  /** By the clock of this world. */
  #date(): string {
    return new Date(this.#parts.clock.now()).toUTCString();
  }

  #open(request: IncomingMessage, body: Buffer, origin: string): Visit {
    const url = new URL(request.url ?? '/', origin);
    const method = request.method ?? 'GET';
    const enterprise = url.pathname.startsWith(`${ENTERPRISE_ROOT}/`);
    const roots = { api: enterprise ? origin + ENTERPRISE_ROOT : origin, web: origin };
    const path = this.#byName(enterprise ? url.pathname.slice(ENTERPRISE_ROOT.length) : url.pathname);
    const isGraphQl = method === 'POST' && (url.pathname === '/graphql' || url.pathname === '/api/graphql');
    const operation = isGraphQl ? undefined : this.#parts.contract.match(method, path);
    const caller = this.#identify(request);
    const who = identityOf(caller);
    const subject = { method, path, operation: operationName(isGraphQl, operation), ...who };
    const faults = this.#parts.faults.take(subject);
    return { request, method, path, url, body, roots, operation, isGraphQl, caller, faults };
  }

  /** `/repositories/{id}/…`, to which GitHub redirects from a former name. */
  #byName(path: string): string {
    const [, id, rest = ''] = /^\/repositories\/(\d+)(\/.*)?$/.exec(path) ?? [];
    const repository = id === undefined ? undefined : this.#parts.world.repositoryById(Number(id));
    return repository === undefined ? path : `/repos/${repository.owner.login}/${repository.name}${rest}`;
  }

  #identify(request: IncomingMessage): Caller | GitHubError {
    try {
      return this.#parts.authentication.identify(request.headers.authorization);
    } catch (error) {
      if (error instanceof GitHubError) return error;
      throw error;
    }
  }

  #substitute(visit: Visit): GitHubResponse | undefined {
    const now = this.#parts.clock.seconds();
    return visit.faults.map((fault) => substitute(fault, now)).find((answer) => answer !== undefined);
  }

  async #answer(visit: Visit): Promise<GitHubResponse> {
    try {
      return await this.#admit(visit);
    } catch (error) {
      if (!(error instanceof GitHubError)) throw error;
      const response = error.toResponse();
      return this.#checked(visit, response);
    }
  }

  async #admit(visit: Visit): Promise<GitHubResponse> {
    const { request, caller } = visit;
    if ((request.headers['user-agent'] ?? '') === '') return missingUserAgent();
    const version = request.headers['x-github-api-version'];
    if (version !== undefined && !API_VERSIONS.has(String(version))) {
      throw new GitHubError(400, `API version ${String(version)} is not supported.`);
    }
    if (caller instanceof GitHubError) throw caller;
    if (!visit.isGraphQl && visit.operation === undefined) {
      return this.#violated(`the excerpt of GitHub's description has no ${visit.method} ${visit.path}`);
    }
    const limited = this.#limited(caller, visit.isGraphQl);
    if (limited !== undefined) return limited;
    return visit.isGraphQl ? this.#answerGraphQl(visit, caller) : this.#answerRest(visit, caller);
  }

  #limited(caller: Caller, isGraphQl: boolean): GitHubResponse | undefined {
    const subject = rateSubject(caller);
    if (!this.#parts.limits.isExhausted(subject, isGraphQl ? 'graphql' : 'core')) return undefined;
    const message = limitedMessage(subject);
    // GraphQL tells an exhausted limit with status 200.
    if (isGraphQl) return { status: 200, body: { errors: [{ type: 'RATE_LIMITED', message }] } };
    throw new GitHubError(403, message);
  }

  async #answerGraphQl(visit: Visit, caller: Caller): Promise<GitHubResponse> {
    if (caller.kind === 'anonymous') throw new GitHubError(401, 'This endpoint requires you to be authenticated.');
    const { world, tokens, limits, graphql } = this.#parts;
    const limit = limits.state(rateSubject(caller), 'graphql');
    const { body, violations } = await graphql.answer(
      { caller, world, tokens, roots: visit.roots, limit },
      jsonBody(visit),
    );
    return violations.length === 0 ? { status: 200, body } : this.#violated(...violations);
  }

  #answerRest(visit: Visit, caller: Caller): GitHubResponse {
    const operation = visit.operation;
    const handler = this.#parts.operations.get(operation?.id ?? '');
    if (operation === undefined || handler === undefined) return this.#violated(`nothing answers ${visit.path}`);
    const body = visit.body.length === 0 ? undefined : jsonBody(visit);
    const faults = this.#parts.contract.checkRequest(operation.id, visit.url.searchParams, body);
    const broken = faults.filter((fault) => fault.kind === 'violation');
    if (broken.length > 0) return this.#violated(...broken.map((fault) => fault.message));
    if (faults[0] !== undefined) throw new GitHubError(422, faults[0].message);
    const { clock, world, tokens } = this.#parts;
    const answer = handler({
      params: operation.params,
      query: visit.url.searchParams,
      body: body ?? {},
      accept: visit.request.headers.accept ?? '',
      statelessToken: String(visit.request.headers['x-github-stateless-s2s-token'] ?? ''),
      url: visit.roots.api + visit.path,
      caller,
      roots: visit.roots,
      world,
      tokens,
      clock,
      overgrant: visit.faults.find((fault) => fault.kind === 'overgrant'),
    });
    return this.#checked(visit, answer);
  }

  #checked(visit: Visit, response: GitHubResponse): GitHubResponse {
    if (visit.operation === undefined || isBytes(response.body)) return response;
    const mediaType = (response.headers?.['content-type'] ?? 'application/json').split(';')[0] ?? '';
    const broken = this.#parts.contract.checkResponse(visit.operation.id, response.status, mediaType, response.body);
    return broken.length === 0 ? response : this.#violated(...broken);
  }

  #violated(...messages: string[]): GitHubResponse {
    this.#parts.violations.push(...messages);
    return { status: 500, body: { message: 'Against GitHub’s published description', violations: messages } };
  }

  #record(visit: Visit, status: number): void {
    const { caller } = visit;
    this.#parts.log.record({
      method: visit.method,
      path: visit.path,
      operation: operationName(visit.isGraphQl, visit.operation),
      status,
      authKind: caller instanceof GitHubError ? 'refused' : caller.kind,
      ...identityOf(caller),
      userAgent: visit.request.headers['user-agent'],
      body: visit.body.length === 0 ? undefined : parseJson(visit.body.toString('utf8')),
      at: this.#parts.clock.now(),
    });
  }
}

function operationName(isGraphQl: boolean, operation: MatchedOperation | undefined): string {
  return isGraphQl ? 'graphql' : (operation?.id ?? 'unknown');
}

function identityOf(caller: Caller | GitHubError): { appId: number | undefined; installationId: number | undefined } {
  if (caller instanceof GitHubError || caller.kind === 'anonymous')
    return { appId: undefined, installationId: undefined };
  if (caller.kind === 'app') return { appId: caller.app.id, installationId: undefined };
  const { installation } = caller.token;
  return { appId: installation.app.id, installationId: installation.id };
}

function standingHeaders(request: IncomingMessage): Record<string, string> {
  return {
    server: 'github.com',
    'x-github-request-id': randomBytes(12).toString('hex').toUpperCase(),
    'x-github-media-type': 'github.v3; format=json',
    'x-github-api-version-selected': String(request.headers['x-github-api-version'] ?? '2022-11-28'),
  };
}

function missingUserAgent(): GitHubResponse {
  const text = 'Request forbidden by administrative rules. Please make sure your request has a User-Agent header.\n';
  return { status: 403, headers: { 'content-type': 'text/plain' }, body: Buffer.from(text) };
}

function jsonBody(visit: Visit): JsonObject {
  const value: Json | undefined = parseJson(visit.body.toString('utf8'));
  if (value === undefined) throw new GitHubError(400, 'Problems parsing JSON');
  if (!isJsonObject(value)) throw new GitHubError(400, 'Body should be a JSON object');
  return value;
}
