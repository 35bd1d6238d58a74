import type { HealthChange } from '../health/health-report.ts';
import { requestToken } from './token.ts';

/** Keeps a record of every check whose state has changed. */
export interface HealthLog {
  record(change: HealthChange): Promise<void>;
}

export const HEALTH_LOG = requestToken<HealthLog>('HealthLog');
