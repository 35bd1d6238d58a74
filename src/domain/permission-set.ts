import { editDistance, nearestName } from './edit-distance.ts';
import { quoted, type Fault } from './fault.ts';
import { PERMISSION_LEVELS, type PermissionLevel } from './permission-names.generated.ts';

export type { PermissionLevel };
export type PolicyLevel = 'repository' | 'organization';

const RANK: Readonly<Record<PermissionLevel, number>> = { read: 1, write: 2, admin: 3 };
const LEVELS: readonly PermissionLevel[] = ['read', 'write', 'admin'];

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

/** The most that somebody may grant, by permission. */
export type PermissionCeilings = ReadonlyMap<string, PermissionLevel>;

export type PermissionEntry = readonly [name: string, level: PermissionLevel];

export type PermissionSetResult =
  | { readonly kind: 'valid'; readonly permissions: PermissionSet }
  | { readonly kind: 'invalid'; readonly faults: readonly Fault[] };

/** Anything with named levels: what a token holds may have names and levels that this version does not know. */
interface Permissions {
  entries(): readonly (readonly [string, string])[];
}

/**
 * What a token may do: at least one permission, each with a level. It can't be empty, for GitHub reads an empty set
 * as EVERYTHING the App has (REST, "Create an installation access token for an app").
 */
export class PermissionSet implements Permissions {
  private constructor(private readonly levels: ReadonlyMap<string, PermissionLevel>) {}

  /**
   * Validates the `permissions` of a policy.
   *
   * @param organizationPermissions those that a repository's policy may hold beyond `read`
   */
  static parse(
    entries: ReadonlyMap<string, string>,
    level: PolicyLevel,
    organizationPermissions?: PermissionCeilings,
  ): PermissionSetResult {
    const faults: Fault[] = [];
    const levels: PermissionEntry[] = [];
    for (const [name, value] of entries) {
      const fault = entryFault(name, value, level, organizationPermissions);
      if (fault !== undefined) faults.push(fault);
      else if (isLevel(value)) levels.push([name, value]);
    }
    const [first, ...others] = levels;
    if (faults.length > 0) return { kind: 'invalid', faults };
    if (first === undefined) return { kind: 'invalid', faults: [emptyFault()] };
    return { kind: 'valid', permissions: PermissionSet.of(first, ...others) };
  }

  /** The last of several levels for one name counts. */
  static of(first: PermissionEntry, ...others: readonly PermissionEntry[]): PermissionSet {
    return new PermissionSet(new Map([first, ...others]));
  }

  get(name: string): PermissionLevel | undefined {
    return this.levels.get(name);
  }

  get size(): number {
    return this.levels.size;
  }

  entries(): readonly PermissionEntry[] {
    return [...this.levels];
  }

  toRecord(): Record<string, string> {
    return Object.fromEntries(this.levels);
  }

  /** Whether this set holds all that `other` holds, level by level; an unknown level is held by none. */
  covers(other: Permissions): boolean {
    return other.entries().every(([name, level]) => {
      return isLevel(level) && levelIncludes(this.levels.get(name), level);
    });
  }

  withoutImplicitMetadata(): GrantedPermissions {
    return new GrantedPermissions(this.levels).withoutImplicitMetadata();
  }
}

/** What GitHub says a token holds: perhaps nothing, perhaps names and levels that this version does not know. */
export class GrantedPermissions implements Permissions {
  private readonly levels: ReadonlyMap<string, string>;

  constructor(levels: Iterable<readonly [string, string]>) {
    this.levels = new Map(levels);
  }

  entries(): readonly (readonly [string, string])[] {
    return [...this.levels];
  }

  toRecord(): Record<string, string> {
    return Object.fromEntries(this.levels);
  }

  /** The same without `metadata: read`, which GitHub adds to every token on its own. */
  withoutImplicitMetadata(): GrantedPermissions {
    return new GrantedPermissions(this.entries().filter(([name, level]) => name !== 'metadata' || level !== 'read'));
  }
}

/** Whether a policy of this level may hold the entry. */
export function isGrantable(name: string, value: string, level: PolicyLevel): boolean {
  return entryFault(name, value, level) === undefined;
}

export function isLevel(text: string): text is PermissionLevel {
  return Object.hasOwn(RANK, text);
}

/** Whether a level includes another one: write includes read. No level includes nothing. */
export function levelIncludes(own: string | undefined, level: PermissionLevel): boolean {
  return own !== undefined && isLevel(own) && RANK[own] >= RANK[level];
}

export function isPermissionName(name: string): boolean {
  return Object.hasOwn(PERMISSION_LEVELS, name);
}

/** What a policy of this level may name, each permission with the levels that pass there. */
export function grantableLevels(level: PolicyLevel): Readonly<Record<string, readonly PermissionLevel[]>> {
  const names = Object.keys(PERMISSION_LEVELS).filter((name) => !ACCOUNT_PERMISSIONS.has(name));
  return Object.fromEntries(names.map((name) => [name, LEVELS.filter((one) => isGrantable(name, one, level))]));
}

