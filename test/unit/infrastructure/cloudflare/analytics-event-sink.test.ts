import { beforeEach, describe, expect, it } from '@jest/globals';
import { AnalyticsEventSink } from '../../../../src/infrastructure/cloudflare/analytics-event-sink.ts';
import type { ExchangeData } from '../../../../src/infrastructure/events/event-data.ts';
import type { OutgoingEvent } from '../../../../src/infrastructure/events/event-sink.ts';

/** Analytics Engine takes no more of all blobs of a point together, in bytes. */
const MAX_BLOB_BYTES = 16 * 1024;

class Dataset implements AnalyticsEngineDataset {
  readonly points: AnalyticsEngineDataPoint[] = [];

  writeDataPoint(point?: AnalyticsEngineDataPoint): void {
    this.points.push(point ?? {});
  }
}

let dataset: Dataset;

beforeEach(() => {
  dataset = new Dataset();
});

async function write(data: Partial<ExchangeData>, name: OutgoingEvent['name'] = 'exchange'): Promise<void> {
  const event = { type: `dev.octo-sts.${name}`, name, id: 'x', time: 'now', subject: 'a/b', data } as OutgoingEvent;
  await new AnalyticsEventSink(dataset).write(event);
}

describe('the data point of an exchange', () => {
  it('has a column for each value, in one order', async () => {
    await write({
      outcome: 'refused',
      refusal: { kind: 'permission_denied', detail: 'mismatch: subject', mismatches: [] },
      scope: 'Acme/app',
      identity: 'deploy',
      issuer: 'https://issuer.example.com',
      app: 'ci-1',
      issuer_allowlist: 'audit',
      subject: 'repo:acme/infra:ref:refs/heads/main',
      request_id: 'a-request',
      repository: 'acme/infra',
      duration_ms: 12,
      github_requests: 3,
    });
    expect(dataset.points).toEqual([
      {
        indexes: ['acme'],
        blobs: [
          ...['refused', 'permission_denied', 'Acme/app', 'deploy', 'https://issuer.example.com', 'ci-1', 'audit'],
          ...['repo:acme/infra:ref:refs/heads/main', 'a-request', 'acme/infra'],
        ],
        doubles: [12, 3],
      },
    ]);
  });

  it('keeps its columns where nothing is known', async () => {
    await write({ outcome: 'refused', duration_ms: 1, github_requests: 0 });
    const blobs = ['refused', ...Array.from({ length: 9 }, () => '')];
    expect(dataset.points).toEqual([{ indexes: [''], blobs, doubles: [1, 0] }]);
  });

  it('is small enough to be taken, whatever a stranger wrote', async () => {
    const long = 'ä'.repeat(5000);
    const texts = { scope: `acme/${long}`, identity: long, issuer: long, app: long, subject: long, repository: long };
    await write({ outcome: 'refused', ...texts });
    const bytes: number[] = (dataset.points[0]?.blobs ?? []).map((blob) => Buffer.byteLength(blob as string));
    expect(bytes).toHaveLength(10);
    expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThan(MAX_BLOB_BYTES);
  });

  it('is written for exchanges alone', async () => {
    await write({}, 'policy');
    expect(dataset.points).toEqual([]);
  });
});

it('has a point of its own for a change of health', async () => {
  const data = {
    time: 'now',
    request_id: 'x',
    check: 'webhook',
    state: 'failing',
    before: 'ok',
    findings: [],
  } as const;
  const event = {
    type: 'dev.octo-sts.health',
    name: 'health',
    id: 'x/webhook',
    time: 'now',
    subject: 'webhook',
    data,
  } as const;
  await new AnalyticsEventSink(dataset).write(event);
  expect(dataset.points).toEqual([{ indexes: ['health'], blobs: ['health', 'failing', 'webhook', 'ok'], doubles: [] }]);
});
