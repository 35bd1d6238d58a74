export type Severity = 'error' | 'warning';

/** 1-based, as editors and check-run annotations count; columns in UTF-16 code units. */
export interface Position {
  readonly line: number;
  readonly column: number;
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
}

/** The section of docs/policies.md that explains a rule, as the part of a link after the file. */
export function findingFragment(finding: Pick<Finding, 'rule'>): string {
  return `#${finding.rule}`;
}

/** Errors first, then in the order of the file. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted((a, b) => severityRank(a) - severityRank(b) || a.line - b.line || a.column - b.column);
}

function severityRank(finding: Finding): number {
  return finding.severity === 'error' ? 0 : 1;
}
