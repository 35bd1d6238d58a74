/** Account names: managed-user accounts hold an underscore. ASCII is checked before any change of case. */
const OWNER = /^[A-Za-z0-9][A-Za-z0-9_-]{0,38}$/;
const REPOSITORY = /^[A-Za-z0-9._-]{1,100}$/;
const IDENTITY = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** What a token is asked for: one repository, or (without `repository`) an organization. Spelled as the caller did. */
export interface Scope {
  readonly owner: string;
  readonly repository?: string;
}

export function isOwnerName(text: string): boolean {
  return OWNER.test(text);
}

export function isRepositoryName(text: string): boolean {
  return REPOSITORY.test(text) && text !== '.' && text !== '..';
}

/** @returns the scope of `owner` or `owner/repo`, or nothing for any other text. */
export function parseScope(text: string): Scope | undefined {
  const [owner = '', repository, ...rest] = text.split('/');
  if (!isOwnerName(owner) || rest.length > 0) return undefined;
  if (repository === undefined) return { owner };
  return isRepositoryName(repository) ? { owner, repository } : undefined;
}

/** An identity becomes a file name, so it can hold no path: see `policyPath`. */
export function isIdentity(text: string): boolean {
  return IDENTITY.test(text) && !text.includes('..');
}

export function scopeText(scope: Scope): string {
  return scope.repository === undefined ? scope.owner : `${scope.owner}/${scope.repository}`;
}

/** GitHub compares account and repository names without regard to case. */
export function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
