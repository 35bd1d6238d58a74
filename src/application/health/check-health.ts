import { inject, injectable } from 'tsyringe';
import { RequestDeadline } from '../budget/request-deadline.ts';
import { CLOCK, type Clock } from '../ports/clock.ts';
import { HEALTH_LOG, type HealthLog } from '../ports/health-log.ts';
import { HEALTH_REPORTS, type HealthReports } from '../ports/health-reports.ts';
import { LOG, type Log } from '../ports/log.ts';
import { RequestBudget } from '../budget/request-budget.ts';
import type { SubjectReport } from '../../domain/health-finding.ts';
import { CheckedSubjects } from './checked-subjects.ts';
import { changesBetween, isCurrent, isWorthWriting, newer, serviceHealth, type HealthReport } from './health-report.ts';
import { HEALTH_RULES, type HealthRules } from './health-rules.ts';
import { REMEMBERED_REPORT, type RememberedReport } from './tell-health.ts';

/** Well within the 30 s of a request's work after its answer, which other runtimes may have too. */
const LONGEST_RUN_MS = 25_000;

/**
 * The scheduled check: asks GitHub, the issuers and the store how the service is doing, and leaves a report for every
 * isolate. What a run did not come to is taken from the report before.
 */
@injectable()
export class CheckHealth {
  constructor(
    @inject(HEALTH_RULES) private readonly rules: HealthRules,
    @inject(HEALTH_REPORTS) private readonly reports: HealthReports,
    @inject(HEALTH_LOG) private readonly healthLog: HealthLog,
    @inject(REMEMBERED_REPORT) private readonly remembered: RememberedReport,
    @inject(CheckedSubjects) private readonly checked: CheckedSubjects,
    @inject(RequestBudget) private readonly budget: RequestBudget,
    @inject(RequestDeadline) private readonly deadline: RequestDeadline,
    @inject(CLOCK) private readonly clock: Clock,
    @inject(LOG) private readonly log: Log,
  ) {}

  /** @returns the report, which is stored where it is worth it. Never throws for what is found wrong */
  async run(requestId: string): Promise<HealthReport> {
    this.budget.actAsService();
    this.deadline.start(LONGEST_RUN_MS);
    const stored = await this.reports.read();
    const before = newer(this.remembered.report, stored.kind === 'found' ? stored.report : undefined);
    const current = before !== undefined && isCurrent(before, this.clock.now()) ? before : undefined;
    const { subjects, noInstallationUsable } = await this.checked.check(current?.subjects ?? []);
    const store = stored.kind === 'failed' ? storeFails(`reading: ${stored.reason}`, this.clock.now()) : undefined;
    const report = this.reportOf([...subjects, store ?? storeWorks(this.clock.now())], noInstallationUsable);
    const kept = await this.keep(report, stored.kind === 'found' ? stored.report : undefined);
    Object.assign(this.remembered, { report: kept, isStoreWell: store === undefined, readAt: this.clock.now() });
    for (const change of changesBetween(before?.health, kept, requestId)) await this.healthLog.record(change);
    return kept;
  }

  private reportOf(subjects: readonly SubjectReport[], noInstallationUsable: boolean): HealthReport {
    const health = serviceHealth(this.rules.apps, subjects, noInstallationUsable);
    return { version: this.rules.version, host: this.rules.host, checkedAt: this.clock.now(), health, subjects };
  }

  /** A report that can't be written says so itself: this isolate tells of it, and the event goes out. */
  private async keep(report: HealthReport, stored: HealthReport | undefined): Promise<HealthReport> {
    const lastFailed = this.remembered.report?.health.shared.store === 'failing';
    if (!lastFailed && !isWorthWriting(report, stored)) return report;
    try {
      await this.reports.write(report);
      return report;
    } catch (error) {
      const reason = error instanceof Error ? error.name : 'unknown';
      this.log.error('health_report_not_written', { reason });
      const others = report.subjects.filter(({ kind }) => kind !== 'store');
      const failing = storeFails(`writing: ${reason}`, report.checkedAt);
      return this.reportOf([...others, failing], report.health.noInstallationUsable);
    }
  }
}

function storeWorks(askedAt: number): SubjectReport {
  return { kind: 'store', name: '', askedAt, used: true, usable: true, findings: [], facts: {} };
}

function storeFails(reason: string, askedAt: number): SubjectReport {
  const finding = {
    rule: 'store-fails',
    check: 'store',
    severity: 'failing',
    message: `The store fails (${reason}), so that each isolate has to ask GitHub and the issuers itself.`,
    remedy: 'See that the KV namespace bound as OCTO_STS_KV exists, and that its daily limits are not used up.',
  } as const;
  return { ...storeWorks(askedAt), usable: false, findings: [finding] };
}
