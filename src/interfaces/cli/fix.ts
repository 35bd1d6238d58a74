import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { countFindings, type Finding } from '../../domain/finding.ts';
import { withEdits } from '../../domain/text-edits.ts';
import type { PolicyFileOnDisk } from './input-files.ts';

/** A mended value can need another mending: an issuer's dots, once it is spelt right. */
const MAX_ROUNDS = 5;

export interface Fixed {
  readonly text: string;
  /** What was mended, as it was found. */
  readonly findings: readonly Finding[];
}

/**
 * Makes the edits that findings carry, until there are none. A round after which the file has more errors than before
 * does not count.
 */
export function fixed(text: string, check: (text: string) => readonly Finding[]): Fixed {
  let current: Fixed = { text, findings: [] };
  let found = check(text);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const mendable = found.filter(({ edits }) => edits !== undefined);
    const edited = withEdits(
      current.text,
      mendable.flatMap(({ edits = [] }) => edits),
    );
    if (edited === current.text) break;
    const after = check(edited);
    if (countFindings(after).error > countFindings(found).error) break;
    current = { text: edited, findings: [...current.findings, ...mendable] };
    found = after;
  }
  return current;
}

export function write(file: PolicyFileOnDisk, text: string): void {
  writeFileSync(resolve(file.path), text);
}
