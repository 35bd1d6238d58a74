import type { Explanation } from '../../application/refusal.ts';
import { terminalText } from './terminal-text.ts';

/** The explanation as a person reads it in a terminal. */
export function explanationText({ policy, fields, notes }: Explanation): string {
  const lines = fields.flatMap(({ field, expected, actual, matched, hint }) => [
    `${matched ? 'ok      ' : 'MISMATCH'}  ${field}`,
    `          the policy expects  ${terminalText(expected)}`,
    `          the token says      ${actual === undefined ? '(no such claim)' : terminalText(actual)}`,
    ...(hint === undefined ? [] : [`          hint: ${hint}`]),
  ]);
  return [policy, '', ...lines, ...notes].join('\n');
}
