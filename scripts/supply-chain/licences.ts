/** Ask for attribution at most: they may go into the bundle. */
const PERMISSIVE = ['MIT', 'ISC', 'Apache-2.0', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause'];
/** For tools, which are not handed on: data under a Creative Commons licence, and libraries that are used, not changed. */
const FOR_TOOLS = [...PERMISSIVE, 'BlueOak-1.0.0', 'CC0-1.0', 'CC-BY-4.0', 'LGPL-3.0-or-later', 'MPL-2.0'];

export type Use = 'run-time' | 'tool';

/**
 * Whether a licence is one that this project takes. Knows the SPDX expressions that npm packages have: `OR` lets us
 * choose, `AND` asks for all. Anything else, a missing licence included, is refused.
 */
export function isAccepted(licence: string | undefined, use: Use): boolean {
  if (licence === undefined) return false;
  const accepted = use === 'run-time' ? PERMISSIVE : FOR_TOOLS;
  const expression = licence.replace(/^\((.*)\)$/, '$1');
  // Brackets within an expression could bind otherwise than we read it.
  if (/[()]/.test(expression)) return false;
  return expression.split(' OR ').some((choice) => choice.split(' AND ').every((one) => accepted.includes(one)));
}
