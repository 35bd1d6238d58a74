import type { Fault } from '../fault.ts';
import type { Severity } from '../finding.ts';
import type { LintedPolicy } from './linted-policy.ts';

/** What a rule finds in a policy that is valid, or may become so. What must not be accepted is the policy's own fault. */
export interface Doubt extends Fault {
  readonly severity: Exclude<Severity, 'error'>;
}

export type LintRule = (policy: LintedPolicy) => readonly Doubt[];

/** Something is wrong or dangerous as it is written. Fails `lint --strict`. */
export function warning(rule: string, path: Fault['path'], message: string, advice: string): Doubt {
  return { rule, severity: 'warning', path, message, advice };
}

/** Good advice on a policy that is sound as it is written. Fails nothing. */
export function notice(rule: string, path: Fault['path'], message: string, advice: string): Doubt {
  return { rule, severity: 'notice', path, message, advice };
}
