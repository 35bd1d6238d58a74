import type { CheckName } from './health.ts';

/** What the scheduled check found wrong, for the operator alone: it names organizations and addresses. */
export interface HealthFinding {
  /** Stable: the same fault has the same rule in every run. */
  readonly rule: string;
  readonly check: CheckName;
  /** `note`: worth knowing, and no reason to call anybody. It changes no state. */
  readonly severity: 'failing' | 'note';
  /** What is wrong. Text of others is quoted and cut in it. */
  readonly message: string;
  /** How to mend it. */
  readonly remedy: string;
  /** The page where. */
  readonly link?: string;
}

/** What was asked about: an App, its webhook, an installation, an issuer, or a part of the service itself. */
export type SubjectKind = 'github' | 'store' | 'clock' | 'app' | 'hook' | 'installation' | 'issuer';

/** What one question came to. */
export interface SubjectReport {
  readonly kind: SubjectKind;
  /** The App's name, the issuer, or App and organization. Empty where there is one only. */
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly askedAt: number;
  /** Whether the part is in use at all. */
  readonly used: boolean;
  /** Whether exchanges can go this way. */
  readonly usable: boolean;
  readonly findings: readonly HealthFinding[];
  /** Further facts for people: numbers and names. */
  readonly facts: Readonly<Record<string, string | number>>;
  /** What an App itself asks for. */
  readonly permissions?: Readonly<Record<string, string>>;
}

export function subjectKey({ kind, name }: Pick<SubjectReport, 'kind' | 'name'>): string {
  return `${kind} ${name}`;
}
