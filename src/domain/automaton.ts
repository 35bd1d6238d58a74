/** The part of re2js's compiled program that judgements on patterns read; a canary test holds it to the pinned version. */
export interface Automaton {
  readonly start: number;
  numInst(): number;
  getInst(pc: number): AutomatonInstruction;
}

export interface AutomatonInstruction {
  readonly op: number;
  readonly out: number;
  /** The other way of an alternative, the flags of a character, the kind of an empty-width assertion. */
  readonly arg: number;
  /** One character, or pairs of first and last. */
  readonly runes: ArrayLike<number>;
  matchRune(rune: number): boolean;
}

/** As re2js numbers its instructions (`Inst`), which it does not export. */
export const OPERATION = {
  alternative: 1,
  alternativeMatch: 2,
  capture: 3,
  emptyWidth: 4,
  fail: 5,
  match: 6,
  nothing: 7,
  rune: 8,
  oneRune: 9,
  anyRune: 10,
  anyRuneNotNewline: 11,
} as const;

const NEWLINE = 0x0a;

/** What re2js would compile a text to that stands for itself alone. */
export function literalAutomaton(text: string): Automaton {
  const runes = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  const first = { op: OPERATION.fail, out: 0, arg: 0, runes: [], matchRune: () => false };
  const last = { ...first, op: OPERATION.match };
  const instructions = [first, ...runes.map((rune, index) => oneRune(rune, index + 2)), last];
  return { start: 1, numInst: () => instructions.length, getInst: (pc) => instructions[pc] ?? first };
}

function oneRune(rune: number, out: number): AutomatonInstruction {
  return { op: OPERATION.oneRune, out, arg: 0, runes: [rune], matchRune: (other) => other === rune };
}

/** Whether an instruction can take this character. One that is not known here takes everything: it then fails closed. */
export function takesRune(instruction: AutomatonInstruction, rune: number): boolean {
  switch (instruction.op) {
    case OPERATION.rune:
    case OPERATION.oneRune:
      return instruction.matchRune(rune);
    case OPERATION.anyRuneNotNewline:
      return rune !== NEWLINE;
    case OPERATION.alternative:
    case OPERATION.alternativeMatch:
    case OPERATION.capture:
    case OPERATION.emptyWidth:
    case OPERATION.fail:
    case OPERATION.match:
    case OPERATION.nothing:
      return false;
    default:
      return true;
  }
}

/** Whether an instruction takes this character and no other. The character must have no other case. */
export function takesOnly(instruction: AutomatonInstruction, rune: number): boolean {
  if (instruction.op !== OPERATION.rune && instruction.op !== OPERATION.oneRune) return false;
  const { runes } = instruction;
  let index = 0;
  // Not all need to be looked at: a class of Unicode's has a thousand.
  while (runes[index] === rune) index += 1;
  return index > 0 && index === runes.length;
}
