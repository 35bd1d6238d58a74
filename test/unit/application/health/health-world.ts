import type { App } from '../../../../src/domain/apps.ts';
import type { SubjectReport } from '../../../../src/domain/health-finding.ts';
import { CheckHealth } from '../../../../src/application/health/check-health.ts';
import { CheckedApps } from '../../../../src/application/health/checked-apps.ts';
import { CheckedInstallations } from '../../../../src/application/health/checked-installations.ts';
import { CheckedIssuers } from '../../../../src/application/health/checked-issuers.ts';
import { CheckedSubjects } from '../../../../src/application/health/checked-subjects.ts';
import { HealthObservations } from '../../../../src/application/health/health-observations.ts';
import type { HealthChange, HealthReport } from '../../../../src/application/health/health-report.ts';
import type { HealthRules } from '../../../../src/application/health/health-rules.ts';
import { TellHealth, type RememberedReport, type ToldHealth } from '../../../../src/application/health/tell-health.ts';
import type { AppDescription } from '../../../../src/application/ports/app-inspector.ts';
import type { LogFields } from '../../../../src/application/ports/log.ts';
import { IsolateSingleFlight } from '../../../../src/infrastructure/cache/isolate-single-flight.ts';
import { StoredHealthReports } from '../../../../src/infrastructure/cache/stored-health-reports.ts';
import { StoredInstallationsInUse } from '../../../../src/infrastructure/cache/stored-installations-in-use.ts';
import { MemoryAppInspector } from '../../../../src/infrastructure/memory/memory-app-inspector.ts';
import { MemoryCacheStore } from '../../../../src/infrastructure/memory/memory-cache-store.ts';
import { MemoryClock } from '../../../../src/infrastructure/memory/memory-clock.ts';
import { MemoryIssuerInspector } from '../../../../src/infrastructure/memory/memory-issuer-inspector.ts';
import { RequestCosts } from '../request-costs.ts';

export const START = Date.UTC(2026, 10, 24, 21);
export const MINUTE = 60_000;
export const APP: App = { name: 'default', id: '7' };
export const ACTIONS = 'https://token.actions.githubusercontent.com';
export const PERMISSIONS = { checks: 'write', contents: 'write', pull_requests: 'read' };
const PREFIX = 'https://api.github.com|installation|';

/** A sound deployment on adapters in memory, for whoever owns `acme`, with a clock that is set by hand. */
export class HealthWorld {
  readonly clock = new MemoryClock(START);
  readonly inspector = new MemoryAppInspector();
  readonly issuers = new MemoryIssuerInspector();
  readonly store = new MemoryCacheStore(this.clock);
  readonly changes: HealthChange[] = [];
  readonly logged: (LogFields & { readonly event: string })[] = [];
  rules: HealthRules;
  isolate = new Isolate();
  /** Requests to GitHub of the last run. */
  costs = new RequestCosts(this.clock);
  #runs = 0;

  constructor(rules: Partial<HealthRules> = {}) {
    this.rules = {
      version: '1.2.3',
      host: 'sts.example.com',
      configuredAt: START,
      apps: [APP],
      owners: [],
      webhookUrls: ['https://sts.example.com/webhook'],
      hasWebhookSecret: () => true,
      namedIssuers: [ACTIONS],
      defaultIssuers: [],
      quotaFloor: 1500,
      ...rules,
    };
    for (const app of this.rules.apps) this.addApp(app);
    this.issuers.keys.set(ACTIONS, 'fresh');
  }

  addApp(app: App, owner = 'acme'): void {
    const settingsPage = `https://github.com/organizations/${owner}/settings/apps/sts`;
    const described = { id: Number(app.id), clientId: undefined, slug: 'sts', owner, settingsPage, quotaLeft: 4999 };
    this.inspector.descriptions.set(app.id, { ...described, permissions: PERMISSIONS });
    this.inspector.hooks.set(app.id, {
      url: 'https://sts.example.com/webhook',
      hasSecret: true,
      verifiesTls: true,
    });
    this.install('acme', {}, app);
  }

  /** GitHub tells otherwise of the App. */
  redescribe(changes: Partial<AppDescription>, app = APP): void {
    const known = this.inspector.descriptions.get(app.id);
    if (known !== undefined) this.inspector.descriptions.set(app.id, { ...known, ...changes });
  }

