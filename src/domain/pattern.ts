import { RE2JS, RE2JSSyntaxException } from 're2js';
import type { Automaton } from './automaton.ts';
import { quoted } from './fault.ts';
import { isLongerThan, matchLiteral, MatchingSteps, matchWhole, type MatchingResult } from './pattern-matching.ts';

/** In characters (code points). */
export const MAX_PATTERN_LENGTH = 1024;
/** Counted repetitions, multiplied out where they nest: `(a{10}){20}` comes to 200. Checked before compiling. */
export const MAX_REPETITIONS = 1000;
/** Instructions of one compiled pattern: each is tried at most once a character. */
export const MAX_PATTERN_INSTRUCTIONS = 1500;
/** Instructions of all patterns of one policy. */
export const MAX_POLICY_INSTRUCTIONS = 5000;
/** Classes beyond ASCII in one pattern, multiplied out: each may take a thousand numbers, folding case far more time. */
export const MAX_WIDE_CLASSES = 16;
/** Those of all patterns of one policy. */
export const MAX_POLICY_WIDE_CLASSES = 64;
/** Ranges within classes of a pattern that ignores case, which re2js folds character by character. */
export const MAX_FOLDED_RANGES = 64;
/** Those of all patterns of one policy: 64 of them take a quarter of a millisecond. */
export const MAX_POLICY_FOLDED_RANGES = 256;
/** Characters of all patterns of one policy: what reading them takes even where they then do not compile. */
export const MAX_POLICY_PATTERN_CHARACTERS = 8192;
/** Numbers that the character classes of one compiled pattern hold; `\p{L}` alone holds 1,368. */
export const MAX_CLASS_NUMBERS = 20_000;
/** Those of all patterns of one policy. */
export const MAX_POLICY_CLASS_NUMBERS = 60_000;
/**
 * Atoms, multiplied out, above which a pattern is not even handed to the compiler, which takes half a microsecond an
 * atom. So far above the limit on instructions because alternatives such as `a|b|c` compile to one of them.
 */
const MAX_EXPANDED_ATOMS = 16 * MAX_PATTERN_INSTRUCTIONS;

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
    const literal = literalOf(source);
    if (literal !== undefined) return { kind: 'compiled', pattern: Pattern.ofLiteral(source, literal) };
    const tooMuch = costFault(source);
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

  /** The compiled instructions, for judgements that must be exact rather than textual. */
  get automaton(): Automaton {
    if ('automaton' in this.language) return this.language.automaton;
    const automaton = compileRe2(this.source);
    if ('numInst' in automaton) return automaton;
    throw new Error(automaton.reason);
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

/** Characters that stand for themselves, or an escape of one that does not: nothing in it repeats or branches. */
const LITERAL = /^(?:[^\\.+*?()|[\]{}^$\p{Cs}]|\\[-\\./:@_+*?()|[\]{}^$])+$/u;

/** The one text that a pattern takes, where it is plain: most are, and need not be compiled. */
function literalOf(source: string): string | undefined {
  if (isLongerThan(source, MAX_PATTERN_LENGTH) || !LITERAL.test(source)) return undefined;
  return source.replace(/\\(.)/gsu, '$1');
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
    const where = part === null || part === '' ? '' : ` at ${quoted(part)}`;
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

function costFault(source: string): Refused | undefined {
  if (isLongerThan(source, MAX_PATTERN_LENGTH)) return refused(`is longer than ${MAX_PATTERN_LENGTH} characters`);
  const cost = expandedCost(source);
  if (cost.repetitions > MAX_REPETITIONS) {
    return refused(`repeats more than ${MAX_REPETITIONS} times, counted repetitions multiplied out where they nest`);
  }
  const folding = foldingFault(source);
  if (folding !== undefined) return folding;
  if (cost.wideClasses > MAX_WIDE_CLASSES) {
    return refused(
      `has more than ${MAX_WIDE_CLASSES} character classes beyond ASCII such as \\p{L}, counted repetitions multiplied out`,
    );
  }
  return cost.atoms > MAX_EXPANDED_ATOMS ? TOO_COSTLY : undefined;
}

/** Where a pattern ignores case anywhere, none of its classes may be of those that take long to fold. */
function foldingFault(source: string): Refused | undefined {
  const tokens = patternTokens(source);
  if (!ignoresCase(tokens)) return undefined;
  if (classesOf(tokens).some(({ tables, wideRanges }) => tables + wideRanges > 0)) {
    return refused(
      'ignores case with (?i) and has a class in brackets with \\p or a range beyond ASCII: leave (?i) out, or name the characters',
    );
  }
  if (foldedRanges(tokens) <= MAX_FOLDED_RANGES) return undefined;
  return refused(`ignores case with (?i) and has more than ${MAX_FOLDED_RANGES} ranges in classes`);
}

function foldedRanges(tokens: readonly string[]): number {
  return ignoresCase(tokens) ? classesOf(tokens).reduce((sum, { ranges }) => sum + ranges, 0) : 0;
}

function ignoresCase(tokens: readonly string[]): boolean {
  return tokens.some((token) => IGNORES_CASE.test(token));
}

function classesOf(tokens: readonly string[]): readonly ClassContent[] {
  return tokens.filter((token) => token.startsWith('[')).map(classContent);
}

export interface CompileEffort {
  /** With counted repetitions written out. */
  readonly atoms: number;
  readonly wideClasses: number;
  readonly foldedRanges: number;
}

const NO_EFFORT: CompileEffort = { atoms: 0, wideClasses: 0, foldedRanges: 0 };

/** What compiling a pattern may cost, whether it succeeds or not: nothing where it is plain, or refused for its length. */
export function compileEffort(source: string): CompileEffort {
  if (isLongerThan(source, MAX_PATTERN_LENGTH) || literalOf(source) !== undefined) return NO_EFFORT;
  const { atoms, wideClasses } = expandedCost(source);
  return { atoms, wideClasses, foldedRanges: foldedRanges(patternTokens(source)) };
}

interface ClassContent {
  /** Unicode's: `\p{L}`. */
  readonly tables: number;
  readonly ranges: number;
  /** Ranges that end beyond ASCII. */
  readonly wideRanges: number;
  readonly isWide: boolean;
}

const IGNORES_CASE = /^\(\?[a-zA-Z]*i[a-zA-Z-]*[:)]$/;
/** What stands in a class in brackets: a class of its own, or one character. */
const CLASS_ITEM = /\[:\^?[a-z]+:\]|\\[pP](?:\{[^}]*\}|[^])|\\x\{[^}]*\}|\\x[0-9A-Fa-f]{2}|\\[0-7]{1,3}|\\[^]|[^]/gu;

