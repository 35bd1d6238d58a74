import { quoted, type Fault } from './fault.ts';
import { PERMISSION_LEVELS, type PermissionLevel } from './permission-names.generated.ts';

export type { PermissionLevel };
export type PolicyLevel = 'repository' | 'organization';

const RANK: Readonly<Record<PermissionLevel, number>> = { read: 1, write: 2, admin: 3 };

/** Account permissions never reach an installation token (GitHub Apps documentation, "Choosing permissions"). */
const ACCOUNT_PERMISSIONS = new Set([
  'codespaces_user_secrets',
  'copilot_messages',
  'email_addresses',
  'emails',
  'followers',
  'gists',
  'git_signing_ssh_public_keys',
  'git_ssh_keys',
  'gpg_keys',
  'interaction_limits',
  'keys',
  'plan',
  'profile',
  'starring',
  'user_events',
  'watching',
]);
const ORGANIZATION_PERMISSIONS = new Set([
  'members',
  'team_discussions',
  'blocking',
  'custom_properties_for_organizations',
]);

export type PermissionSetResult =
  | { readonly kind: 'valid'; readonly permissions: PermissionSet }
  | { readonly kind: 'invalid'; readonly faults: readonly Fault[] };

/**
 * What a token may do: at least one permission, each with a level. It can't be empty, for GitHub reads an empty set
 * as EVERYTHING the App has (REST, "Create an installation access token for an app").
 */
export class PermissionSet {
  private constructor(private readonly levels: ReadonlyMap<string, PermissionLevel>) {}

  /** Validates the `permissions` of a policy. A permission that no repository can confine needs an organization policy. */
  static parse(entries: ReadonlyMap<string, string>, level: PolicyLevel): PermissionSetResult {
    if (entries.size === 0) return { kind: 'invalid', faults: [emptyFault()] };
    const faults = [...entries].flatMap(([name, value]) => entryFault(name, value, level) ?? []);
    if (faults.length > 0) return { kind: 'invalid', faults };
    return { kind: 'valid', permissions: new PermissionSet(new Map(entries) as Map<string, PermissionLevel>) };
  }

  /** What GitHub says a token holds. Names that this version does not know are kept, so that they can be compared. */
  static granted(entries: Iterable<readonly [string, string]>): PermissionSet {
    return new PermissionSet(new Map(entries) as Map<string, PermissionLevel>);
  }

  get(name: string): PermissionLevel | undefined {
    return this.levels.get(name);
  }

  get size(): number {
    return this.levels.size;
  }

  entries(): readonly (readonly [string, PermissionLevel])[] {
    return [...this.levels];
  }

  toRecord(): Record<string, string> {
    return Object.fromEntries(this.levels);
  }

  /** Whether this set holds all that `other` holds, level by level; an unknown level is held by none. */
  covers(other: PermissionSet): boolean {
    return other.entries().every(([name, level]) => {
      const own = this.levels.get(name);
      return own !== undefined && Object.hasOwn(RANK, level) && RANK[own] >= RANK[level];
    });
  }

  /** The set without `metadata`, which GitHub adds to every token on its own. */
  withoutImplicitMetadata(): PermissionSet {
    return new PermissionSet(
      new Map(this.entries().filter(([name, level]) => name !== 'metadata' || level !== 'read')),
    );
  }
}

export function isPermissionName(name: string): boolean {
  return Object.hasOwn(PERMISSION_LEVELS, name);
}

/** What a policy of this level can grant: each permission with its levels. */
export function grantableLevels(level: PolicyLevel): Readonly<Record<string, readonly PermissionLevel[]>> {
  const names = Object.entries(PERMISSION_LEVELS).filter(
    ([name]) => !ACCOUNT_PERMISSIONS.has(name) && (level === 'organization' || !isOrganizationPermission(name)),
  );
  return Object.fromEntries(names);
}

/** Organization permissions reach the whole organization, whatever repositories a token is confined to. */
export function isOrganizationPermission(name: string): boolean {
  return name.startsWith('organization_') || name.startsWith('enterprise_') || ORGANIZATION_PERMISSIONS.has(name);
}

function emptyFault(): Fault {
  return {
    rule: 'permissions-empty',
    path: ['permissions'],
    message: 'permissions must name at least one permission: GitHub reads an empty set as everything the App has.',
  };
}

function entryFault(name: string, value: string, level: PolicyLevel): Fault | undefined {
  const path = ['permissions', name];
  if (!isPermissionName(name)) return { rule: 'permission-unknown', path, message: unknownMessage(name) };
  if (ACCOUNT_PERMISSIONS.has(name)) {
    const message = `${name} is an account permission, which no installation token can hold.`;
    return { rule: 'permission-account', path, message };
  }
  if (level === 'repository' && isOrganizationPermission(name)) {
    const message = `${name} is an organization permission: only a policy in the organization's policy repository can grant it.`;
    return { rule: 'permission-organization', path, message };
  }
  return levelFault(name, value);
}

function levelFault(name: string, value: string): Fault | undefined {
  const levels = PERMISSION_LEVELS[name] ?? [];
  if ((levels as readonly string[]).includes(value)) return undefined;
  const message = `${name} can be ${levels.join(' or ')}, not ${quoted(value)}.`;
  return { rule: 'permission-level', path: ['permissions', name], message };
}

function unknownMessage(name: string): string {
  const likely = name.trim().toLowerCase().replaceAll('-', '_').replaceAll(' ', '_');
  const near = [likely, `${likely}s`, likely.replace(/s$/, '')].find(isPermissionName);
  const hint = near === undefined ? '' : ` Did you mean ${quoted(near)}?`;
  return `${quoted(name)} is not a permission of GitHub Apps.${hint}`;
}
