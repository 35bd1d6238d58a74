import { isLevel, levelIncludes, type PermissionLevel } from './permission-set.ts';

/** What the owner of an account had accepted for the App when GitHub was last asked. It may have changed since. */
export interface AcceptedPermissions {
  readonly permissions: Readonly<Record<string, string>>;
  readonly account: 'organization' | 'user';
}

/** A permission that a policy asks for, and that the App's installation lacks, or has with a lower level only. */
export interface MissingPermission {
  readonly name: string;
  readonly level: PermissionLevel;
  /** The level that was accepted; nothing where the permission was not. */
  readonly accepted: string | undefined;
}

/** Levels that this version does not know are left alone: GitHub decides about them. */
export function missingPermissions(
  wanted: Iterable<readonly [name: string, level: string]>,
  { permissions }: AcceptedPermissions,
): readonly MissingPermission[] {
  const missing: MissingPermission[] = [];
  for (const [name, level] of wanted) {
    const accepted = Object.hasOwn(permissions, name) ? permissions[name] : undefined;
    const isJudged = isLevel(level) && (accepted === undefined || isLevel(accepted));
    if (!isJudged || isImplicit(name, level) || levelIncludes(accepted, level)) continue;
    missing.push({ name, level, accepted });
  }
  return missing;
}

/** `contents: write (accepted: read)` */
export function missingText({ name, level, accepted }: MissingPermission): string {
  return `${name}: ${level} (accepted: ${accepted ?? 'none'})`;
}

/** The page of GitHub's where an owner of the account accepts what the App asks for. */
export function installationPage(
  webUrl: string,
  { owner, id }: { readonly owner: string; readonly id: number },
  account: AcceptedPermissions['account'],
): string {
  const settings = account === 'organization' ? `organizations/${owner}/settings` : 'settings';
  return `${webUrl}/${settings}/installations/${id}`;
}

/** GitHub adds it to every token on its own. */
function isImplicit(name: string, level: string): boolean {
  return name === 'metadata' && level === 'read';
}
