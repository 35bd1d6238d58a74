import type { Narrowing } from '../../domain/narrowing.ts';
import { isLevel, PermissionSet, type PermissionLevel } from '../../domain/permission-set.ts';
import { isIdentity, isRepositoryName, parseScope, type Scope } from '../../domain/scope.ts';
import { MAX_REPOSITORIES } from '../../domain/trust-policy.ts';
import { HttpRefusal, type AnyRefusal, type HttpRefusalKind } from '../http-refusal.ts';

const PERMISSION = /^([a-z][a-z_]{0,99}):([a-z]+)$/;
const PERMISSIONS_FORM = 'permissions must be name:level, at least one';

/** Parameters of the query string and of a form, together. */
export class Parameters {
  constructor(private readonly sources: readonly URLSearchParams[]) {}

  all(name: string): readonly string[] {
    return this.sources.flatMap((source) => source.getAll(name));
  }

  /** @throws HttpRefusal where it is given twice with different values */
  one(name: string): string | undefined {
    const values = new Set(this.all(name));
    if (values.size > 1) throw invalid(`${name} is given twice with different values`);
    return [...values][0];
  }

  /** `scopes`, the newer spelling, wins over `scope`. */
  scope(): Scope {
    const newer = new Set(this.all('scopes'));
    if (newer.size > 1) throw invalid('multiple scopes not supported');
    const older = this.one('scope');
    const text = [...newer][0] ?? older;
    if (text === undefined) throw invalid('scope is missing: owner/repo, or owner');
    const scope = parseScope(text);
    if (scope === undefined) throw invalid('scope must be owner/repo, or owner');
    return scope;
  }

  identity(): string {
    const identity = this.one('identity');
    if (identity === undefined) throw invalid('identity is missing: the name of a trust policy');
    if (!isIdentity(identity)) throw invalid('identity must be the name of a trust policy, without .sts.yaml');
    return identity;
  }

  narrowing(): Narrowing {
    const permissions = this.one('permissions');
    const repositories = this.one('repositories');
    return {
      ...(permissions === undefined ? {} : { permissions: parsePermissions(permissions.split(','), invalid) }),
      ...(repositories === undefined ? {} : { repositories: parseRepositories(repositories) }),
    };
  }
}

/**
 * `contents:read`, as many as there are. An empty set would make GitHub grant everything, so it is refused here too.
 *
 * @param refusal what is thrown where they can't be read
 */
export function parsePermissions(items: readonly string[], refusal: (message: string) => AnyRefusal): PermissionSet {
  const levels = new Map<string, PermissionLevel>();
  for (const item of items) {
    const [, name, level] = PERMISSION.exec(item.trim()) ?? [];
    if (name === undefined || level === undefined || !isLevel(level)) throw refusal(PERMISSIONS_FORM);
    if (levels.has(name) && levels.get(name) !== level) throw refusal('permissions names one twice');
    levels.set(name, level);
  }
  const [first, ...others] = levels;
  if (first === undefined) throw refusal(PERMISSIONS_FORM);
  return PermissionSet.of(first, ...others);
}

function parseRepositories(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (!names.every(isRepositoryName))
    throw invalid("repositories must be repositories' names without owners, at least one");
  if (names.length > MAX_REPOSITORIES) throw invalid(`repositories names more than ${MAX_REPOSITORIES}`);
  return [...new Map(names.map((name) => [name.toLowerCase(), name])).values()];
}

export function invalid(message: string, kind: HttpRefusalKind = 'invalid_request'): HttpRefusal {
  return new HttpRefusal(kind, message);
}
