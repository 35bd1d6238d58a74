import { OPERATION, takesOnly, takesRune, type Automaton, type AutomatonInstruction } from './automaton.ts';

const SLASH = 0x2f;

/**
 * Whether a pattern for issuers could stretch past the host. Judged on the automaton, which is exact, where scanners of
 * the text have been bypassed: no instruction may take `/` together with another character, and every path to a match
 * must pass equally many `/`. So the first three slashes of whatever matches are the ones that the author wrote.
 *
 * @returns what is wrong, as half a sentence
 */
export function slashFault(automaton: Automaton): string | undefined {
  for (let pc = 0; pc < automaton.numInst(); pc += 1) {
    const instruction = automaton.getInst(pc);
    if (takesRune(instruction, SLASH) && !takesOnly(instruction, SLASH)) {
      return 'has a part that takes "/" as well as other characters: write [^/] or the characters that are meant';
    }
  }
  return passesEquallyManySlashes(automaton)
    ? undefined
    : 'can match different numbers of "/": a "/" must not be optional, repeated or alternative';
}

/** In the part of the automaton that leads to a match, every instruction must be reached with one count of slashes. */
function passesEquallyManySlashes(automaton: Automaton): boolean {
  const useful = leadingToMatch(automaton);
  const counts = new Map<number, number>([[automaton.start, 0]]);
  const pending = [automaton.start];
  let matched: number | undefined;
  for (let pc = pending.pop(); pc !== undefined; pc = pending.pop()) {
    const instruction = automaton.getInst(pc);
    const count = counts.get(pc) ?? 0;
    if (instruction.op === OPERATION.match && (matched ??= count) !== count) return false;
    const after = count + (takesRune(instruction, SLASH) ? 1 : 0);
    for (const next of successors(instruction).filter((one) => useful.has(one))) {
      const known = counts.get(next);
      if (known !== undefined && known !== after) return false;
      if (known === undefined) {
        counts.set(next, after);
        pending.push(next);
      }
    }
  }
  return true;
}

function leadingToMatch(automaton: Automaton): ReadonlySet<number> {
  const predecessors = new Map<number, number[]>();
  const pending: number[] = [];
  for (let pc = 0; pc < automaton.numInst(); pc += 1) {
    const instruction = automaton.getInst(pc);
    if (instruction.op === OPERATION.match) pending.push(pc);
    for (const next of successors(instruction)) {
      const known = predecessors.get(next);
      if (known === undefined) predecessors.set(next, [pc]);
      else known.push(pc);
    }
  }
  const useful = new Set(pending);
  for (let pc = pending.pop(); pc !== undefined; pc = pending.pop()) {
    for (const before of predecessors.get(pc) ?? []) {
      if (!useful.has(before)) pending.push(before);
      useful.add(before);
    }
  }
  return useful;
}

function successors(instruction: AutomatonInstruction): readonly number[] {
  switch (instruction.op) {
    case OPERATION.match:
    case OPERATION.fail:
      return [];
    case OPERATION.alternative:
    case OPERATION.alternativeMatch:
      return [instruction.out, instruction.arg];
    default:
      return [instruction.out];
  }
}
