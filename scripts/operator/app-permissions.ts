import { PERMISSION_LEVELS, type PermissionLevel } from '../../src/domain/permission-names.generated.ts';

/** Names in GitHub's API, with levels: the most that any policy can ever grant through this App. */
export type AppPermissions = Readonly<Record<string, PermissionLevel>>;

export interface Preset {
  readonly name: string;
  readonly summary: string;
  readonly permissions: AppPermissions;
}

/** What the checks of policies in pull requests need (docs/webhooks.md). */
export const CHECK_PERMISSIONS: AppPermissions = {
  checks: 'write',
  contents: 'read',
  metadata: 'read',
  pull_requests: 'read',
};

/**
 * Permissions on repositories, as GitHub's documentation groups them ("Choosing permissions for a GitHub App"). Those on
 * organizations reach further, so no preset holds one: an operator names them.
 */
const REPOSITORY_PERMISSIONS = [
  'actions',
  'administration',
  'artifact_metadata',
  'attestations',
  'checks',
  'code_quality',
  'codespaces',
  'contents',
  'dependabot_secrets',
  'deployments',
  'discussions',
  'environments',
  'issues',
  'merge_queues',
  'metadata',
  'packages',
  'pages',
  'pull_requests',
  'repository_custom_properties',
  'repository_hooks',
  'secret_scanning_alerts',
  'secrets',
  'security_events',
  'statuses',
  'vulnerability_alerts',
  'workflows',
] as const;

const RANK: Readonly<Record<PermissionLevel, number>> = { read: 1, write: 2, admin: 3 };

export const PRESETS: readonly Preset[] = [
  { name: 'read', summary: 'read everything in repositories', permissions: allAt('read') },
  {
    name: 'release',
    summary: 'tags, releases, packages, deployments',
    permissions: {
      actions: 'read',
      attestations: 'write',
      contents: 'write',
      deployments: 'write',
      packages: 'write',
      pull_requests: 'write',
    },
  },
  {
    name: 'review',
    summary: 'code review: comments, labels, statuses',
    permissions: { actions: 'read', contents: 'read', issues: 'write', pull_requests: 'write', statuses: 'write' },
  },
  {
    name: 'everything',
    summary: 'everything in repositories, their administration, secrets and workflows included',
    permissions: allAt('write'),
  },
  {
    name: 'checks',
    summary: 'the checks of policies alone; policies can grant no more than they need',
    permissions: {},
  },
];

/** The greater level of each: what the checks need is always among them. */
export function appPermissions(...sets: readonly AppPermissions[]): AppPermissions {
  const result: Record<string, PermissionLevel> = {};
  for (const [name, level] of [CHECK_PERMISSIONS, ...sets].flatMap((set) => Object.entries(set))) {
    const present = result[name];
    if (present === undefined || RANK[present] < RANK[level]) result[name] = level;
  }
  return Object.fromEntries(Object.entries(result).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Reads `contents:write,members:read`. @returns what is wrong, as a text */
export function parsePermissions(text: string): AppPermissions | string {
  const result: Record<string, PermissionLevel> = {};
  for (const part of text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')) {
    const [name = '', level = '', more] = part.split(':');
    const levels = Object.hasOwn(PERMISSION_LEVELS, name) ? PERMISSION_LEVELS[name] : undefined;
    if (levels === undefined || more !== undefined)
      return `"${part.slice(0, 80)}" is no permission: NAME:LEVEL with commas between`;
    const known = levels.find((one) => one === level);
    if (known === undefined) return `${name} has the levels ${levels.join(', ')}`;
    result[name] = known;
  }
  return result;
}

/** The level, or the nearest that the permission has: `workflows` can't be read. */
function allAt(level: 'read' | 'write'): AppPermissions {
  const entries = REPOSITORY_PERMISSIONS.flatMap((name): readonly (readonly [string, PermissionLevel])[] => {
    const levels = PERMISSION_LEVELS[name] ?? [];
    if (levels.includes(level)) return name === 'metadata' ? [[name, 'read']] : [[name, level]];
    return level === 'write' && levels.includes('read') ? [[name, 'read']] : [];
  });
  return Object.fromEntries(entries);
}
