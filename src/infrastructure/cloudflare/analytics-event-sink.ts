import type { EventSink, OutgoingEvent } from '../events/event-sink.ts';

/** Analytics Engine refuses an index of more than 96 bytes, and blobs of more than 16 KB in all. */
const MAX_BLOB_CHARACTERS = 200;

/** One data point an exchange; what each column means stands in docs/audit.md, and their order never changes. */
export class AnalyticsEventSink implements EventSink {
  readonly name = 'analytics';

  constructor(private readonly dataset: AnalyticsEngineDataset) {}

  write({ name, data }: OutgoingEvent): Promise<void> {
    if (name === 'exchange') this.dataset.writeDataPoint(dataPoint(data));
    return Promise.resolve();
  }
}

function dataPoint(data: OutgoingEvent['data']): AnalyticsEngineDataPoint {
  const refusal = data.refusal as { readonly kind?: string } | undefined;
  const scope = text(data.scope);
  return {
    indexes: [scope.split('/')[0]?.toLowerCase() ?? ''],
    blobs: [
      text(data.outcome),
      text(refusal?.kind),
      scope,
      text(data.identity),
      text(data.issuer),
      text(data.app),
      text(data.issuer_allowlist),
    ],
    doubles: [Number(data.duration_ms), Number(data.github_requests)],
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, MAX_BLOB_CHARACTERS) : '';
}
