import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { TypeCheck } from '../../../../scripts/mutation/type-check.ts';

const FILE = 'src/domain/trust-level.ts';

/** Whether the file compiles with this text in place of that one. */
function accepts(types: TypeCheck, original: string, replacement: string): boolean {
  const lines = readFileSync(FILE, 'utf8').split('\n');
  const index = lines.findIndex((line) => line.includes(original));
  const column = (lines[index] ?? '').indexOf(original) + 1;
  const start = { line: index + 1, column };
  return types.accepts(FILE, { location: { start, end: { ...start, column: column + original.length } }, replacement });
}

it('tells a change that the compiler refuses from one that it takes, each on the file as it stands', () => {
  const types = new TypeCheck('tsconfig.json');
  const level = "'outsider', 'insider', 'admitted'";
  expect(accepts(types, level, "''")).toBe(false);
  expect(accepts(types, level, "'outsider'")).toBe(true);
  expect(accepts(types, 'PROVEN.has(level)', 'PROVEN.has(')).toBe(false);
  expect(accepts(types, 'PROVEN.has(level)', 'true')).toBe(true);
});
