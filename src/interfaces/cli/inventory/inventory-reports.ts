import { terminalText } from '../terminal-text.ts';
import { findingsSummary, type InventoryRow } from './inventory.ts';

export const INVENTORY_FORMATS = ['table', 'csv', 'json'] as const;
export type InventoryFormat = (typeof INVENTORY_FORMATS)[number];

/** Wider cells of the table are cut. */
const MAX_CELL_WIDTH = 60;

interface Column {
  readonly name: string;
  readonly cell: (row: InventoryRow) => string;
}

const COLUMNS: readonly Column[] = [
  { name: 'repository', cell: ({ repository }) => repository },
  { name: 'identity', cell: ({ identity }) => identity },
  { name: 'valid', cell: ({ valid }) => (valid ? 'yes' : 'no') },
  { name: 'issuer', cell: ({ issuer }) => issuer },
  { name: 'subject', cell: ({ subjects }) => subjects.join(' ') },
  { name: 'claims', cell: ({ claims }) => pairs(claims) },
  { name: 'permissions', cell: ({ permissions }) => pairs(permissions) },
  { name: 'reaches', cell: ({ reaches }) => (typeof reaches === 'string' ? reaches : reaches.join(' ')) },
  { name: 'guardrails', cell: ({ guardrails }) => guardrails },
  { name: 'findings', cell: ({ findings }) => findingsSummary(findings) },
];

const USAGE_COLUMNS: readonly Column[] = [
  { name: 'last_used', cell: ({ usage }) => usage?.last_used ?? 'never' },
  { name: 'granted', cell: ({ usage }) => String(usage?.granted ?? 0) },
  { name: 'refused', cell: ({ usage }) => String(usage?.refused ?? 0) },
  { name: 'never_asked_for', cell: ({ usage }) => usage?.never_asked_for.join(', ') ?? '' },
];

/** In the table there is no room for everything. */
const NOT_IN_TABLE: ReadonlySet<string> = new Set(['claims', 'granted', 'refused']);

export function inventoryReport(format: InventoryFormat, rows: readonly InventoryRow[], withUsage: boolean): string {
  const columns = withUsage ? [...COLUMNS, ...USAGE_COLUMNS] : COLUMNS;
  switch (format) {
    case 'json':
      return `${JSON.stringify({ policies: rows }, null, 2)}\n`;
    case 'csv':
      return csv(rows, columns);
    case 'table':
      return table(
        rows,
        columns.filter(({ name }) => !NOT_IN_TABLE.has(name)),
      );
  }
}

function pairs(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ');
}

function table(rows: readonly InventoryRow[], columns: readonly Column[]): string {
  const head = columns.map(({ name }) => name.toUpperCase().replaceAll('_', ' '));
  const body = rows.map((row) => columns.map(({ cell }) => cut(terminalText(cell(row)))));
  const lines = [head, ...body];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)));
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, index) => cell.padEnd(widths[index] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function cut(text: string): string {
  return text.length > MAX_CELL_WIDTH ? `${text.slice(0, MAX_CELL_WIDTH - 1)}…` : text;
}

/** RFC 4180. */
function csv(rows: readonly InventoryRow[], columns: readonly Column[]): string {
  const lines = [columns.map(({ name }) => name), ...rows.map((row) => columns.map(({ cell }) => cell(row)))];
  return lines.map((line) => `${line.map(csvCell).join(',')}\r\n`).join('');
}

/**
 * A spreadsheet takes a cell that begins with one of these for a formula (OWASP, "CSV Injection"); after an apostrophe it
 * is text. What follows a separator within a cell counts too, for not every program respects the quotation marks.
 */
const FORMULA = /^[=+\-@\t\r\n|%\uff1d\uff0b\uff0d\uff20]|[\t\r\n;,]\s*[=+\-@]/;

function csvCell(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return `"${terminalText(safe).replaceAll('"', '""')}"`;
}
