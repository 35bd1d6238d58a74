import type { Explanation } from '../../application/refusal.ts';

/** The explanation as a person reads it in a terminal. */
export function explanationText({ policy, fields, notes }: Explanation): string {
  const lines = fields.flatMap(({ field, expected, actual, matched, hint }) => [
    `${matched ? 'ok      ' : 'MISMATCH'}  ${field}`,
    `          the policy expects  ${shown(expected)}`,
    `          the token says      ${actual === undefined ? '(no such claim)' : shown(actual)}`,
    ...(hint === undefined ? [] : [`          hint: ${hint}`]),
  ]);
  return [policy, '', ...lines, ...notes].join('\n');
}

/** On one line, without control characters, which could change other lines of the terminal. */
function shown(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what it takes out
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '?');
}
