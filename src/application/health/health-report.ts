import {
  checksByName,
  summarize,
  worst,
  type AppHealth,
  type CheckState,
  type ServiceHealth,
} from '../../domain/health.ts';
import { subjectKey, type HealthFinding, type SubjectReport } from '../../domain/health-finding.ts';

/** What the scheduled check found. `health` may be told to anyone; `subjects` is for the operator. */
export interface HealthReport {
  /** Of the Worker that wrote it. */
  readonly version: string;
  /** `STS_DOMAIN`: which deployment this is about. */
  readonly host: string;
  /** Milliseconds since the epoch. */
  readonly checkedAt: number;
  readonly health: ServiceHealth;
  readonly subjects: readonly SubjectReport[];
}

/** An App, by the operator's name for it. */
interface NamedApp {
  readonly name: string;
}

/** A check whose state is another one than at the run before. */
export interface HealthChange {
  readonly requestId: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly check: string;
  readonly state: CheckState;
  readonly before: CheckState;
  /** What is wrong, for the operator. */
  readonly findings: readonly HealthFinding[];
}

/** A report is written at least hourly. One that is older says that nobody checks any more. */
const COUNTS_MS = 3 * 60 * 60_000;
/** Rewritten though nothing has changed, so that others see that somebody checks. */
const REWRITTEN_MS = 60 * 60_000;
const FUTURE_TOLERANCE_MS = 60_000;

export function isCurrent({ checkedAt }: HealthReport, now: number): boolean {
  return now - checkedAt < COUNTS_MS && checkedAt <= now + FUTURE_TOLERANCE_MS;
}

/**
 * What this isolate knows, or what the store tells: a report that had nothing new was not written, and one that could not be
 * is known here alone.
 */
export function newer(known: HealthReport | undefined, stored: HealthReport | undefined): HealthReport | undefined {
  return known !== undefined && known.checkedAt > (stored?.checkedAt ?? 0) ? known : stored;
}

export function isWorthWriting(report: HealthReport, stored: HealthReport | undefined): boolean {
  if (report.version !== stored?.version || report.host !== stored.host) return true;
  const age = report.checkedAt - stored.checkedAt;
  return age >= REWRITTEN_MS || age < 0 || gist(report) !== gist(stored);
}

/**
 * Numbers and notes change at every run and are no news: else a stranger could cause a write whenever he likes. How a webhook
 * is set up is in the operator's hands alone, who looks whether a change of it was right.
 */
function gist({ health, subjects }: HealthReport): string {
  const news = subjects.flatMap((one) =>
    one.findings
      .filter(({ severity }) => severity === 'failing' || one.kind === 'hook')
      .map(({ rule }) => `${subjectKey(one)} ${rule}`),
  );
  return JSON.stringify([summarize(health, true), news.toSorted()]);
}

/** What follows from the answers of this run and those of earlier ones that were not asked for again. */
export function serviceHealth(
  apps: readonly NamedApp[],
  subjects: readonly SubjectReport[],
  noInstallationUsable: boolean,
): ServiceHealth {
  const of = (kind: SubjectReport['kind']): readonly SubjectReport[] => subjects.filter((one) => one.kind === kind);
  return {
    apps: apps.map((app) => appHealth(app, of('app'))),
    shared: {
      github: stateIn(of('github'), 'github'),
      store: stateIn(of('store'), 'store'),
      webhook: hookState(apps, of('hook')),
      installations: stateIn(of('installation'), 'installations'),
      permissions: stateIn([...of('app'), ...of('installation')], 'permissions'),
      issuers: stateIn(of('issuer'), 'issuers'),
      clock: stateIn(of('clock'), 'clock'),
    },
    noInstallationUsable,
  };
}

function appHealth({ name }: NamedApp, subjects: readonly SubjectReport[]): AppHealth {
  const own = subjects.filter((one) => one.name === name);
  return { name, credentials: stateIn(own, 'app_credentials'), quota: stateIn(own, 'quota') };
}

/** One App's webhook that nobody has asked about leaves the whole unknown. */
function hookState(apps: readonly NamedApp[], hooks: readonly SubjectReport[]): CheckState {
  const state = stateIn(
    hooks.filter(({ used }) => used),
    'webhook',
  );
  const known = new Set(hooks.map(({ name }) => name));
  return state === 'ok' && !apps.every(({ name }) => known.has(name)) ? 'unknown' : state;
}

function stateIn(subjects: readonly SubjectReport[], check: HealthFinding['check']): CheckState {
  return worst(subjects.map(({ findings }) => (findings.some((one) => isFailure(one, check)) ? 'failing' : 'ok')));
}

function isFailure({ check, severity }: HealthFinding, wanted: HealthFinding['check']): boolean {
  return check === wanted && severity === 'failing';
}

/** What an operator should be told: a check fails, or no longer does. That one is known now is no news. */
export function changesBetween(
  before: ServiceHealth | undefined,
  report: HealthReport,
  requestId: string,
): readonly HealthChange[] {
  const earlier = before === undefined ? {} : checksByName(before);
  return Object.entries(checksByName(report.health)).flatMap(([check, state]) => {
    const was = Object.hasOwn(earlier, check) ? (earlier[check] ?? 'unknown') : 'unknown';
    if (was === state || (was !== 'failing' && state !== 'failing')) return [];
    const name = check.split(':')[0];
    const findings = report.subjects.flatMap((one) =>
      one.findings.filter(
        (finding) => finding.check === name && finding.severity === 'failing' && concerns(check, one),
      ),
    );
    return [{ requestId, time: report.checkedAt, check, state, before: was, findings }];
  });
}

/** `app_credentials:<name>` is about one App of several. */
function concerns(check: string, { name }: SubjectReport): boolean {
  const [, app] = check.split(':');
  return app === undefined || name === app;
}
