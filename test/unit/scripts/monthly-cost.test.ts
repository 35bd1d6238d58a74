import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { costTable, monthlyUsage } from '../../../scripts/monthly-cost.ts';
import { ASSUMED, monthlyDollars, overFreePlan } from '../../../scripts/prices.ts';

const DOCS = join(import.meta.dirname, '../../../docs');
const NOTHING = { requests: 0, cpuMilliseconds: 0, kvReads: 0, kvWrites: 0, logEvents: 0 };

describe('what a month costs', () => {
  // Examples 1 and 4 of Cloudflare's page on Workers pricing.
  it.each([
    [15e6, 8],
    [100e6, 45.4],
  ])('is what Cloudflare’s own example says: %d requests of 7 ms', (requests, dollars) => {
    expect(monthlyDollars({ ...NOTHING, requests, cpuMilliseconds: 7 * requests })).toBeCloseTo(dollars, 2);
  });

  it('counts an exchange, its revocation and the scheduled check', () => {
    const usage = monthlyUsage({ exchanges: 1000, repositories: 1, owners: 1, issuers: 1 });
    expect(usage).toMatchObject({ requests: 2000 + 8640, kvReads: 4000 + 5 * 8640 });
    expect(overFreePlan(usage)).toEqual([]);
    expect(overFreePlan({ ...NOTHING, requests: 3_000_001 })).toEqual(['requests']);
  });

  it('rests on the counts of docs/performance.md, rounded up', () => {
    const text = readFileSync(join(DOCS, 'performance.md'), 'utf8');
    const cells = (name: string): readonly string[] => {
      const row = text.split('\n').find((line) => line.startsWith(`| ${name} |`)) ?? '';
      return row.split('|').map((cell) => cell.trim());
    };
    // A spread begins with its median.
    const measured = (name: string, column: string, head = 'Scenario'): number =>
      Number(cells(name)[cells(head).indexOf(column)]?.split(' ')[0]);
    for (const [column, assumed] of Object.entries(ASSUMED.exchange)) {
      expect(measured('policies too old', column)).toBeLessThanOrEqual(assumed);
    }
    expect(measured('policies too old', 'CPU ms')).toBeGreaterThan(ASSUMED.exchange['CPU ms'] / 2);
    expect(measured('warm', 'CPU ms')).toBeLessThanOrEqual(ASSUMED.revocation['CPU ms']);
    for (const [column, assumed] of Object.entries(ASSUMED.scheduledRun)) {
      const counted = measured('the first thing that an isolate does', column, 'Scheduled check');
      expect(counted).toBeLessThanOrEqual(assumed);
      expect(counted).toBeGreaterThan(assumed / 2);
    }
  });

  it('stands in docs/operations.md as the script prints it', () => {
    const path = join(DOCS, 'operations.md');
    const text = readFileSync(path, 'utf8');
    const written = text.replace(
      /<!-- costs -->[^]*<!-- \/costs -->/,
      `<!-- costs -->\n\n${costTable()}\n\n<!-- /costs -->`,
    );
    if (process.env.UPDATE_DOCUMENTS !== undefined) writeFileSync(path, written);
    expect(text).toBe(written);
  });
});
