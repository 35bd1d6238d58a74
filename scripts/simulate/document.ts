import { countsTable, firstLimits, limitsTable, memoryTable, olderTable, scalingTable } from './report.ts';
import type { SimulationResult } from './simulation.ts';
import type { StudyName } from './studies.ts';

/** As docs/scale.json holds them. */
export type Results = Partial<Record<StudyName, readonly SimulationResult[]>>;

/** What stands between two comments of docs/scale.md, by their name. */
const PARTS: Readonly<Record<string, (results: Results) => string>> = {
  'tenants-counts': ({ tenants = [] }) => countsTable(tenants),
  'tenants-limits': ({ tenants = [] }) => `${limitsTable(tenants)}\n\n${firstLimits(tenants)}`,
  'tenants-memory': ({ tenants = [] }) => memoryTable(tenants),
  'organization-counts': ({ organization = [] }) => countsTable(organization),
  'organization-limits': ({ organization = [] }) => `${limitsTable(organization)}\n\n${firstLimits(organization)}`,
  'free-counts': ({ free = [] }) => `${countsTable(free)}\n\n${olderTable(free)}`,
  'fleet-counts': ({ fleet = [] }) => countsTable(fleet),
  'staleness-older': ({ staleness = [] }) => olderTable(staleness),
  scaling: ({ scaling = [] }) => scalingTable(scaling),
};

/** The document, with what the results say in the place of what stood there. */
export function documented(text: string, results: Results): string {
  return Object.entries(PARTS).reduce((written, [name, part]) => {
    const pattern = new RegExp(`<!-- ${name} -->[^]*<!-- /${name} -->`);
    return written.replace(pattern, () => `<!-- ${name} -->\n\n${part(results)}\n\n<!-- /${name} -->`);
  }, text);
}
