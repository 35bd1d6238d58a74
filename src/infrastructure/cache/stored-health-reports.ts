import type { HealthReport } from '../../application/health/health-report.ts';
import type { HealthReports, ReportLookup } from '../../application/ports/health-reports.ts';
import type { CacheStore } from './cache-store.ts';
import { HEALTH_REPORT_KEY, HEALTH_REPORT_VERSION, isHealthReport } from './health-report-shape.ts';

/** Long enough to see afterwards when the checks stopped. */
const KEPT_SECONDS = 7 * 24 * 60 * 60;

/** One entry of the store. */
export class StoredHealthReports implements HealthReports {
  constructor(private readonly store: CacheStore) {}

  async read(): Promise<ReportLookup> {
    const answer = await this.store.get(HEALTH_REPORT_KEY);
    if (answer.kind === 'failed') return answer;
    if (answer.kind !== 'found' || answer.version !== HEALTH_REPORT_VERSION || 'purgedAt' in answer.record)
      return MISSING;
    const { value } = answer.record;
    return isHealthReport(value) ? { kind: 'found', report: value } : MISSING;
  }

  async write(report: HealthReport): Promise<void> {
    const record = { value: report, readAt: report.checkedAt, revision: 0, freshForMs: 0 };
    await this.store.put(HEALTH_REPORT_KEY, record, { version: HEALTH_REPORT_VERSION, keepForSeconds: KEPT_SECONDS });
  }
}

const MISSING: ReportLookup = { kind: 'missing' };
