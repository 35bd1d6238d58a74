import { member } from '../../infrastructure/json/untrusted-json.ts';
import { isOwnerName, isRepositoryName } from '../../domain/scope.ts';

const COMMIT = /^[0-9a-f]{40}([0-9a-f]{24})?$/;
const NO_COMMIT = /^0+$/;

/** A repository as a payload names it. */
export interface NamedRepository {
  readonly owner: string;
  readonly name: string;
  readonly defaultBranch: string | undefined;
  readonly id: number | undefined;
}

/** The value at a path of names; nothing where any of them is missing. */
export function at(payload: unknown, ...path: readonly string[]): unknown {
  return path.reduce(member, payload);
}

export function textAt(payload: unknown, ...path: readonly string[]): string | undefined {
  const value = at(payload, ...path);
  return typeof value === 'string' ? value : undefined;
}

export function idAt(payload: unknown, ...path: readonly string[]): number | undefined {
  const value = at(payload, ...path);
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

export function listAt(payload: unknown, ...path: readonly string[]): readonly unknown[] {
  const value = at(payload, ...path);
  return Array.isArray(value) ? value : [];
}

/** A commit's full name; nothing for anything else, forty zeros included (GitHub's "no commit"). */
export function commitAt(payload: unknown, ...path: readonly string[]): string | undefined {
  const text = textAt(payload, ...path);
  return text !== undefined && COMMIT.test(text) && !NO_COMMIT.test(text) ? text : undefined;
}

export function ownerAt(payload: unknown, ...path: readonly string[]): string | undefined {
  const name = textAt(payload, ...path);
  return name !== undefined && isOwnerName(name) ? name : undefined;
}

export function repositoryNameAt(payload: unknown, ...path: readonly string[]): string | undefined {
  const name = textAt(payload, ...path);
  return name !== undefined && isRepositoryName(name) ? name : undefined;
}

export function repositoryOf(payload: unknown): NamedRepository | undefined {
  const owner = ownerAt(payload, 'repository', 'owner', 'login');
  const name = repositoryNameAt(payload, 'repository', 'name');
  if (owner === undefined || name === undefined) return undefined;
  const defaultBranch = textAt(payload, 'repository', 'default_branch');
  return { owner, name, defaultBranch, id: idAt(payload, 'repository', 'id') };
}

/** @returns nothing where it is no list of texts */
export function textsAt(payload: unknown, name: string): readonly string[] | undefined {
  const value = at(payload, name);
  return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined;
}