function classContent(token: string): ClassContent {
  const items = Array.from(token.replace(/^\[\^?/, '').matchAll(CLASS_ITEM), ([item]) => item);
  let ranges = 0;
  let wideRanges = 0;
  items.forEach((item, index) => {
    const last = items[index + 2];
    if (items[index + 1] !== '-' || last === undefined) return;
    ranges += 1;
    if (isWideItem(item) || isWideItem(last)) wideRanges += 1;
  });
  return { tables: items.filter(isTable).length, ranges, wideRanges, isWide: items.some(isWideItem) };
}

function isTable(item: string): boolean {
  return /^\\[pP]/.test(item);
}

function isWideItem(item: string): boolean {
  if (isTable(item)) return true;
  const hexadecimal = /^\\x\{?([0-9A-Fa-f]+)/.exec(item)?.[1];
  if (hexadecimal !== undefined) return Number.parseInt(hexadecimal, 16) > LAST_ASCII;
  const octal = /^\\([0-7]{2,3})$/.exec(item)?.[1];
  if (octal !== undefined) return Number.parseInt(octal, 8) > LAST_ASCII;
  return (item.codePointAt(0) ?? 0) > LAST_ASCII;
}

const LAST_ASCII = 0x7f;

/** A class with several tables counts for each of them. */
function atomOf(token: string): Cost {
  if (isTable(token)) return WIDE_ATOM;
  if (!token.startsWith('[')) return ONE_ATOM;
  const { tables, isWide } = classContent(token);
  return { ...ONE_ATOM, wideClasses: isWide ? Math.max(1, tables) : 0 };
}

interface Cost {
  readonly atoms: number;
  readonly repetitions: number;
  readonly wideClasses: number;
}

const NOTHING: Cost = { atoms: 0, repetitions: 0, wideClasses: 0 };
const ONE_ATOM: Cost = { ...NOTHING, atoms: 1 };
const WIDE_ATOM: Cost = { ...ONE_ATOM, wideClasses: 1 };
/**
 * One token of RE2's syntax: a quotation, an escape, a class, a group's opening, flags, a closing, a counted repetition,
 * any character. A count with a leading zero is text, as in Go. A class that nothing closes goes to the end, as re2js
 * reads it, folding case on the way, before it refuses it.
 */
const TOKEN =
  /\\Q[^]*?(?:\\E|$)|\\[pP](?:\{[^}]*\}|[^])|\\x\{[^}]*\}|\\x[0-9A-Fa-f]{2}|\\[^]|\[\^?\]?(?:\[:\^?[a-z]+:\]|\\[pPx]\{[^}]*\}|\\[^]|[^\]\\])*(?:\]|\\?$)|\(\?P?<[^>]*>|\(\?[a-zA-Z-]*[:)]|\(|\)|\{(0|[1-9]\d*)(,?)(0|[1-9]\d*|)\}|[^]/gu;

/** The tokens of a pattern, for judgements on how it is written. */
export function patternTokens(source: string): readonly string[] {
  return Array.from(source.matchAll(TOKEN), ([token]) => token);
}

/** What a pattern costs once its counted repetitions are written out; textual, and never less than the truth. */
function expandedCost(source: string): Cost {
  const groups: Cost[] = [NOTHING];
  let last = NOTHING;
  const add = (cost: Cost): void => {
    groups.push(plus(groups.pop() ?? NOTHING, last));
    last = cost;
  };
  for (const token of source.matchAll(TOKEN)) {
    const [text, least, , most] = token;
    if (least !== undefined) {
      last = times(last, Number(most === '' ? least : most));
    } else if (text === ')') {
      add(NOTHING);
      last = groups.length > 1 ? (groups.pop() ?? NOTHING) : NOTHING;
    } else if (text.startsWith('(')) {
      // Flags alone put nothing there that could be repeated: a repetition after them is of what stands before.
      if (text.endsWith(')')) continue;
      add(NOTHING);
      groups.push(NOTHING);
    } else if (text.startsWith('\\Q')) {
      // Only the quotation's last character is repeated.
      Array.from(text.slice(2).replace(/\\E$/, '')).forEach(() => add(ONE_ATOM));
    } else {
      add(text === '|' ? NOTHING : atomOf(text));
    }
  }
  return groups.reduce(plus, last);
}

function plus(a: Cost, b: Cost): Cost {
  return {
    atoms: a.atoms + b.atoms,
    repetitions: a.repetitions + b.repetitions,
    wideClasses: a.wideClasses + b.wideClasses,
  };
}

function times(cost: Cost, count: number): Cost {
  const copies = Math.max(1, count);
  return {
    atoms: copies * cost.atoms,
    repetitions: count * Math.max(1, cost.repetitions),
    wideClasses: copies * cost.wideClasses,
  };
}
