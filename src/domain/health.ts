/** Whether a part works, as far as is known. */
export type CheckState = 'ok' | 'failing' | 'unknown';

/** Parts that are one for the whole service; an App's credentials and quota are each App's own. */
export const SHARED_CHECKS = [
  'github',
  'store',
  'webhook',
  'installations',
  'permissions',
  'issuers',
  'clock',
] as const;
export type SharedCheck = (typeof SHARED_CHECKS)[number];
export type CheckName = SharedCheck | 'app_credentials' | 'quota';

export interface AppHealth {
  /** The operator's name for it. */
  readonly name: string;
  /** Whether GitHub accepts its key under its id. */
  readonly credentials: CheckState;
  /** Whether GitHub still answers the App within its hourly limit. */
  readonly quota: CheckState;
}

/** What is known of a deployment. */
export interface ServiceHealth {
  readonly apps: readonly AppHealth[];
  readonly shared: Readonly<Record<SharedCheck, CheckState>>;
  /** Every installation is suspended, or can't read policies. */
  readonly noInstallationUsable: boolean;
}

/** `degraded`: exchanges work, something else does not. `failing`: no exchange can succeed. */
export type HealthStatus = 'ok' | 'degraded' | 'failing';

export interface HealthSummary {
  readonly status: HealthStatus;
  /** By name, in a fixed order. Names and states only: it is for anyone. */
  readonly checks: Readonly<Record<string, CheckState>>;
}

/** Always told of. */
const STANDING: readonly SharedCheck[] = ['github', 'store', 'webhook'];
/** Told of only while failing, so that a sound deployment's answer is as short as it can be. */
const WHILE_FAILING: readonly SharedCheck[] = ['installations', 'permissions', 'issuers', 'clock'];

/** @param isServedHost whether the question came to a host that the service is served at */
export function summarize(health: ServiceHealth, isServedHost: boolean): HealthSummary {
  const checks = {
    configuration: 'ok' as const,
    ...credentialChecks(health.apps),
    ...Object.fromEntries(STANDING.map((name) => [name, health.shared[name]])),
    ...Object.fromEntries(failingOnly(health).map((name) => [name, 'failing' as const])),
    ...(isServedHost ? {} : { host: 'failing' as const }),
  };
  return { status: statusOf(health, Object.values(checks)), checks };
}

/** A check's state by the name that `GET /healthz` gives it. */
export function checksByName(health: ServiceHealth): Readonly<Record<string, CheckState>> {
  return { ...credentialChecks(health.apps), quota: quotaState(health.apps), ...health.shared };
}

function credentialChecks(apps: readonly AppHealth[]): Record<string, CheckState> {
  const [first, second] = apps;
  if (first !== undefined && second === undefined) return { app_credentials: first.credentials };
  const checks: Record<string, CheckState> = {};
  for (const { name, credentials } of apps) {
    const key = `app_credentials:${name}`;
    // Apps of two pools may have the same name.
    checks[key] = worst([credentials, ...(Object.hasOwn(checks, key) ? [checks[key] ?? 'unknown'] : [])]);
  }
  return checks;
}

function failingOnly({ apps, shared }: ServiceHealth): readonly CheckName[] {
  const quota = quotaState(apps) === 'failing' ? (['quota'] as const) : [];
  return [...WHILE_FAILING.filter((name) => shared[name] === 'failing'), ...quota];
}

function quotaState(apps: readonly AppHealth[]): CheckState {
  return worst(apps.map(({ quota }) => quota));
}

/** A wrong host alone is no failure: load balancers probe by address. */
function statusOf(health: ServiceHealth, states: readonly CheckState[]): HealthStatus {
  const { apps, shared, noInstallationUsable } = health;
  const canMint = apps.some(({ credentials, quota }) => credentials !== 'failing' && quota !== 'failing');
  if (!canMint || shared.github === 'failing' || noInstallationUsable) return 'failing';
  return states.includes('failing') ? 'degraded' : 'ok';
}

/** One that fails makes all fail; one that works is enough where the others are not known. */
export function worst(states: readonly CheckState[]): CheckState {
  if (states.includes('failing')) return 'failing';
  return states.includes('ok') ? 'ok' : 'unknown';
}