/** The levels that GitHub describes for a permission. */
export function describedLevels(name: string): readonly PermissionLevel[] {
  return Object.hasOwn(PERMISSION_LEVELS, name) ? (PERMISSION_LEVELS[name] ?? []) : [];
}

const NO_PERMISSIONS: PermissionCeilings = new Map();

/** Whether an entry asks for no more than the ceiling; what the ceiling does not list, and an unknown level, is more. */
export function isWithinCeiling(ceilings: PermissionCeilings, name: string, level: string): boolean {
  const most = ceilings.get(name);
  return most !== undefined && isLevel(level) && RANK[level] <= RANK[most];
}

/** Reads permissions with the most that may be granted of each. There may be none: then nothing may. */
export function parseCeilings(entries: ReadonlyMap<string, string>): {
  readonly ceilings: PermissionCeilings;
  readonly faults: readonly Fault[];
} {
  const ceilings = new Map<string, PermissionLevel>();
  const faults: Fault[] = [];
  for (const [name, value] of entries) {
    const fault = entryFault(name, value, 'organization');
    if (fault !== undefined) faults.push(fault);
    else if (isLevel(value)) ceilings.set(name, value);
  }
  return { ceilings, faults };
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

function entryFault(
  name: string,
  value: string,
  level: PolicyLevel,
  organizationPermissions: PermissionCeilings = NO_PERMISSIONS,
): Fault | undefined {
  const path = ['permissions', name];
  if (!isPermissionName(name)) return unknownFault(name, value);
  if (ACCOUNT_PERMISSIONS.has(name)) {
    const message = `${name} is an account permission, which no installation token can hold.`;
    return { rule: 'permission-account', path, message };
  }
  if (!isLevel(value))
    return { rule: 'permission-level', path, message: levelMessage(name, value), ...levelAdvice(name, value) };
  const isConfined = level === 'repository' && value !== 'read' && isOrganizationPermission(name);
  if (isConfined && !isWithinCeiling(organizationPermissions, name, value)) {
    const message = `${name} is an organization permission: only a policy in the organization's policy repository can grant more of it than read, unless guardrails leave it to repositories.`;
    return { rule: 'permission-organization', path, message };
  }
  return undefined;
}

/** Which levels GitHub describes for a permission, for one that is none of them. */
export function levelMessage(name: string, value: string): string {
  return `${name} can be ${describedLevels(name).join(' or ')}, not ${quoted(value)}.`;
}

function levelAdvice(name: string, value: string): { readonly advice: string } | undefined {
  const likely = value.trim().toLowerCase();
  const level = isLevel(likely)
    ? likely
    : (LEVEL_ALIASES.get(likely) ?? LEVELS.find((one) => editDistance(likely, one) <= MAX_LEVEL_EDITS));
  if (level !== undefined) return { advice: `Write: ${name}: ${level}` };
  if (likely.includes(',')) return { advice: `Write one level: ${name}: write (it includes read)` };
  return likely === 'none' ? { advice: 'Leave the line out: what is not named is not granted.' } : undefined;
}

/** Two neighbours that are swapped are two edits. */
const MAX_LEVEL_EDITS = 2;
const LEVEL_ALIASES: ReadonlyMap<string, string> = new Map([
  ['readonly', 'read'],
  ['read-only', 'read'],
  ['r', 'read'],
  ['w', 'write'],
  ['rw', 'write'],
  ['read-write', 'write'],
  ['read/write', 'write'],
  ['readwrite', 'write'],
  ['true', 'write'],
]);

function unknownFault(name: string, value: string): Fault {
  const near = nearestPermission(name);
  const hint = near === undefined ? '' : ` Did you mean ${quoted(near)}?`;
  const message = `${quoted(name)} is not a permission of GitHub Apps.${hint}`;
  const fault = { rule: 'permission-unknown', path: ['permissions', name], message };
  if (near !== undefined) return isLevel(value) ? { ...fault, advice: `Write: ${near}: ${value}` } : fault;
  return /^id[-_]token$/i.test(name)
    ? { ...fault, advice: 'Take the line away: id-token belongs into the workflow file of the caller.' }
    : fault;
}

const PERMISSION_ALIASES: ReadonlyMap<string, string> = new Map([
  ['pr', 'pull_requests'],
  ['prs', 'pull_requests'],
  ['pulls', 'pull_requests'],
  ['merge_requests', 'pull_requests'],
  ['code', 'contents'],
  ['repository', 'contents'],
  ['repo', 'contents'],
  ['commit_statuses', 'statuses'],
  ['admin', 'administration'],
  ['webhooks', 'repository_hooks'],
  ['code_scanning', 'security_events'],
  ['dependabot_alerts', 'vulnerability_alerts'],
  ['variables', 'actions_variables'],
]);

function nearestPermission(name: string): string | undefined {
  const likely = name.trim().toLowerCase().replaceAll('-', '_').replaceAll(' ', '_');
  const meant = PERMISSION_ALIASES.get(likely) ?? likely;
  const near =
    [meant, `${meant}_alerts`].find(isPermissionName) ?? nearestName(likely, Object.keys(PERMISSION_LEVELS), 2);
  return near === undefined || ACCOUNT_PERMISSIONS.has(near) ? undefined : near;
}
