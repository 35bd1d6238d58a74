import type { ExchangeData, HealthData } from '../events/event-data.ts';
import type { EventSink, OutgoingEvent } from '../events/event-sink.ts';

/** Analytics Engine refuses an index of more than 96 bytes, and blobs of more than 16 KB in all. */
const MAX_BLOB_CHARACTERS = 200;

/**
 * One data point an exchange. docs/audit.md says what each column means. Their order never changes; new ones come at
 * the end.
 */
export class AnalyticsEventSink implements EventSink {
  readonly name = 'analytics';

  constructor(private readonly dataset: AnalyticsEngineDataset) {}

  write(event: OutgoingEvent): Promise<void> {
    if (event.name === 'exchange') this.dataset.writeDataPoint(dataPoint(event.data));
    if (event.name === 'health') this.dataset.writeDataPoint(healthPoint(event.data));
    return Promise.resolve();
  }
}

/** So rare that it needs no columns of its own: `blob1` tells the two apart. */
function healthPoint({ check, state, before }: HealthData): AnalyticsEngineDataPoint {
  return { indexes: ['health'], blobs: ['health', state, check, before], doubles: [] };
}

function dataPoint(data: ExchangeData): AnalyticsEngineDataPoint {
  const scope = text(data.scope);
  return {
    indexes: [scope.split('/')[0]?.toLowerCase() ?? ''],
    blobs: [
      text(data.outcome),
      text(data.refusal?.kind),
      scope,
      text(data.identity),
      text(data.issuer),
      text(data.app),
      text(data.issuer_allowlist),
      text(data.subject),
      text(data.request_id),
      text(data.repository),
    ],
    doubles: [data.duration_ms, data.github_requests],
  };
}

function text(value = ''): string {
  return value.slice(0, MAX_BLOB_CHARACTERS);
}
