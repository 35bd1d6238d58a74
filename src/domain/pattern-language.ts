import { OPERATION, takesOnly, takesRune, type Automaton, type AutomatonInstruction } from './automaton.ts';

/** A part of a text: exactly these characters, or any number of any characters but one. */
export type TextPart = string | { readonly anyExcept: string | undefined };

/** Any text. */
export const ANYTHING: TextPart = { anyExcept: undefined };

/**
 * Whether a pattern admits at least one text that consists of these parts. Assertions such as `\b` count as fulfilled,
 * so a rare pattern is said to admit what it does not: good for a warning, not for a decision.
 */
export function admits(automaton: Automaton, parts: readonly TextPart[]): boolean {
  let states = closure(automaton, [automaton.start]);
  for (const part of parts) {
    states =
      typeof part === 'string' ? afterText(automaton, states, part) : afterAny(automaton, states, part.anyExcept);
  }
  return [...states].some((pc) => automaton.getInst(pc).op === OPERATION.match);
}

function afterText(automaton: Automaton, states: ReadonlySet<number>, text: string): ReadonlySet<number> {
  let current = states;
  for (const character of text) {
    const rune = character.codePointAt(0) ?? 0;
    current = step(automaton, current, (instruction) => takesRune(instruction, rune));
  }
  return current;
}

function afterAny(automaton: Automaton, states: ReadonlySet<number>, except: string | undefined): ReadonlySet<number> {
  const rune = except?.codePointAt(0);
  const reached = new Set(states);
  for (let size = 0; size !== reached.size;) {
    size = reached.size;
    for (const pc of step(automaton, reached, (instruction) => takesOther(instruction, rune))) reached.add(pc);
  }
  return reached;
}

function takesOther(instruction: AutomatonInstruction, rune: number | undefined): boolean {
  if (instruction.op < OPERATION.rune || instruction.op > OPERATION.anyRuneNotNewline) return false;
  return rune === undefined || !takesOnly(instruction, rune);
}

function step(
  automaton: Automaton,
  states: ReadonlySet<number>,
  takes: (instruction: AutomatonInstruction) => boolean,
): ReadonlySet<number> {
  const taken = [...states].map((pc) => automaton.getInst(pc)).filter(takes);
  return closure(
    automaton,
    taken.map(({ out }) => out),
  );
}

/** The states reached without taking a character. */
function closure(automaton: Automaton, from: readonly number[]): ReadonlySet<number> {
  const reached = new Set<number>();
  const pending = [...from];
  for (let pc = pending.pop(); pc !== undefined; pc = pending.pop()) {
    if (reached.has(pc)) continue;
    reached.add(pc);
    pending.push(...silentSuccessors(automaton.getInst(pc)));
  }
  return reached;
}

function silentSuccessors(instruction: AutomatonInstruction): readonly number[] {
  switch (instruction.op) {
    case OPERATION.alternative:
    case OPERATION.alternativeMatch:
      return [instruction.out, instruction.arg];
    case OPERATION.capture:
    case OPERATION.emptyWidth:
    case OPERATION.nothing:
      return [instruction.out];
    default:
      return [];
  }
}
