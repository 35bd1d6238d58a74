import { inject, injectable } from 'tsyringe';
import type { PolicyChange, PolicyChangeLog } from '../../application/ports/policy-change-log.ts';
import { EventFanOut } from './event-fan-out.ts';
import type { PolicyChangeData } from './event-data.ts';
import type { OutgoingEvent } from './event-sink.ts';
import { REQUEST_ID } from './console-log.ts';

/** A push can name thousands of paths. Where some are cut, the event says that it is not complete. */
const MAX_PATHS = 200;

/** Records changes of policies on default branches as events of type dev.octo-sts.policy. */
@injectable()
export class EventPolicyChangeLog implements PolicyChangeLog {
  constructor(
    @inject(EventFanOut) private readonly events: EventFanOut,
    @inject(REQUEST_ID) private readonly requestId: string,
  ) {}

  async record(change: PolicyChange): Promise<void> {
    await this.events.send(policyEvent(change, this.requestId));
  }
}

function policyEvent(change: PolicyChange, requestId: string): OutgoingEvent {
  const { owner, repository, changed, removed } = change;
  const time = new Date(change.time).toISOString();
  const name = `${owner}/${repository}`;
  const data: PolicyChangeData = {
    time,
    request_id: requestId,
    repository: name,
    before: change.before,
    after: change.after,
    changed: changed.slice(0, MAX_PATHS),
    removed: removed.slice(0, MAX_PATHS),
    complete: change.complete && Math.max(changed.length, removed.length) <= MAX_PATHS,
    sender: change.sender,
  };
  return { type: 'dev.octo-sts.policy', name: 'policy', id: requestId, time, subject: name, data };
}
