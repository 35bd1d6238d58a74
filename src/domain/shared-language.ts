import { CONDITION, MatchingSteps } from './pattern-matching.ts';
import { OPERATION, takesRune, type Automaton, type AutomatonInstruction } from './automaton.ts';

/**
 * Whether some text matches both automata, decided on all pairs of their states. `^` and `$` count at the text's ends;
 * other assertions such as `\b` count as fulfilled, and where the steps are spent a text counts as shared: so "no" is
 * certain, and "yes" is not. Each pair that is reached is a step, and real patterns take a few thousand.
 */
export function shareAText(one: Automaton, other: Automaton, steps = new MatchingSteps()): boolean {
  const [left, right] = [new States(one, steps), new States(other, steps)];
  const seen = new Set<number>();
  const pending: (readonly [number, number])[] = [];
  const size = other.numInst();
  const reach = (from: readonly number[], to: readonly number[]): void => {
    for (const a of from) {
      for (const b of to) {
        if (!steps.spend(1)) return;
        const pair = a * size + b;
        if (seen.has(pair)) continue;
        seen.add(pair);
        pending.push([a, b]);
      }
    }
  };
  reach(left.atBegin(one.start), right.atBegin(other.start));
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    const [a, b] = [one.getInst(pair[0]), other.getInst(pair[1])];
    if (a.op === OPERATION.match && b.op === OPERATION.match) return true;
    if (!steps.spend(Math.ceil((a.runes.length + b.runes.length) / RUNES_A_STEP))) return true;
    if (takesSameRune(a, b)) reach(left.after(a.out), right.after(b.out));
  }
  return steps.areSpent;
}

/** Numbers of character classes that are compared in a step. */
const RUNES_A_STEP = 4;

/** The instructions of an automaton that take a character or end a match, by those from which they are reached. */
class States {
  private readonly known = new Map<number, readonly number[]>();

  constructor(
    private readonly automaton: Automaton,
    private readonly steps: MatchingSteps,
  ) {}

  atBegin(start: number): readonly number[] {
    return this.reachedFrom(start, true);
  }

  after(start: number): readonly number[] {
    const known = this.known.get(start) ?? this.reachedFrom(start, false);
    this.known.set(start, known);
    return known;
  }

  private reachedFrom(start: number, isAtBegin: boolean): readonly number[] {
    const reached = new Set<number>();
    // Behind `$` only the match may follow, so what is reached there counts apart.
    const pending = [{ pc: start, isEnded: false }];
    const ends = new Set<number>();
    for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
      const { pc, isEnded } = state;
      const key = 2 * pc + Number(isEnded);
      if (reached.has(key) || !this.steps.spend(1)) continue;
      reached.add(key);
      const { op, out, arg } = this.automaton.getInst(pc);
      if (op === OPERATION.alternative || op === OPERATION.alternativeMatch)
        pending.push({ pc: out, isEnded }, { pc: arg, isEnded });
      else if (op === OPERATION.capture || op === OPERATION.nothing) pending.push({ pc: out, isEnded });
      else if (op === OPERATION.emptyWidth) {
        if (isAtBegin || (arg & CONDITION.textBegin) === 0)
          pending.push({ pc: out, isEnded: isEnded || (arg & CONDITION.textEnd) !== 0 });
      } else if (op === OPERATION.match || (op !== OPERATION.fail && !isEnded)) ends.add(pc);
    }
    return [...ends];
  }
}

const LAST_ASCII = 0x7f;

/** Two sets of ranges share a character if one of their first characters, in any case, is in both. */
function takesSameRune(a: AutomatonInstruction, b: AutomatonInstruction): boolean {
  if (isFoldedBeyondAscii(a) || isFoldedBeyondAscii(b)) return true;
  return [...firstRunes(a), ...firstRunes(b)].some((rune) => takesRune(a, rune) && takesRune(b, rune));
}

/** One character for all of its cases, of which there may be more than JavaScript tells: it counts as taking any. */
function isFoldedBeyondAscii({ op, runes }: AutomatonInstruction): boolean {
  return op === OPERATION.rune && runes.length === 1 && (runes[0] ?? 0) > LAST_ASCII;
}

/** What an instruction does not take is tried for nothing, such as the other cases of a range's first character. */
function* firstRunes({ runes }: AutomatonInstruction): Iterable<number> {
  for (let index = 0; index < runes.length; index += 2) yield runes[index] ?? 0;
  yield* otherCases(runes[0] ?? 0);
}

/** re2js lists the first of a letter's cases, which is the capital (Unicode, simple case folding). */
function otherCases(rune: number): readonly number[] {
  const letter = String.fromCodePoint(rune).toLowerCase();
  return [letter, ...(OTHER_FOLDS.get(letter) ?? [])].map((one) => one.codePointAt(0) ?? 0);
}

const OTHER_FOLDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['k', ['\u212a']],
  ['s', ['\u017f']],
]);
