import { inject, injectable } from 'tsyringe';
import { summarize, type CheckState, type HealthSummary, type ServiceHealth } from '../../domain/health.ts';
import type { App } from '../../domain/apps.ts';
import { CLOCK, type Clock } from '../ports/clock.ts';
import { HEALTH_REPORTS, type HealthReports } from '../ports/health-reports.ts';
import { SINGLE_FLIGHT, type SingleFlight } from '../ports/single-flight.ts';
import { isolateToken } from '../ports/token.ts';
import { HEALTH_OBSERVATIONS, type HealthObservations, type Observation } from './health-observations.ts';
import { isCurrent, newer, type HealthReport } from './health-report.ts';
import { HEALTH_RULES, type HealthRules } from './health-rules.ts';

export interface ToldHealth extends HealthSummary {
  /** When the newest of it was learnt, in milliseconds since the epoch. */
  readonly checkedAt: number;
}

/** What the store last told, for all requests of an isolate. */
export interface RememberedReport {
  report: HealthReport | undefined;
  isStoreWell: boolean;
  /** When it was asked, in milliseconds since the epoch. */
  readAt: number;
}

export const REMEMBERED_REPORT = isolateToken<RememberedReport>('RememberedReport');

/** However many ask, an isolate reads the report only this often. */
const REMEMBERED_MS = 30_000;
/** The scheduled check comes every five minutes. What traffic showed before the last run has been asked about since. */
const OVERTAKEN_MS = 6 * 60_000;
/** Where nobody checks on a schedule, what traffic showed counts for this long. */
const COUNTS_MS = 60 * 60_000;

/** How the service is doing, from what is known. It asks nobody: a stranger who asks often costs one read of the store. */
@injectable()
export class TellHealth {
  constructor(
    @inject(HEALTH_RULES) private readonly rules: HealthRules,
    @inject(HEALTH_OBSERVATIONS) private readonly observations: HealthObservations,
    @inject(HEALTH_REPORTS) private readonly reports: HealthReports,
    @inject(REMEMBERED_REPORT) private readonly remembered: RememberedReport,
    @inject(SINGLE_FLIGHT) private readonly singleFlight: SingleFlight,
    @inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @param isServedHost whether the question came to a host that the service is served at */
  async tell(isServedHost: boolean): Promise<ToldHealth> {
    const { report, isStoreWell } = await this.lastReport();
    const now = this.clock.now();
    const current = report !== undefined && isCurrent(report, now) ? report : undefined;
    const times: number[] = [this.rules.configuredAt, ...(current === undefined ? [] : [current.checkedAt])];
    const observed = (one: Observation | undefined): CheckState | undefined => {
      if (one === undefined || !this.counts(one, current, now)) return undefined;
      times.push(one.at);
      return one.isWell ? 'ok' : 'failing';
    };
    const credentials = (app: App): CheckState =>
      observed(this.observations.credentialsOf(app)) ??
      current?.health.apps.find(({ name }) => name === app.name)?.credentials ??
      'unknown';
    const shared = current?.health.shared ?? UNKNOWN;
    const health: ServiceHealth = {
      apps: this.rules.apps.map((app) => ({
        name: app.name,
        credentials: credentials(app),
        quota: current?.health.apps.find(({ name }) => name === app.name)?.quota ?? 'unknown',
      })),
      shared: {
        ...shared,
        github: observed(this.observations.github) ?? shared.github,
        store: isStoreWell ? (shared.store === 'failing' ? 'failing' : 'ok') : 'failing',
        webhook: shared.webhook === 'unknown' ? this.deliveryState(now, times) : shared.webhook,
      },
      noInstallationUsable: current?.health.noInstallationUsable ?? false,
    };
    return { ...summarize(health, isServedHost), checkedAt: Math.max(...times) };
  }

  /** A signed delivery arrived: the secret and the address are right. */
  private deliveryState(now: number, times: number[]): CheckState {
    const at = this.observations.deliveryAcceptedAt();
    if (at === undefined || now - at >= COUNTS_MS) return 'unknown';
    times.push(at);
    return 'ok';
  }

  private counts({ at }: Observation, report: HealthReport | undefined, now: number): boolean {
    if (report === undefined) return now - at < COUNTS_MS;
    return at > report.checkedAt && now - at < OVERTAKEN_MS;
  }

  private lastReport(): Promise<RememberedReport> {
    return this.singleFlight.run(
      'health report',
      () => Promise.resolve(this.isRecent() ? { ...this.remembered } : undefined),
      () => this.read(),
    );
  }

  private isRecent(): boolean {
    const age = this.clock.now() - this.remembered.readAt;
    return age >= 0 && age < REMEMBERED_MS;
  }

  private async read(): Promise<RememberedReport> {
    const lookup = await this.reports.read();
    // What was known stays known while the store fails.
    const report = newer(this.remembered.report, lookup.kind === 'found' ? lookup.report : undefined);
    const read: RememberedReport = { report, isStoreWell: lookup.kind !== 'failed', readAt: this.clock.now() };
    Object.assign(this.remembered, read);
    return read;
  }
}

const UNKNOWN: ServiceHealth['shared'] = {
  github: 'unknown',
  store: 'unknown',
  webhook: 'unknown',
  installations: 'unknown',
  permissions: 'unknown',
  issuers: 'unknown',
  clock: 'unknown',
};
