import { RE2JS, RE2JSSyntaxException } from 're2js';
import type { Automaton } from './automaton.ts';
import { quoted } from './fault.ts';

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
/** Numbers that the character classes of one compiled pattern hold; `\p{L}` alone holds 1,368. */
export const MAX_CLASS_NUMBERS = 20_000;
/** Those of all patterns of one policy. */
export const MAX_POLICY_CLASS_NUMBERS = 60_000;
/** Bytes, as re2js counts them, of what matching leaves behind in a pattern that is kept: unchecked it goes up to 8 MB. */
export const MAX_KEPT_STATES = 32_768;
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
    private readonly compiled: RE2JS,
    /** Numbers that its character classes hold: what it takes of memory beside its instructions. */
    readonly classNumbers: number,
  ) {}

  static compile(source: string): PatternResult {
    const tooMuch = costFault(source);
    if (tooMuch !== undefined) return tooMuch;
    // Wrapping alone lets `a)|(b` through, the pattern alone lets `\Qa` swallow the wrapper: both must compile.
    const wrapped = compileRe2(`^(?:${source})$`);
    if (wrapped instanceof RE2JS && wrapped.programSize() > MAX_PATTERN_INSTRUCTIONS) return TOO_COSTLY;
    const numbers = wrapped instanceof RE2JS ? classNumbers(wrapped) : 0;
    if (numbers > MAX_CLASS_NUMBERS) return TOO_WIDE;
    const alone = compileRe2(source);
    if (!(alone instanceof RE2JS)) return alone;
    if (!(wrapped instanceof RE2JS)) return refused('does not stand as a whole expression');
    return { kind: 'compiled', pattern: new Pattern(source, wrapped, numbers) };
  }

  /** What the pattern may cost for each character of a value. */
  get instructions(): number {
    return this.compiled.programSize();
  }

  matches(value: string): boolean {
    return this.matchesAny([value]);
  }

  matchesAny(values: readonly string[]): boolean {
    const matched = values.some((value) => this.compiled.test(value));
    // Not after each value: a long list would have the states built anew for every one.
    this.dropStates();
    return matched;
  }

  /** Policies are kept for long, and the states that a match leaves behind depend on the token, so on anyone. */
  private dropStates(): void {
    const engine = this.compiled.re2() as unknown as MatchingEngine;
    if (engine.lazyDFA === null) return;
    const { stateBudget, memBudget } = engine.lazyDFA;
    // Not `>`: if the fields were gone, everything would be dropped.
    if (stateBudget - memBudget <= MAX_KEPT_STATES) return;
    engine.lazyDFA = null;
    engine.reset();
  }

  /** The compiled automaton's instructions, for judgements that must be exact rather than textual. */
  get automaton(): Automaton {
    return automatonOf(this.compiled);
  }
}

/** What of re2js holds the states of matching, which it builds again when they are gone. */
interface MatchingEngine {
  lazyDFA: { readonly stateBudget: number; readonly memBudget: number } | null;
  /** Drops the machines that stand in where the states took too much. */
  reset(): void;
}

function automatonOf(compiled: RE2JS): Automaton {
  const program = compiled.re2().prog as Automaton;
  return program;
}

function classNumbers(compiled: RE2JS): number {
  const program = automatonOf(compiled);
  let numbers = 0;
  for (let pc = 0; pc < program.numInst(); pc++) numbers += program.getInst(pc).runes.length;
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

function compileRe2(source: string): RE2JS | Refused {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) return refused('is not a regular expression in RE2 syntax');
    const part = error.getPattern();
    const where = part === null || part === '' ? '' : ` at ${quoted(part)}`;
    const advice = adviceOn(error.getDescription());
    const reason = `is not a regular expression in RE2 syntax: ${error.getDescription()}${where}`;
    return advice === undefined ? refused(reason) : { ...refused(reason), advice };
  }
}

/** For what authors who come from globs or other engines write most. */
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
  if (!tokens.some((token) => IGNORES_CASE.test(token))) return undefined;
  const classes = tokens.filter((token) => token.startsWith('[')).map(classContent);
  if (classes.some(({ tables, wideRanges }) => tables + wideRanges > 0)) {
    return refused(
      'ignores case with (?i) and has a class in brackets with \\p or a range beyond ASCII: leave (?i) out, or name the characters',
    );
  }
  if (classes.reduce((sum, { ranges }) => sum + ranges, 0) <= MAX_FOLDED_RANGES) return undefined;
  return refused(`ignores case with (?i) and has more than ${MAX_FOLDED_RANGES} ranges in classes`);
}

function isLongerThan(text: string, characters: number): boolean {
  return text.length > characters && (text.length > 2 * characters || Array.from(text).length > characters);
}

/** The classes beyond ASCII in a pattern, multiplied out: what compiling it may cost, whether it succeeds or not. */
export function wideClassesOf(source: string): number {
  return isLongerThan(source, MAX_PATTERN_LENGTH) ? 0 : expandedCost(source).wideClasses;
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
