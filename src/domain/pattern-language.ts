import { OPERATION, takesOnly, takesRune, type Automaton, type AutomatonInstruction } from './automaton.ts';
import { MatchingSteps } from './pattern-matching.ts';

/** A part of a text: exactly these characters, or any number of any characters but one. */
export type TextPart = string | { readonly anyExcept: string | undefined };

/** Any text. */
export const ANYTHING: TextPart = { anyExcept: undefined };

/** `too-costly`: the steps were spent before it was known. */
export type Admission = 'admitted' | 'unadmitted' | 'too-costly';

/**
 * Whether a pattern admits at least one text that consists of these parts. Assertions such as `\b` count as fulfilled,
 * so a rare pattern is said to admit what it does not: good for a warning, not for a decision.
 */
export function admission(automaton: Automaton, parts: readonly TextPart[], steps = new MatchingSteps()): Admission {
  let states = new States(automaton, steps).reaching([automaton.start]);
  for (const part of parts) {
    states = typeof part === 'string' ? afterText(states, part) : afterAny(states, part.anyExcept);
  }
  if (steps.areSpent) return 'too-costly';
  return states.all.some((pc) => automaton.getInst(pc).op === OPERATION.match) ? 'admitted' : 'unadmitted';
}

/**
 * Whether a pattern admits none but these texts. Assertions such as `\b` count as fulfilled, and what can't lead to a
 * match is taken for a text: so it may say no of a rare pattern that does, and never yes of one that does not. It says no
 * where the steps are spent, too.
 */
export function admitsOnly(automaton: Automaton, texts: readonly string[], steps = new MatchingSteps()): boolean {
  const runes = texts.map((text) => Array.from(text, (character) => character.codePointAt(0) ?? 0));
  const taking = new TakenRunes(automaton, texts.length);
  const states = new States(automaton, steps).reaching([automaton.start]);
  return leadsOnlyTo(states, runes, 0, taking) && !steps.areSpent;
}

/** @param texts those that begin with what was taken so far, in code points @param at how much was taken */
function leadsOnlyTo(states: States, texts: readonly (readonly number[])[], at: number, taking: TakenRunes): boolean {
  const { all, automaton, steps } = states;
  if (!steps.spend(texts.length)) return false;
  const isMatch = all.some((pc) => automaton.getInst(pc).op === OPERATION.match);
  if (isMatch && !texts.some(({ length }) => length === at)) return false;
  const next = new Set(texts.flatMap((text) => text[at] ?? []));
  if (!all.every((pc) => taking.isOnlyAmong(pc, next))) return false;
  return [...next].every((rune) => {
    const after = states.after((instruction) => takesRune(instruction, rune));
    return (
      after.all.length === 0 ||
      leadsOnlyTo(
        after,
        texts.filter((text) => text[at] === rune),
        at + 1,
        taking,
      )
    );
  });
}

/** What each instruction takes, looked at once. */
class TakenRunes {
  private readonly known = new Map<number, readonly number[] | 'too many'>();

  /** @param most an instruction that takes more characters takes something else than is looked for */
  constructor(
    private readonly automaton: Automaton,
    private readonly most: number,
  ) {}

  /** Whether an instruction takes a character at all, and none but these. */
  isOnlyAmong(pc: number, runes: ReadonlySet<number>): boolean {
    const instruction = this.automaton.getInst(pc);
    if (SILENT.has(instruction.op)) return true;
    const taken = this.known.get(pc) ?? takenBy(instruction, this.most);
    this.known.set(pc, taken);
    return taken !== 'too many' && taken.every((rune) => runes.has(rune));
  }
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

/**
 * All characters that an instruction takes: those that it lists, with every other case that it takes too.
 *
 * @returns `too many` where it takes more than `most` of them, or any character
 */
function takenBy(instruction: AutomatonInstruction, most: number): readonly number[] | 'too many' {
  const { op } = instruction;
  if (op !== OPERATION.rune && op !== OPERATION.oneRune) return 'too many';
  const pairs = pairsOf(Array.from(instruction.runes));
  const width = pairs.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  if (width > most) return 'too many';
  const taken = pairs.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, n) => first + n));
  // A character of another case is one more.
  return taken.flatMap(casesOf).filter((rune) => instruction.matchRune(rune));
}

/** One character alone is a pair of it. */
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

function afterText(states: States, text: string): States {
  let current = states;
  for (const character of text) {
    const rune = character.codePointAt(0) ?? 0;
    current = current.after((instruction) => takesRune(instruction, rune));
  }
  return current;
}

function afterAny(states: States, except: string | undefined): States {
  const rune = except?.codePointAt(0);
  return states.closedUnder((instruction) => takesOther(instruction, rune));
}

function takesOther(instruction: AutomatonInstruction, rune: number | undefined): boolean {
  if (instruction.op < OPERATION.rune || instruction.op > OPERATION.anyRuneNotNewline) return false;
  return rune === undefined || !takesOnly(instruction, rune);
}

type Taking = (instruction: AutomatonInstruction) => boolean;

/** Instructions in which an automaton can be at the same time. Each that is looked at is a step. */
class States {
  /** Each once, in the order in which they were reached. */
  readonly all: number[] = [];
  private readonly reached: Uint8Array;

  constructor(
    readonly automaton: Automaton,
    readonly steps: MatchingSteps,
  ) {
    this.reached = new Uint8Array(automaton.numInst());
  }

  /** Adds instructions with those that follow on them without a character. */
  reaching(from: readonly number[]): this {
    const pending = [...from];
    for (let pc = pending.pop(); pc !== undefined; pc = pending.pop()) {
      if (this.reached[pc] === 1 || !this.steps.spend(1)) continue;
      this.reached[pc] = 1;
      this.all.push(pc);
      pushSilentSuccessors(this.automaton.getInst(pc), pending);
    }
    return this;
  }

  /** The states after one character. */
  after(takes: Taking): States {
    const next = new States(this.automaton, this.steps);
    for (const pc of this.all) next.follow(pc, takes);
    return next;
  }

  /** The states after any number of characters. */
  closedUnder(takes: Taking): States {
    const next = new States(this.automaton, this.steps).reaching(this.all);
    // The list grows meanwhile, and what is added is followed in its turn.
    for (const pc of next.all) next.follow(pc, takes);
    return next;
  }

  private follow(pc: number, takes: Taking): void {
    const instruction = this.automaton.getInst(pc);
    this.steps.spend(1);
    if (takes(instruction)) this.reaching([instruction.out]);
  }
}

function pushSilentSuccessors({ op, out, arg }: AutomatonInstruction, pending: number[]): void {
  switch (op) {
    case OPERATION.alternative:
    case OPERATION.alternativeMatch:
      pending.push(out, arg);
      break;
    case OPERATION.capture:
    case OPERATION.emptyWidth:
    case OPERATION.nothing:
      pending.push(out);
      break;
    default:
  }
}
