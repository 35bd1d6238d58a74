import { CheckHealth } from '../application/health/check-health.ts';
import { RequestMeter } from '../application/budget/request-meter.ts';
import { LOG } from '../application/ports/log.ts';
import { summarize } from '../domain/health.ts';
import { ConsoleLog } from '../infrastructure/events/console-log.ts';
import { DEFERRED_TASK_LIST, requestScope } from './container.ts';
import type { Isolate } from './isolate.ts';
import type { Platform } from './platform.ts';

/**
 * The scheduled check, for a runtime to call every five minutes: a cron trigger on Workers, a timer elsewhere. Ends when
 * everything is done and written. Never rejects; what a bug throws is logged.
 */
export async function checkOnSchedule(isolate: Isolate, platform: Omit<Platform, 'defer'>): Promise<void> {
  const runId = crypto.randomUUID();
  if (isolate.kind === 'misconfigured') {
    new ConsoleLog('info', runId).error('misconfigured', { faults: isolate.faults });
    return;
  }
  const scope = requestScope(isolate.composition, { ...platform, defer: () => undefined }, runId);
  try {
    const { health } = await scope.resolve(CheckHealth).run(runId);
    const { status, checks } = summarize(health, true);
    const { githubRequests } = scope.resolve(RequestMeter);
    scope.resolve(LOG).info('health_check', { status, checks, github_requests: githubRequests });
  } catch (error) {
    const stack = error instanceof Error ? (error.stack ?? error.name) : 'not an error';
    scope.resolve(LOG).error('bug', { stack });
  }
  await scope.resolve(DEFERRED_TASK_LIST).run();
}
