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

/**
 * Whether a pattern admits none but these texts. Assertions such as `\b` count as fulfilled, and what can't lead to a
 * match is taken for a text: so it may say no of a rare pattern that does, and never yes of one that does not.
 */
export function admitsOnly(automaton: Automaton, texts: readonly string[]): boolean {
  const rest = texts.map((text) => Array.from(text, (character) => character.codePointAt(0) ?? 0));
  return leadsOnlyTo(automaton, closure(automaton, [automaton.start]), rest);
}

/** @param rest what is left of the texts that begin with what was taken so far, in code points */
function leadsOnlyTo(automaton: Automaton, states: ReadonlySet<number>, rest: readonly (readonly number[])[]): boolean {
  const instructions = [...states].map((pc) => automaton.getInst(pc));
  const isMatch = instructions.some(({ op }) => op === OPERATION.match);
  if (isMatch && !rest.some(({ length }) => length === 0)) return false;
  const next = new Set(rest.flatMap(([first]) => first ?? []));
  const taking = instructions.filter(({ op }) => !SILENT.has(op));
  if (!taking.every((instruction) => takesOnlyAmong(instruction, next))) return false;
  return [...next].every((rune) => {
    const after = step(automaton, states, (instruction) => takesRune(instruction, rune));
    const tails = rest.filter(([first]) => first === rune).map((text) => text.slice(1));
    return after.size === 0 || leadsOnlyTo(automaton, after, tails);
  });
}

const SILENT: ReadonlySet<number> = new Set([
  OPERATION.alternative,
  OPERATION.alternativeMatch,
  OPERATION.capture,
  OPERATION.emptyWidth,
  OPERATION.fail,
  OPERATION.match,
  OPERATION.nothing,
]);

/** Whether an instruction takes no character but these: it lists them, with every other case that it takes too. */
function takesOnlyAmong(instruction: AutomatonInstruction, runes: ReadonlySet<number>): boolean {
  const { op } = instruction;
  if (op !== OPERATION.rune && op !== OPERATION.oneRune) return false;
  const listed = Array.from(instruction.runes);
  const pairs = listed.length === 1 ? [[listed[0] ?? 0, listed[0] ?? 0] as const] : pairsOf(listed);
  const width = pairs.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  // A class that is as wide as that holds something else, and a character of another case is one more.
  if (width > runes.size) return false;
  const taken = pairs.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, n) => first + n));
  return taken.flatMap(casesOf).every((rune) => runes.has(rune) || !instruction.matchRune(rune));
}

function pairsOf(runes: readonly number[]): readonly (readonly [number, number])[] {
  return runes.flatMap((first, index) => (index % 2 === 0 ? [[first, runes[index + 1] ?? first] as const] : []));
}

/** Characters that are the same without regard to case (Unicode's simple folding of ASCII letters). */
function casesOf(rune: number): readonly number[] {
  const text = String.fromCodePoint(rune);
  const folded = OTHER_FOLDS.get(text.toLowerCase()) ?? [];
  return [text, text.toLowerCase(), text.toUpperCase(), ...folded].map((one) => one.codePointAt(0) ?? 0);
}

/** The Kelvin sign and the long s. */
const OTHER_FOLDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['k', ['\u212a']],
  ['s', ['\u017f']],
]);

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
