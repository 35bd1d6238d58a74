import type { HealthFinding } from './health-finding.ts';
import { isLevel, PermissionSet, type PermissionEntry } from './permission-set.ts';

/** An installation, as GitHub describes it. */
export interface InstallationState {
  readonly isSuspended: boolean;
  readonly permissions: Readonly<Record<string, string>>;
  /** The page where an owner of the account sees it. */
  readonly page: string;
}

/** Without it no policy can be read. */
const READS_POLICIES: PermissionEntry = ['contents', 'read'];
/** What reporting on a pull request takes. */
const REPORTS: readonly PermissionEntry[] = [
  ['checks', 'write'],
  ['pull_requests', 'read'],
];

/** @param usesWebhook whether policies are checked on pull requests */
export function neededPermissions(usesWebhook: boolean): readonly PermissionEntry[] {
  return usesWebhook ? [READS_POLICIES, ...REPORTS] : [READS_POLICIES];
}

/** The needed ones that are not held, as `name: level`. */
export function lacking(
  held: Readonly<Record<string, string>>,
  needed: readonly (readonly [string, string])[],
): readonly string[] {
  return needed.filter((entry) => !holds(held, entry)).map(([name, level]) => `${name}: ${level}`);
}

export function canReadPolicies({ isSuspended, permissions }: InstallationState): boolean {
  return !isSuspended && holds(permissions, READS_POLICIES);
}

/**
 * @param app what the App itself asks for; nothing where that is not known
 * @param isOperators whether the operator named the account, or owns it. Others install and suspend a public App as they
 *   like, which is no fault of the service
 */
export function judgeInstallation(
  account: string,
  state: InstallationState,
  app: Readonly<Record<string, string>> | undefined,
  { usesWebhook, isOperators }: { readonly usesWebhook: boolean; readonly isOperators: boolean },
): readonly HealthFinding[] {
  const severity = isOperators ? 'failing' : 'note';
  const { page, permissions } = state;
  if (state.isSuspended) {
    const message = `The App's installation on ${account} is suspended: nobody gets a token for it.`;
    const remedy = 'An owner of the account can end that on the installation’s page.';
    return [{ rule: 'installation-suspended', check: 'installations', severity, message, remedy, link: page }];
  }
  const missing = lacking(permissions, neededPermissions(usesWebhook));
  const link = `${page}/permissions/update`;
  if (missing.length > 0) {
    const message = `The App's installation on ${account} lacks ${missing.join(', ')}, which this service needs.`;
    const remedy = 'Add it to the App if it is missing there; then an owner of the account accepts it.';
    return [{ rule: 'permission-missing', check: 'permissions', severity, message, remedy, link }];
  }
  const pending = app === undefined ? [] : lacking(permissions, Object.entries(app));
  if (pending.length === 0) return [];
  const message = `${account} has not accepted all that the App asks for: ${pending.join(', ')}.`;
  const remedy = 'Policies can grant these only once an owner of the account has accepted them.';
  return [{ rule: 'permission-pending', check: 'permissions', severity: 'note', message, remedy, link }];
}

/** What the App itself asks for, which no installation can exceed. */
export function judgeAppPermissions(
  permissions: Readonly<Record<string, string>>,
  usesWebhook: boolean,
  link: string,
): readonly HealthFinding[] {
  const missing = lacking(permissions, neededPermissions(usesWebhook));
  if (missing.length === 0) return [];
  const message = `The App does not ask for ${missing.join(', ')}, which this service needs.`;
  const remedy = "Add it among the App's permissions; then each organization accepts it.";
  return [{ rule: 'app-permission-missing', check: 'permissions', severity: 'failing', message, remedy, link }];
}

/** A level or name that is not known here is held only as it stands. */
function holds(held: Readonly<Record<string, string>>, [name, level]: readonly [string, string]): boolean {
  const own = Object.hasOwn(held, name) ? (held[name] ?? '') : '';
  if (own === level) return true;
  return isLevel(own) && isLevel(level) && PermissionSet.of([name, own]).covers(PermissionSet.of([name, level]));
}
