import type { GitHubServer } from '../../domain/github-server.ts';
import type { Narrowing } from '../../domain/narrowing.ts';
import { parseScope, type Scope } from '../../domain/scope.ts';
import { Refusal } from '../../application/refusal.ts';
import { bearerToken } from './bearer.ts';
import { invalid, Parameters, parsePermissions } from './parameters.ts';
import { isForm, requestText } from '../request-body.ts';

const MAX_FORM_BYTES = 32 * 1024;
/** A form counts only if it carries one of these: an empty one, as `curl -d ''` sends, changes nothing. */
const FORM_PARAMETERS = ['scope', 'scopes', 'identity', 'grant_type'];
const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const SUBJECT_TOKEN_TYPES = ['urn:ietf:params:oauth:token-type:jwt', 'urn:ietf:params:oauth:token-type:id_token'];
export const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token';

/** Which family of client asked, and so how it is answered. */
export type Dialect = 'default' | 'form' | 'oauth';

export interface RawExchange {
  readonly dialect: Dialect;
  readonly query: URLSearchParams;
  readonly form: URLSearchParams | undefined;
}

export interface ParsedExchange {
  readonly token: string;
  readonly scope: Scope;
  readonly identity: string;
  readonly narrowing: Narrowing;
}

/** Reads the body, as far as it counts, which tells the dialect. @throws HttpRefusal `payload_too_large` */
export async function readExchange(request: Request): Promise<RawExchange> {
  const query = new URL(request.url).searchParams;
  const form = request.method === 'POST' && isForm(request) ? await readForm(request) : undefined;
  if (form === undefined) return { dialect: 'default', query, form };
  return { dialect: form.has('grant_type') ? 'oauth' : 'form', query, form };
}

/** @throws HttpRefusal or Refusal, for a missing token first, then for parameters */
export function parseExchange(request: Request, raw: RawExchange, server: GitHubServer): ParsedExchange {
  return raw.dialect === 'oauth' ? parseOAuth(request, raw, server) : parseDefault(request, raw);
}

async function readForm(request: Request): Promise<URLSearchParams | undefined> {
  const form = new URLSearchParams(await requestText(request, MAX_FORM_BYTES));
  return FORM_PARAMETERS.some((name) => form.has(name)) ? form : undefined;
}

function parseDefault(request: Request, { query, form }: RawExchange): ParsedExchange {
  const token = bearerToken(request);
  const parameters = new Parameters(form === undefined ? [query] : [query, form]);
  return {
    token,
    scope: parameters.scope(),
    identity: parameters.identity(),
    narrowing: parameters.narrowing(),
  };
}

/** RFC 8693 §2.1. */
function parseOAuth(request: Request, { query, form }: RawExchange, server: GitHubServer): ParsedExchange {
  const parameters = new Parameters(form === undefined ? [query] : [query, form]);
  if (parameters.one('grant_type') !== TOKEN_EXCHANGE) {
    throw invalid(`grant_type must be ${TOKEN_EXCHANGE}`, 'unsupported_grant_type');
  }
  const token = subjectToken(request, parameters, query);
  return {
    token,
    scope: targetScope(parameters.one('resource'), server),
    identity: parameters.identity(),
    narrowing: oauthNarrowing(parameters),
  };
}

function subjectToken(request: Request, parameters: Parameters, query: URLSearchParams): string {
  if (query.has('subject_token')) throw invalid('subject_token belongs into the body, never into a URL');
  if (parameters.one('actor_token') !== undefined) throw invalid('actor_token is not supported');
  const token = parameters.one('subject_token');
  if (token === undefined || token === '') throw invalid('subject_token is missing');
  if (request.headers.has('authorization'))
    throw invalid('subject_token and an Authorization header exclude each other');
  if (!SUBJECT_TOKEN_TYPES.includes(parameters.one('subject_token_type') ?? '')) {
    throw invalid(`subject_token_type must be ${SUBJECT_TOKEN_TYPES.join(' or ')}`);
  }
  if ((parameters.one('requested_token_type') ?? ACCESS_TOKEN_TYPE) !== ACCESS_TOKEN_TYPE) {
    throw invalid(`requested_token_type must be ${ACCESS_TOKEN_TYPE}`);
  }
  return token;
}

function targetScope(resource: string | undefined, server: GitHubServer): Scope {
  if (resource === undefined) throw invalid('resource is missing: the web address of a repository or an organization');
  const prefix = `${server.webUrl}/`;
  const isHere = resource.slice(0, prefix.length).toLowerCase() === prefix.toLowerCase();
  const scope = isHere ? parseScope(resource.slice(prefix.length)) : undefined;
  if (scope === undefined) throw invalid(`resource must be ${prefix}owner/repo or ${prefix}owner`, 'invalid_target');
  return scope;
}

/** `scope` narrows here; `repositories` does as everywhere. */
function oauthNarrowing(parameters: Parameters): Narrowing {
  const { permissions, ...rest } = parameters.narrowing();
  const scope = parameters.one('scope');
  if (scope === undefined) return permissions === undefined ? rest : { ...rest, permissions };
  if (permissions !== undefined) throw invalid('scope and permissions exclude each other');
  return { ...rest, permissions: parsePermissions(scope.split(' '), unknownScope) };
}

/** RFC 6749 §5.2: a scope that can't be read and one that is not granted are the same error, `invalid_scope`. */
function unknownScope(message: string): Refusal {
  return new Refusal('narrowing_not_granted', message);
}
