/**
 * An error makes a file invalid. A warning says that something is wrong or dangerous as it is written. A notice is good
 * advice on a sound policy.
 */
export type Severity = 'error' | 'warning' | 'notice';

/** 1-based, as editors and check-run annotations count; columns in UTF-16 code units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A part of a file, from its first character to behind its last, and what to write there instead. */
export interface TextEdit {
  readonly start: Position;
  readonly end: Position;
  readonly text: string;
}

/** What is wrong, or doubtful, at one place of a file, in words for its author. */
export interface Finding extends Position {
  /** Stable: also the name of its section in docs/policies.md. */
  readonly rule: string;
  readonly severity: Severity;
  /** One sentence. */
  readonly message: string;
  /** One sentence on what to write instead. */
  readonly advice?: string;
  /** What `lint --fix` changes; they don't overlap. */
  readonly edits?: readonly TextEdit[];
}

/** The section of docs/policies.md that explains a rule, as the part of a link after the file. */
export function findingFragment(finding: Pick<Finding, 'rule'>): string {
  return `#${finding.rule}`;
}

/** The gravest first, then in the order of the file. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted((a, b) => RANK[a.severity] - RANK[b.severity] || a.line - b.line || a.column - b.column);
}

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, notice: 2 };

export type FindingCounts = Readonly<Record<Severity, number>>;

export function countFindings(findings: readonly Pick<Finding, 'severity'>[]): FindingCounts {
  const counts = { error: 0, warning: 0, notice: 0 };
  for (const { severity } of findings) counts[severity] += 1;
  return counts;
}

/** `2 errors, 1 warning`: notices only where there are some. */
export function countsText({ error, warning, notice }: FindingCounts): string {
  return [
    counted(error, 'error'),
    counted(warning, 'warning'),
    ...(notice > 0 ? [counted(notice, 'notice')] : []),
  ].join(', ');
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
