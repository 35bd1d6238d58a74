import { OPERATION, takesRune, type Automaton } from './automaton.ts';

/** In characters (code points), as for `sub`. Real claims are file paths, refs and ids: GitHub's stay below 400. */
export const MAX_MATCHED_CHARACTERS = 1000;
/**
 * Steps of one judgement, over all its patterns and texts: an instruction is tried at most once a character, and each
 * such try is a step. 100,000 of them take about 2 ms. Real policies take one to three thousand.
 */
export const MAX_JUDGEMENT_STEPS = 100_000;
/** What it costs to begin with a text, however short: a claim can be a list of thousands. */
const STEPS_PER_TEXT = 8;

/** Counts down what a judgement may still try. It depends on patterns and texts alone, never on what ran before. */
export class MatchingSteps {
  private left: number;

  constructor(most = MAX_JUDGEMENT_STEPS) {
    this.left = most;
  }

  get areSpent(): boolean {
    return this.left < 0;
  }

  /** @returns whether there was enough left */
  spend(steps: number): boolean {
    this.left -= steps;
    return this.left >= 0;
  }
}

/**
 * `too-long`: a text was not tried because no real claim is as long. `too-costly`: the steps ran out before the end.
 * Neither is a match, whatever the texts hold.
 */
export type MatchingResult = 'matched' | 'unmatched' | 'too-long' | 'too-costly';

/** Whether the automaton takes one of the texts as a whole, from its first character to its last. */
export function matchWhole(automaton: Automaton, texts: readonly string[], steps: MatchingSteps): MatchingResult {
  const threads = new Threads(automaton, steps);
  return matchFirst(texts, steps, (text) => threads.take(text));
}

/** As `matchWhole` for an automaton that takes this text alone. */
export function matchLiteral(literal: string, texts: readonly string[], steps: MatchingSteps): MatchingResult {
  return matchFirst(texts, steps, (text) => text === literal);
}

function matchFirst(texts: readonly string[], steps: MatchingSteps, takes: (text: string) => boolean): MatchingResult {
  let result: MatchingResult = 'unmatched';
  for (const text of texts) {
    if (!steps.spend(STEPS_PER_TEXT)) return 'too-costly';
    if (isLongerThan(text, MAX_MATCHED_CHARACTERS)) result = 'too-long';
    else if (takes(text)) return 'matched';
    if (steps.areSpent) return 'too-costly';
  }
  return result;
}

export function isLongerThan(text: string, characters: number): boolean {
  return text.length > characters && (text.length > 2 * characters || Array.from(text).length > characters);
}

/** As re2js numbers the conditions of an empty-width instruction; a canary test holds them to the pinned version. */
export const CONDITION = {
  lineBegin: 1,
  lineEnd: 2,
  textBegin: 4,
  textEnd: 8,
  wordBoundary: 16,
  noWordBoundary: 32,
} as const;
const NEWLINE = 0x0a;
/** In place of a character, before the first and after the last. */
const NONE = -1;
/** Characters beyond it take two units of a JavaScript string. */
const LAST_OF_ONE_UNIT = 0xffff;

/**
 * Runs an automaton in all its states at once (Thompson's simulation), so in time linear in the text. It stands in for
 * the engine of re2js, which builds up to 8 MB of states for one text, and whose cost depends on what earlier matches
 * left behind.
 */
class Threads {
  private current: Int32Array;
  private next: Int32Array;
  /** How many instructions wait in `next`. */
  private waiting = 0;
  private readonly pending: Int32Array;
  /** The place where each instruction was last reached. Places are counted through all texts, so none comes twice. */
  private readonly reachedAt: Int32Array;
  private place = 0;
  private matched = false;
  private before = NONE;
  private after = NONE;

  constructor(
    private readonly automaton: Automaton,
    private readonly steps: MatchingSteps,
  ) {
    const size = automaton.numInst();
    this.current = new Int32Array(size);
    this.next = new Int32Array(size);
    // Each instruction is followed once a place, and leaves two others pending at the most.
    this.pending = new Int32Array(2 * size + 1);
    this.reachedAt = new Int32Array(size);
  }

  /** @returns false also where the steps are spent */
  take(text: string): boolean {
    this.arrive(NONE, runeAt(text, 0));
    this.steps.spend(this.follow(this.automaton.start));
    for (let index = 0; index < text.length && this.waiting > 0 && !this.steps.areSpent;) {
      const rune = this.after;
      index += rune > LAST_OF_ONE_UNIT ? 2 : 1;
      this.steps.spend(this.step(rune, runeAt(text, index)));
    }
    return this.after === NONE && this.matched && !this.steps.areSpent;
  }

  /** @returns the steps that it took */
  private step(rune: number, following: number): number {
    const threads = this.next;
    const count = this.waiting;
    this.next = this.current;
    this.current = threads;
    this.arrive(rune, following);
    let taken = 0;
    for (let thread = 0; thread < count; thread += 1) {
      const instruction = this.automaton.getInst(threads[thread] ?? 0);
      if (takesRune(instruction, rune)) taken += this.follow(instruction.out);
    }
    return taken;
  }

  private arrive(before: number, after: number): void {
    this.before = before;
    this.after = after;
    this.place += 1;
    this.waiting = 0;
    this.matched = false;
  }

  /**
   * Reaches an instruction, and all that follow on it without a character.
   *
   * @returns the steps that it took: one for each instruction reached at this place for the first time
   */
  private follow(start: number): number {
    const { pending, reachedAt, place } = this;
    let count = 0;
    let taken = 0;
    pending[count++] = start;
    while (count > 0) {
      count -= 1;
      const pc = pending[count] ?? 0;
      if (reachedAt[pc] === place) continue;
      reachedAt[pc] = place;
      taken += 1;
      const { op, out, arg } = this.automaton.getInst(pc);
      switch (op) {
        case OPERATION.alternative:
        case OPERATION.alternativeMatch:
          pending[count++] = arg;
          pending[count++] = out;
          break;
        case OPERATION.capture:
        case OPERATION.nothing:
          pending[count++] = out;
          break;
        case OPERATION.emptyWidth:
          if ((arg & ~conditionsBetween(this.before, this.after)) === 0) pending[count++] = out;
          break;
        case OPERATION.match:
          this.matched = true;
          break;
        case OPERATION.rune:
        case OPERATION.oneRune:
        case OPERATION.anyRune:
        case OPERATION.anyRuneNotNewline:
          this.next[this.waiting++] = pc;
          break;
        // `fail`, and whatever is not known here: nothing follows, so nothing matches by it.
        default:
      }
    }
    return taken;
  }
}

function runeAt(text: string, index: number): number {
  return text.codePointAt(index) ?? NONE;
}

function conditionsBetween(before: number, after: number): number {
  const atBegin = before === NONE ? CONDITION.textBegin | CONDITION.lineBegin : 0;
  const atEnd = after === NONE ? CONDITION.textEnd | CONDITION.lineEnd : 0;
  const afterLine = before === NEWLINE ? CONDITION.lineBegin : 0;
  const beforeLine = after === NEWLINE ? CONDITION.lineEnd : 0;
  const word = isWord(before) === isWord(after) ? CONDITION.noWordBoundary : CONDITION.wordBoundary;
  return atBegin | atEnd | afterLine | beforeLine | word;
}

/** ASCII only, as in RE2: `[0-9A-Za-z_]`. */
function isWord(rune: number): boolean {
  return (
    (rune >= 0x30 && rune <= 0x39) || (rune >= 0x41 && rune <= 0x5a) || rune === 0x5f || (rune >= 0x61 && rune <= 0x7a)
  );
}
