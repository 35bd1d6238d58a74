export interface Position {
  /** Counted from 1, as the column is. */
  readonly line: number;
  readonly column: number;
}

/** One change, as the report format `mutation-testing-report-schema` has it. */
export interface Mutant {
  readonly mutatorName: string;
  readonly replacement: string;
  readonly status: string;
  readonly location: { readonly start: Position; readonly end: Position };
}

/** What the suites noticed of the changes to one file. */
export interface FileResult {
  readonly file: string;
  /** Of the file and its suites, so that a result is known to be about what stands there. */
  readonly digest: string;
  readonly mutants: readonly Mutant[];
}

/** A change that alters nothing that anybody could notice, and why. */
export interface Equivalent {
  readonly file: string;
  /** The source line, without the space around it: it outlives a change of line numbers. */
  readonly line: string;
  readonly original: string;
  readonly replacement: string;
  readonly why: string;
}

export interface Survivor {
  readonly file: string;
  /** Counted from 1. */
  readonly lineNumber: number;
  readonly line: string;
  readonly original: string;
  readonly replacement: string;
  readonly location: Mutant['location'];
}

export interface Score {
  readonly noticed: number;
  /** Without those that are equivalent, do not compile or could not be run. */
  readonly counted: number;
}

const NOTICED = ['Killed', 'Timeout'];
const LIVED = ['Survived', 'NoCoverage'];

/** What no test noticed, with the text of the source that each one changes. */
export function survivors({ file, mutants }: FileResult, source: string): readonly Survivor[] {
  const lines = source.split('\n');
  return mutants
    .filter(({ status }) => LIVED.includes(status))
    .map(({ location, replacement }) => ({
      file,
      lineNumber: location.start.line,
      line: lines[location.start.line - 1]?.trim() ?? '',
      original: textBetween(lines, location.start, location.end),
      replacement,
      location,
    }));
}

export function isEquivalent(survivor: Survivor, list: readonly Equivalent[]): boolean {
  return list.some((one) => isSame(one, survivor));
}

/** Entries that are about no survivor of these: the code has changed, or a test now notices the change. */
export function stale(list: readonly Equivalent[], found: readonly Survivor[]): readonly Equivalent[] {
  return list.filter((one) => !found.some((survivor) => isSame(one, survivor)));
}

/** @param left survivors that do not count: equivalent ones, and those that the compiler refuses */
export function score(results: readonly FileResult[], left: number): Score {
  const statuses = results.flatMap(({ mutants }) => mutants.map(({ status }) => status));
  const noticed = statuses.filter((status) => NOTICED.includes(status)).length;
  const lived = statuses.filter((status) => LIVED.includes(status)).length;
  return { noticed, counted: noticed + lived - left };
}

export function scoreText({ noticed, counted }: Score): string {
  const share = counted === 0 ? '' : ` (${((100 * noticed) / counted).toFixed(1)} %)`;
  return `${noticed} of ${counted}${share}`;
}

function isSame(one: Equivalent, survivor: Survivor): boolean {
  return (
    one.file === survivor.file &&
    one.line === survivor.line &&
    one.original === survivor.original &&
    one.replacement === survivor.replacement
  );
}

function textBetween(lines: readonly string[], start: Position, end: Position): string {
  const part = lines.slice(start.line - 1, end.line);
  const last = part.length - 1;
  return part
    .map((line, n) => line.slice(n === 0 ? start.column - 1 : 0, n === last ? end.column - 1 : undefined))
    .join('\n');
}
