import type { Finding } from '../../domain/finding.ts';

export interface FileFindings {
  /** From the working folder: what a person can open. */
  readonly path: string;
  /** From the root of the clone: what GitHub knows the file by. */
  readonly pathFromRoot: string;
  readonly findings: readonly Finding[];
}
