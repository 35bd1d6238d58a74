import type { AdjustableClock } from '../../clock.ts';
import type { JsonObject } from '../../json.ts';
import type { AccessTokens } from '../access-tokens.ts';
import type { Caller } from '../authentication.ts';
import type { Commit } from '../git-objects.ts';
import { grants } from '../permissions.ts';
import type { Level, Permissions } from '../permissions.ts';
import type { Roots } from '../representations.ts';
import { GitHubError, notAccessible, notFound } from '../responses.ts';
import type { GitHubResponse } from '../responses.ts';
import type { GitHubWorld } from '../world.ts';
import type { App, Repository } from '../world-model.ts';

/** A mint that answers with more than was asked, because a fault says so. */
export interface Overgrant {
  readonly permissions?: Permissions;
  readonly repositories?: readonly string[] | 'all';
}

export interface RestContext {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: JsonObject;
  readonly accept: string;
  /** `X-GitHub-Stateless-S2S-Token`: which form of installation token the caller asks for. */
  readonly statelessToken: string;
  /** The request's own address without its query, for `Link`. */
  readonly url: string;
  readonly caller: Caller;
  readonly roots: Roots;
  readonly world: GitHubWorld;
  readonly tokens: AccessTokens;
  readonly clock: AdjustableClock;
  readonly overgrant: Overgrant | undefined;
}

export type RestHandler = (context: RestContext) => GitHubResponse;

export function param(context: RestContext, name: string): string {
  return context.params[name] ?? '';
}

export function requireApp(context: RestContext): App {
  if (context.caller.kind === 'app') return context.caller.app;
  throw new GitHubError(401, 'A JSON web token could not be decoded');
}

/** The repository in the path, if the caller may do this to it; GitHub hides what a caller can't see. */
export function requireRepository(context: RestContext, permission: string, level: Level): Repository {
  const repository = visibleRepository(context);
  const { caller } = context;
  if (level === 'read' && !repository.private) return repository;
  if (caller.kind === 'anonymous') throw new GitHubError(401, 'Requires authentication');
  if (caller.kind === 'app') throw notAccessible();
  if (!context.tokens.covers(caller.token, repository)) throw notAccessible();
  if (!grants(caller.token.permissions, permission, level)) {
    throw new GitHubError(
      403,
      'Resource not accessible by integration',
      {},
      {
        'x-accepted-github-permissions': `${permission}=${level}`,
      },
    );
  }
  return repository;
}

export function visibleRepository(context: RestContext): Repository {
  const found = context.world.lookUp(param(context, 'owner'), param(context, 'repo'));
  if (found.kind === 'absent' || !canSee(context, found.repository)) throw notFound();
  if (found.kind === 'moved') throw moved(context, found.repository);
  return found.repository;
}

export function canSee({ caller, tokens }: Pick<RestContext, 'caller' | 'tokens'>, repository: Repository): boolean {
  if (!repository.private || caller.kind === 'app') return true;
  return caller.kind === 'installation' && tokens.covers(caller.token, repository);
}

function moved(context: RestContext, repository: Repository): GitHubError {
  const rest = context.url.split('/').slice(context.roots.api.split('/').length + 3);
  const url = [`${context.roots.api}/repositories/${repository.id}`, ...rest].join('/');
  return new GitHubError(301, 'Moved Permanently', { url }, { location: url });
}

export function requireCommit(context: RestContext, repository: Repository, name: string): Commit {
  const commit = context.world.resolveCommit(repository, name);
  if (commit === undefined) throw new GitHubError(422, `No commit found for SHA: ${name}`);
  return commit;
}

const DEFAULT_PAGE_SIZE = 30;
const MAX_PAGE_SIZE = 100;

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly headers: Record<string, string>;
}

/** GitHub's paging: at most 100 a page, the other pages' addresses in `Link`. */
export function paginate<Item>(
  context: RestContext,
  items: readonly Item[],
  { defaultSize = DEFAULT_PAGE_SIZE, maxSize = MAX_PAGE_SIZE } = {},
): Page<Item> {
  const size = Math.min(positive(context.query.get('per_page')) ?? defaultSize, maxSize);
  const page = positive(context.query.get('page')) ?? 1;
  const last = Math.max(1, Math.ceil(items.length / size));
  const link = (number: number, rel: string): string => {
    const query = new URLSearchParams(context.query);
    query.set('page', String(number));
    return `<${context.url}?${query.toString()}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [link(Math.min(page - 1, last), 'prev'), link(1, 'first')] : []),
    ...(page < last ? [link(page + 1, 'next'), link(last, 'last')] : []),
  ];
  return {
    items: items.slice((page - 1) * size, page * size),
    headers: links.length === 0 ? {} : { link: links.join(', ') },
  };
}

function positive(text: string | null): number | undefined {
  const value = Number(text);
  return Number.isInteger(value) && value > 0 ? value : undefined;
}
