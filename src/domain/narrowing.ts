import type { GrantedPermissions, PermissionSet } from './permission-set.ts';
import type { Scope } from './scope.ts';

/** Which repositories a token covers. By id where it is known: another account can take over a name. */
export type RepositorySelection =
  | { readonly kind: 'all' }
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'id'; readonly id: number; readonly name: string };

/** What a token may do, and where. */
export interface Grant {
  readonly permissions: PermissionSet;
  readonly repositories: RepositorySelection;
}

/**
 * Which repositories a policy's token covers, but for `caller_repository_only`. An explicit empty list means all, whatever
 * the scope; without a list the scope says which.
 *
 * @param repositoryId of the scope's repository, as GitHub gave it
 */
export function selectedRepositories(
  repositories: readonly string[] | undefined,
  scope: Scope,
  repositoryId: number,
): RepositorySelection {
  if (repositories !== undefined && repositories.length > 0) return { kind: 'names', names: repositories };
  if (scope.repository === undefined || repositories !== undefined) return { kind: 'all' };
  return { kind: 'id', id: repositoryId, name: scope.repository };
}

/** Less than a policy grants, as a caller may ask for. */
export interface Narrowing {
  readonly permissions?: PermissionSet;
  readonly repositories?: readonly string[];
}

export type NarrowedGrant =
  | { readonly kind: 'granted'; readonly grant: Grant }
  | { readonly kind: 'exceeds'; readonly what: 'permissions' | 'repositories' };

/** The part of the grant that was asked for. A request for more than the grant is refused, and never reduced silently. */
export function narrow(grant: Grant, narrowing: Narrowing): NarrowedGrant {
  const permissions = narrowing.permissions ?? grant.permissions;
  if (!grant.permissions.covers(permissions)) return { kind: 'exceeds', what: 'permissions' };
  const repositories = narrowRepositories(grant.repositories, narrowing.repositories);
  if (repositories === undefined) return { kind: 'exceeds', what: 'repositories' };
  return { kind: 'granted', grant: { permissions, repositories } };
}

function narrowRepositories(
  granted: RepositorySelection,
  asked: readonly string[] | undefined,
): RepositorySelection | undefined {
  if (asked === undefined) return granted;
  const within = (name: string): boolean => selectionHolds(granted, name);
  if (!asked.every(within)) return undefined;
  return granted.kind === 'id' ? granted : { kind: 'names', names: asked };
}

function selectionHolds(selection: RepositorySelection, name: string): boolean {
  const wanted = name.toLowerCase();
  switch (selection.kind) {
    case 'all':
      return true;
    case 'names':
      return selection.names.some((one) => one.toLowerCase() === wanted);
    case 'id':
      return selection.name.toLowerCase() === wanted;
  }
}

/** What GitHub says a new token holds. */
export interface GrantedAccess {
  readonly permissions: GrantedPermissions;
  /** Nothing where GitHub named none. */
  readonly repositories: readonly { readonly id: number; readonly name: string }[] | undefined;
  readonly coversAllRepositories: boolean;
}

/** Whether a token holds no more than was asked for; `metadata: read` aside, which every token holds. */
export function staysWithin(granted: GrantedAccess, asked: Grant): boolean {
  return (
    asked.permissions.covers(granted.permissions.withoutImplicitMetadata()) && repositoriesStayWithin(granted, asked)
  );
}

function repositoriesStayWithin(granted: GrantedAccess, asked: Grant): boolean {
  const { repositories } = asked;
  if (repositories.kind === 'all') return true;
  if (granted.coversAllRepositories) return false;
  return (granted.repositories ?? []).every(({ id, name }) =>
    repositories.kind === 'id' ? id === repositories.id : selectionHolds(repositories, name),
  );
}
