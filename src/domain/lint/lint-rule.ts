import type { DocumentPath, Fault } from '../fault.ts';
import type { Severity } from '../finding.ts';
import type { LintedPolicy } from './linted-policy.ts';

/** What to write at one place instead: another value, another key, or both. */
export interface Repair {
  readonly path: DocumentPath;
  readonly key?: string;
  readonly value?: string;
}

/** What a rule finds in a policy that is valid, or may become so. What must not be accepted is the policy's own fault. */
export interface Doubt extends Fault {
  readonly severity: Exclude<Severity, 'error'>;
  readonly advice: string;
  /** Only what an author would surely want: `lint --fix` writes it. */
  readonly repair?: Repair;
}

export type LintRule = (policy: LintedPolicy) => readonly Doubt[];

/** Something is wrong or dangerous as it is written. Fails `lint --strict`. */
export function warning(rule: string, path: DocumentPath, message: string, advice: string, repair?: Repair): Doubt {
  return doubt('warning', rule, path, message, advice, repair);
}

/** Good advice on a policy that is sound as it is written. Fails nothing. */
export function notice(rule: string, path: DocumentPath, message: string, advice: string, repair?: Repair): Doubt {
  return doubt('notice', rule, path, message, advice, repair);
}

function doubt(
  severity: Doubt['severity'],
  rule: string,
  path: DocumentPath,
  message: string,
  advice: string,
  repair: Repair | undefined,
): Doubt {
  const said = { rule, severity, path, message, advice };
  return repair === undefined ? said : { ...said, repair };
}
