import { RE2JS, RE2JSSyntaxException } from 're2js';
import { literalAutomaton, type Automaton } from './automaton.ts';
import { quoted } from './fault.ts';
import { matchLiteral, MatchingSteps, matchWhole, type MatchingResult } from './pattern-matching.ts';
import { MAX_PATTERN_LENGTH, PatternText } from './pattern-text.ts';

/** Counted repetitions, multiplied out where they nest: `(a{10}){20}` comes to 200. Checked before compiling. */
export const MAX_REPETITIONS = 1000;
/** Instructions of one compiled pattern: each is tried at most once a character. */
export const MAX_PATTERN_INSTRUCTIONS = 1500;
/** Classes beyond ASCII in one pattern, multiplied out: each may take a thousand numbers, folding case far more time. */
export const MAX_WIDE_CLASSES = 16;
/** Ranges within classes of a pattern that ignores case, which re2js folds character by character. */
export const MAX_FOLDED_RANGES = 64;
/** Numbers that the character classes of one compiled pattern hold; `\p{L}` alone holds 1,368. */
export const MAX_CLASS_NUMBERS = 20_000;
/**
 * Atoms, multiplied out, above which a pattern is not even handed to the compiler, which takes a microsecond or more an
 * atom. Above the limit on instructions, because alternatives such as `a|b|c` compile to one of them.
 */
const MAX_EXPANDED_ATOMS = 2500;

export type PatternResult =
  | { readonly kind: 'compiled'; readonly pattern: Pattern }
  | {
      readonly kind: 'refused';
      readonly reason: string;
      readonly advice?: string;
      /** Refused for its size, which took time to find out. */
      readonly costly?: true;
    };

/**
 * A regular expression in RE2's syntax (Go 1.24's `regexp`), matched in linear time and always against the whole value.
 * Whole-value matching is a security property: octo-sts once matched half a value (GHSA-mwqh-2vg8-rhj3).
 */
export class Pattern {
  private constructor(
    readonly source: string,
    /** What the pattern may cost for each character of a value: as much as `^(?:…)$` in octo-sts, so with both anchors. */
    readonly instructions: number,
    /** Numbers that its character classes hold: what it takes of memory beside its instructions. */
    readonly classNumbers: number,
    private readonly language: { readonly literal: string } | { readonly automaton: Automaton },
  ) {}

  static compile(source: string): PatternResult {
    return Pattern.compileText(new PatternText(source));
  }

  static compileText(text: PatternText): PatternResult {
    const { source, literal } = text;
    if (literal !== undefined) return { kind: 'compiled', pattern: Pattern.ofLiteral(source, literal) };
    const tooMuch = textFault(text);
    if (tooMuch !== undefined) return tooMuch;
    const automaton = compileRe2(source);
    if (!('numInst' in automaton)) return automaton;
    const instructions = automaton.numInst() + ANCHORS;
    if (instructions > MAX_PATTERN_INSTRUCTIONS) return TOO_COSTLY;
    const numbers = classNumbers(automaton);
    if (numbers > MAX_CLASS_NUMBERS) return TOO_WIDE;
    if (!standsInGroup(source)) return refused('does not stand as a whole expression');
    return { kind: 'compiled', pattern: new Pattern(source, instructions, numbers, { automaton }) };
  }

  private static ofLiteral(source: string, literal: string): Pattern {
    const { length } = Array.from(literal);
    return new Pattern(source, length + FAIL_AND_MATCH + ANCHORS, length, { literal });
  }

  /** Whether the value matches on its own, with all the steps of a judgement. */
  matches(value: string): boolean {
    return this.matchAny([value], new MatchingSteps()) === 'matched';
  }

  /** Whether one of the values matches with the steps that are left. */
  matchAny(values: readonly string[], steps: MatchingSteps): MatchingResult {
    return 'literal' in this.language
      ? matchLiteral(this.language.literal, values, steps)
      : matchWhole(this.language.automaton, values, steps);
  }

  /** The one text that it matches, where it is plain. */
  get literal(): string | undefined {
    return 'literal' in this.language ? this.language.literal : undefined;
  }

