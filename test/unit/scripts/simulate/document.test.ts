import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ASSUMED } from '../../../../scripts/prices.ts';
import { documented, type Results } from '../../../../scripts/simulate/document.ts';
import { PLOTS } from '../../../../scripts/simulate/plots.ts';
import { STUDIES, type StudyName } from '../../../../scripts/simulate/studies.ts';

const DOCS = join(import.meta.dirname, '../../../../docs');

function read(name: string): string {
  return readFileSync(join(DOCS, name), 'utf8');
}

const RESULTS = JSON.parse(read('scale.json')) as Results;

describe('docs/scale.md', () => {
  it('has the tables that its results make', () => {
    const text = read('scale.md');
    expect(documented(text, RESULTS)).toBe(text);
    expect(text).not.toMatch(/-->\n\n(?:\n|<!-- \/)/);
  });

  it.each(Object.keys(PLOTS))('has the picture that its results make: %s', (name) => {
    expect(read(`images/${name}.svg`)).toBe(PLOTS[name]?.(RESULTS));
  });

  it.each(Object.keys(STUDIES) as StudyName[])('rests on the study as it is run now: %s', (name) => {
    expect(RESULTS[name]?.map(({ options }) => options)).toEqual(STUDIES[name].rows);
  });

  it('does not read KV more often than costs are reckoned with', () => {
    const rows = [...(RESULTS.tenants ?? []), ...(RESULTS.organization ?? [])];
    const most = Math.max(...rows.map(({ day }) => day.kvReads.value / day.exchanges.value));
    expect(most).toBeLessThanOrEqual(ASSUMED.exchange['KV reads']);
    expect(most).toBeGreaterThan(ASSUMED.exchange['KV reads'] / 2);
  });
});
