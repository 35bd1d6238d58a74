import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Finding } from '../../src/domain/finding.ts';
import type { CommitPlace } from '../../src/application/ports/changed-policy-files.ts';
import type { CheckReport, CheckRunReporter, EarlierReport } from '../../src/application/ports/check-run-reporter.ts';

export interface Harness {
  readonly reporter: CheckRunReporter;
  /** A commit without any report. */
  place(): CommitPlace;
  close(): Promise<void>;
}

function findings(count: number): readonly Finding[] {
  return Array.from({ length: count }, (_, n) => ({
    rule: 'permission-unknown',
    severity: 'error',
    line: n + 1,
    column: 1,
    message: 'No such permission.',
  }));
}

function report(...counts: readonly number[]): CheckReport {
  const files = counts.map((count, n) => ({ name: `p-${n}.sts.yaml`, findings: findings(count) }));
  const conclusion = counts.some((count) => count > 0) ? 'failure' : 'success';
  return { conclusion, names: files.map(({ name }) => name), files };
}

/** What every adapter of the port must do. */
export function runTests(start: () => Promise<Harness>): void {
  let harness: Harness;

  beforeAll(async () => {
    harness = await start();
  });
  afterAll(() => harness.close());

  async function found(place: CommitPlace): Promise<EarlierReport> {
    const lookup = await harness.reporter.find(place);
    if (lookup.kind !== 'found') throw new Error(lookup.kind);
    return lookup;
  }

  test('are absent where nothing was reported', async () => {
    expect(await harness.reporter.find(harness.place())).toEqual({ kind: 'absent' });
  });

  test.each([[0], [1], [50], [51], [120]])('are found again with what they show: %i findings', async (count) => {
    const place = harness.place();
    expect(await harness.reporter.publish(place, report(count))).toEqual({ kind: 'published' });
    expect(await found(place)).toMatchObject({ names: ['p-0.sts.yaml'], annotations: count });
  });

  test('say also that nothing changed', async () => {
    const place = harness.place();
    await harness.reporter.publish(place, report());
    expect(await found(place)).toMatchObject({ names: [], annotations: 0 });
  });

  test('are updated with further files, without doubling what they show', async () => {
    const place = harness.place();
    await harness.reporter.publish(place, report(2));
    const earlier = await found(place);
    await harness.reporter.publish(place, report(2, 3), earlier);
    expect(await found(place)).toEqual({
      ...earlier,
      names: ['p-0.sts.yaml', 'p-1.sts.yaml'],
      annotations: 5,
    });
    await harness.reporter.publish(place, report(2, 3), await found(place));
    expect(await found(place)).toMatchObject({ annotations: 5 });
  });

  test('keep names of every kind', async () => {
    const place = harness.place();
    const names = ['a,b -->.sts.yaml', 'ü|`<x>`.sts.yaml', '%2C.sts.yaml'];
    await harness.reporter.publish(place, { conclusion: 'success', names, files: [] });
    expect((await found(place)).names).toEqual(names);
  });
}