  /** The compiled instructions, for judgements that must be exact rather than textual. */
  get automaton(): Automaton {
    return 'literal' in this.language ? literalAutomaton(this.language.literal) : this.language.automaton;
  }
}

const FAIL_AND_MATCH = 2;
const ANCHORS = 2;

/**
 * Whether `^(?:…)$` compiles around a source that compiles alone. A quotation that nothing closes would swallow what
 * follows; nothing else that compiles alone can, and compiling again costs as much as the first time.
 */
function standsInGroup(source: string): boolean {
  return !source.includes('\\Q') || 'numInst' in compileRe2(`^(?:${source})$`);
}

function classNumbers(automaton: Automaton): number {
  let numbers = 0;
  for (let pc = 0; pc < automaton.numInst(); pc++) numbers += automaton.getInst(pc).runes.length;
  return numbers;
}

type Refused = Extract<PatternResult, { kind: 'refused' }>;

const TOO_COSTLY: Refused = {
  kind: 'refused',
  reason: `costs more than ${MAX_PATTERN_INSTRUCTIONS} instructions`,
  costly: true,
};

const TOO_WIDE: Refused = {
  kind: 'refused',
  reason: `has character classes of more than ${MAX_CLASS_NUMBERS} numbers: use fewer of those such as \\p{L}`,
  costly: true,
};

function refused(reason: string): Refused {
  return { kind: 'refused', reason };
}

/** @returns re2js's program alone: the rest of what it makes serves its own engine, and would be kept for nothing */
function compileRe2(source: string): Automaton | Refused {
  try {
    return RE2JS.compile(source).re2().prog as Automaton;
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) return refused('is not a regular expression in RE2 syntax');
    const part = error.getPattern();
    const where = part === null ? '' : ` at ${quoted(part)}`;
    const advice = adviceOn(error.getDescription());
    const reason = `is not a regular expression in RE2 syntax: ${error.getDescription()}${where}`;
    return advice === undefined ? refused(reason) : { ...refused(reason), advice };
  }
}

/** Advice for what authors who know globs or other engines write most often. */
function adviceOn(description: string): string | undefined {
  switch (description) {
    case 'missing argument to repetition operator':
    case 'invalid nested repetition operator':
      return 'A * or + repeats what stands before it: for any text write .+, better [^/]+.';
    case 'invalid or unsupported Perl syntax':
      return 'RE2 has no look-around: name what may stand there, or use claim_pattern for a second condition.';
    case 'invalid escape sequence':
      return 'RE2 has no back-references, and a backslash stands only before punctuation or a class such as \\d.';
    default:
      return undefined;
  }
}

/** Why a pattern is not even handed to the compiler: what its text alone tells. */
export function textFault(text: PatternText): Refused | undefined {
  if (text.isTooLong) return refused(`is longer than ${MAX_PATTERN_LENGTH} characters`);
  if (text.repetitions > MAX_REPETITIONS) {
    return refused(`repeats more than ${MAX_REPETITIONS} times, counted repetitions multiplied out where they nest`);
  }
  const folding = foldingFault(text);
  if (folding !== undefined) return folding;
  if (text.wideClasses > MAX_WIDE_CLASSES) {
    return refused(
      `has more than ${MAX_WIDE_CLASSES} character classes beyond ASCII such as \\p{L}, counted repetitions multiplied out`,
    );
  }
  return text.atoms > MAX_EXPANDED_ATOMS ? TOO_COSTLY : undefined;
}

/** Where a pattern ignores case anywhere, none of its classes may be of those that take long to fold. */
function foldingFault(text: PatternText): Refused | undefined {
  if (text.foldsWideClasses) {
    return refused(
      'ignores case with (?i) and has a class in brackets with \\p or a range beyond ASCII: leave (?i) out, or name the characters',
    );
  }
  if (text.foldedRanges <= MAX_FOLDED_RANGES) return undefined;
  return refused(`ignores case with (?i) and has more than ${MAX_FOLDED_RANGES} ranges in classes`);
}
