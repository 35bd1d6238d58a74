import type { HealthReport } from '../health/health-report.ts';
import { requestToken } from './token.ts';

export type ReportLookup =
  | { readonly kind: 'found'; readonly report: HealthReport }
  /** None was ever written, or one that this version can't read. */
  | { readonly kind: 'missing' }
  /** The store gave no answer. */
  | { readonly kind: 'failed'; readonly reason: string };

/** Where the scheduled check leaves what it found, for every isolate. Eventually consistent. */
export interface HealthReports {
  /** Never throws. */
  read(): Promise<ReportLookup>;
  /** @throws where the store fails */
  write(report: HealthReport): Promise<void>;
}

export const HEALTH_REPORTS = requestToken<HealthReports>('HealthReports');