  install(
    owner: string,
    state: { readonly isSuspended?: boolean; readonly permissions?: Readonly<Record<string, string>> } = {},
    app = APP,
  ): void {
    const page = `https://github.com/organizations/${owner}/settings/installations/8001`;
    this.inspector.installations.set(`${app.id}/${owner}`, {
      isSuspended: false,
      permissions: PERMISSIONS,
      page,
      ...state,
    });
  }

  /** An exchange has needed the installation. */
  async use(owner: string, app = APP): Promise<void> {
    const entry = { value: { id: 8001, accountId: 1 }, readAt: this.clock.now(), revision: 0, freshForMs: 3_600_000 };
    await this.store.put(`${PREFIX}${app.id}/${owner}`, entry, { version: 1, keepForSeconds: 3600 });
  }

  /** One run of the scheduled check. */
  run(): Promise<HealthReport> {
    const { clock, rules, isolate, inspector } = this;
    this.costs = new RequestCosts(clock);
    const { budget, deadline, meter } = this.costs;
    inspector.asked.length = 0;
    inspector.onRequest = () => {
      // Held up here, so never sent.
      if (inspector.failing?.cause === 'own_limit') return;
      clock.advance(this.requestTakesMs);
      meter.githubRequests += this.requestsEach;
      if (inspector.failing?.cause === 'down') isolate.observations.silenceOfGitHub(clock.now(), 'status 503');
      else isolate.observations.answerOfGitHub(clock.now(), clock.now() + this.theirClockMs);
    };
    const note = (event: string, fields: LogFields = {}): void => void this.logged.push({ event, ...fields });
    const log = { info: note, warn: note, error: note };
    const installations = new StoredInstallationsInUse(this.store, PREFIX);
    const checked = new CheckedSubjects(
      new CheckedApps(rules, inspector, isolate.observations, clock),
      new CheckedInstallations(rules, inspector, installations, clock, log),
      new CheckedIssuers(rules, this.issuers, clock),
      isolate.observations,
      meter,
      deadline,
      clock,
    );
    const healthLog = { record: async (change: HealthChange) => void this.changes.push(change) };
    const reports = new StoredHealthReports(this.store);
    this.#runs += 1;
    return new CheckHealth(rules, reports, healthLog, isolate.remembered, checked, budget, deadline, clock, log).run(
      `run-${this.#runs}`,
    );
  }

  /** How far GitHub's clock is ahead of this one. */
  theirClockMs = 0;
  /** What each question to GitHub costs: two where the first attempt fails. */
  requestsEach = 1;
  requestTakesMs = 0;

  /** What anyone is told, of this isolate or another. */
  tell(isServedHost = true, isolate = this.isolate): Promise<ToldHealth> {
    const { observations, remembered } = isolate;
    const reports = new StoredHealthReports(this.store);
    const tell = new TellHealth(
      this.rules,
      observations,
      reports,
      remembered,
      isolate.singleFlight(this.clock),
      this.clock,
    );
    return tell.tell(isServedHost);
  }

  minutesPass(minutes: number): void {
    this.clock.advance(minutes * MINUTE);
  }
}

/** The rules of what is failing, or of what is only noted. */
export function findings(report: HealthReport, severity: 'failing' | 'note' = 'failing'): string[] {
  return report.subjects.flatMap((subject) =>
    subject.findings.filter((one) => one.severity === severity).map(({ rule }) => rule),
  );
}

/** What a report tells of one kind, in its order. */
export function told(report: HealthReport, kind: SubjectReport['kind']): readonly SubjectReport[] {
  return report.subjects.filter((subject) => subject.kind === kind);
}

/** What an isolate remembers. */
export class Isolate {
  readonly observations = new HealthObservations();
  readonly remembered: RememberedReport = { report: undefined, isStoreWell: true, readAt: Number.NEGATIVE_INFINITY };
  #flight: IsolateSingleFlight | undefined;

  singleFlight(clock: MemoryClock): IsolateSingleFlight {
    this.#flight ??= new IsolateSingleFlight(clock);
    return this.#flight;
  }
}
