import type { Log } from '../../application/ports/log.ts';
import type { PolicyChange, PolicyChangeLog } from '../../application/ports/policy-change-log.ts';

/** Every change as one line of the log. */
export class LoggedPolicyChanges implements PolicyChangeLog {
  constructor(private readonly log: Log) {}

  record({ time, ...change }: PolicyChange): Promise<void> {
    this.log.info('policy_change', { time: new Date(time).toISOString(), ...change });
    return Promise.resolve();
  }
}
