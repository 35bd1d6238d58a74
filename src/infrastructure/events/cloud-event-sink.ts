import { boundedFetch, type FetchOutcome } from '../http/bounded-fetch.ts';
import { UndeliveredError, type EventSink, type OutgoingEvent } from './event-sink.ts';

/** About 13 s at most, with the pauses. A Worker may run for 30 s after its answer. */
const ATTEMPTS = 3;
const BOUNDS = { timeoutMs: 4000, maxBytes: 64 * 1024 };
const FIRST_PAUSE_MS = 200;
const PAUSE_FACTOR = 3;

/** CloudEvents 1.0, structured JSON over HTTP. A receiver may get an event twice, with the same `source` and `id`. */
export class CloudEventSink implements EventSink {
  readonly name = 'cloudevents';

  constructor(
    private readonly ingressUri: string,
    /** Sent as a bearer (RFC 6750), if there is one. */
    private readonly token: string | undefined,
    /** This service's address. */
    private readonly source: string,
  ) {}

  async write(event: OutgoingEvent): Promise<void> {
    const body = JSON.stringify(this.envelope(event));
    let pauseMs = FIRST_PAUSE_MS;
    let outcome = await this.post(body);
    for (let attempt = 1; attempt < ATTEMPTS && mayPass(outcome); attempt += 1) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs * (1 + Math.random())));
      pauseMs *= PAUSE_FACTOR;
      outcome = await this.post(body);
    }
    if (!isTaken(outcome)) throw new UndeliveredError(reasonOf(outcome));
  }

  private envelope({ type, id, time, subject, data }: OutgoingEvent): object {
    const about = subject === '' ? {} : { subject };
    return {
      specversion: '1.0',
      type,
      source: this.source,
      id,
      time,
      ...about,
      datacontenttype: 'application/json',
      data,
    };
  }

  private post(body: string): Promise<FetchOutcome> {
    const headers = {
      'Content-Type': 'application/cloudevents+json; charset=utf-8',
      'User-Agent': 'octo-sts-worker',
      ...(this.token === undefined ? {} : { Authorization: `Bearer ${this.token}` }),
    };
    return boundedFetch(this.ingressUri, { method: 'POST', headers, body }, BOUNDS);
  }
}

function isTaken(outcome: FetchOutcome): boolean {
  return outcome.kind === 'answered' && outcome.status >= 200 && outcome.status < 300;
}

/** Whether another attempt may succeed. Statuses such as 400 or 403 will stay the same. */
function mayPass(outcome: FetchOutcome): boolean {
  if (outcome.kind === 'answered') return outcome.status >= 500 || outcome.status === 429 || outcome.status === 408;
  return outcome.kind !== 'too_large';
}

function reasonOf(outcome: FetchOutcome): string {
  return outcome.kind === 'answered' ? `status ${outcome.status}` : outcome.kind;
}
