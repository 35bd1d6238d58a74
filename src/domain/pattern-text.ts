import { isLongerThan } from './pattern-matching.ts';

/** In characters (code points). */
export const MAX_PATTERN_LENGTH = 1024;

/** Characters that stand for themselves, or an escape of one that does not: nothing in it repeats or branches. */
const LITERAL = /^(?:[^\\.+*?()|[\]{}^$\p{Cs}]|\\[-\\./:@_+*?()|[\]{}^$])+$/u;
/**
 * One token of RE2's syntax: a quotation, an escape, a class, a group's opening, flags, a closing, a counted repetition,
 * any character. A count with a leading zero is text, as in Go. A class that nothing closes goes to the end, as re2js
 * reads it, folding case on the way, before it refuses it.
 */
const TOKEN =
  /\\Q[^]*?(?:\\E|$)|\\[pP](?:\{[^}]*\}|[^])|\\x\{[^}]*\}|\\x[0-9A-Fa-f]{2}|\\[^]|\[\^?\]?(?:\[:\^?[a-z]+:\]|\\[pPx]\{[^}]*\}|\\[^]|[^\]\\])*(?:\]|\\?$)|\(\?P?<[^>]*>|\(\?[a-zA-Z-]*[:)]|\(|\)|\{(?:0|[1-9]\d*)(?:,(?:0|[1-9]\d*|))?\}|[^]/gu;
const IGNORES_CASE = /^\(\?[a-zA-Z]*i[a-zA-Z-]*[:)]$/;
/** What stands in a class in brackets: an escape, or one character. The name of a class is so many of ASCII. */
const CLASS_ITEM = /\\x\{[^}]*\}|\\x[0-9A-Fa-f]{2}|\\[0-7]{1,3}|\\[^]|[^]/gu;
const LAST_ASCII = 0x7f;
/** As many classes as one of Unicode's counts where case is ignored: folding takes four times as long. */
const FOLDED_TABLE = 4;

/** The tokens of a pattern, for judgements on how it is written. */
export function patternTokens(source: string): readonly string[] {
  return source.match(TOKEN) ?? [];
}

/**
 * What the text of a pattern tells before it is compiled: textual, and never less than the truth. A text that is too long
 * is not looked into, and has nothing of anything.
 */
export class PatternText {
  readonly isTooLong: boolean;
  /** The one text that the pattern takes, where it is plain: most are, and need not be compiled. */
  readonly literal: string | undefined;
  /** With counted repetitions written out. */
  readonly atoms: number = 0;
  /** Counted repetitions, multiplied out where they nest. */
  readonly repetitions: number = 0;
  /** Classes beyond ASCII, multiplied out; one of Unicode's counts fourfold where the pattern ignores case. */
  readonly wideClasses: number = 0;
  /** Ranges in classes in brackets, where the pattern ignores case anywhere. */
  readonly foldedRanges: number = 0;
  /** Ignores case, and has a class in brackets with one of Unicode's or a range beyond ASCII. */
  readonly foldsWideClasses: boolean = false;

  constructor(readonly source: string) {
    this.isTooLong = isLongerThan(source, MAX_PATTERN_LENGTH);
    if (this.isTooLong) return;
    this.literal = LITERAL.test(source) ? source.replace(/\\(.)/gsu, '$1') : undefined;
    if (this.literal !== undefined) return;
    const tokens = patternTokens(source);
    const folds = tokens.some((token) => IGNORES_CASE.test(token));
    const classes = new Classes(folds);
    const cost = expandedCost(tokens, classes);
    this.atoms = cost.atoms;
    this.repetitions = cost.repetitions;
    this.wideClasses = cost.wideClasses;
    if (!folds) return;
    const contents = tokens.filter((token) => token.startsWith('[')).map((token) => classes.contentOf(token));
    this.foldsWideClasses = contents.some(({ tables, wideRanges }) => tables + wideRanges > 0);
    this.foldedRanges = contents.reduce((sum, { ranges }) => sum + ranges, 0);
  }
}

interface ClassContent {
  /** Unicode's: `\p{L}`. */
  readonly tables: number;
  readonly ranges: number;
  /** Ranges that end beyond ASCII. */
  readonly wideRanges: number;
  readonly isWide: boolean;
}

/** The classes in brackets of one pattern, each looked into once. */
class Classes {
  private readonly known = new Map<string, ClassContent>();

  constructor(private readonly folds: boolean) {}

  contentOf(token: string): ClassContent {
    const known = this.known.get(token);
    if (known !== undefined) return known;
    const content = classContent(token);
    this.known.set(token, content);
    return content;
  }

  /** How many classes beyond ASCII a token counts as: one with several tables counts for each of them. */
  wideClassesOf(token: string): number {
    if (isTable(token)) return this.folds ? FOLDED_TABLE : 1;
    if (!token.startsWith('[')) return 0;
    const { tables, isWide } = this.contentOf(token);
    return isWide ? Math.max(1, tables) : 0;
  }
}

function classContent(token: string): ClassContent {
  const items = token.replace(/^\[\^?|\]$/g, '').match(CLASS_ITEM) ?? [];
  let tables = 0;
  let ranges = 0;
  let wideRanges = 0;
  let isWide = false;
  items.forEach((item, index) => {
    if (isTable(item)) tables += 1;
    if (isWideItem(item)) isWide = true;
    const last = items[index + 2];
    if (items[index + 1] !== '-' || last === undefined) return;
    ranges += 1;
    if (isWideItem(item) || isWideItem(last)) wideRanges += 1;
  });
  return { tables, ranges, wideRanges, isWide };
}

function isTable(item: string): boolean {
  return item.startsWith('\\p') || item.startsWith('\\P');
}

function isWideItem(item: string): boolean {
  if (item.length === 1) return item > '\u007f';
  if (isTable(item)) return true;
  const hexadecimal = /^\\x\{?([0-9A-Fa-f]+)/.exec(item)?.[1];
  if (hexadecimal !== undefined) return Number.parseInt(hexadecimal, 16) > LAST_ASCII;
  const octal = /^\\([0-7]{2,3})$/.exec(item)?.[1];
  if (octal !== undefined) return Number.parseInt(octal, 8) > LAST_ASCII;
  return (item.codePointAt(0) ?? 0) > LAST_ASCII;
}

interface Cost {
  atoms: number;
  repetitions: number;
  wideClasses: number;
}

/** What a pattern comes to once its counted repetitions are written out. */
function expandedCost(tokens: readonly string[], classes: Classes): Cost {
  const groups: Cost[] = [nothing()];
  let last = nothing();
  const add = (cost: Cost): void => {
    plus(groups.at(-1), last);
    last = cost;
  };
  for (const token of tokens) {
    const first = token.charAt(0);
    if (first === '{' && token.length > 1) {
      times(last, countOf(token));
    } else if (token === ')') {
      add(nothing());
      last = groups.length > 1 ? (groups.pop() ?? nothing()) : nothing();
    } else if (first === '(') {
      // Flags alone put nothing there that could be repeated: a repetition after them is of what stands before.
      if (token.endsWith(')')) continue;
      add(nothing());
      groups.push(nothing());
    } else if (token.startsWith('\\Q')) {
      // Only the quotation's last character is repeated.
      Array.from(token.slice(2).replace(/\\E$/, '')).forEach(() => add(oneAtom(0)));
    } else {
      add(token === '|' ? nothing() : oneAtom(classes.wideClassesOf(token)));
    }
  }
  const whole = nothing();
  for (const group of groups) plus(whole, group);
  plus(whole, last);
  return whole;
}

/** The most that a counted repetition such as `{2,3}` asks for, the least where it has no bound. */
function countOf(token: string): number {
  const [least = '', most = ''] = token.slice(1, -1).split(',');
  return Number(most === '' ? least : most);
}

function nothing(): Cost {
  return { atoms: 0, repetitions: 0, wideClasses: 0 };
}

function oneAtom(wideClasses: number): Cost {
  return { atoms: 1, repetitions: 0, wideClasses };
}

function plus(sum: Cost | undefined, cost: Cost): void {
  if (sum === undefined) return;
  sum.atoms += cost.atoms;
  sum.repetitions += cost.repetitions;
  sum.wideClasses += cost.wideClasses;
}

function times(cost: Cost, count: number): void {
  const copies = Math.max(1, count);
  cost.atoms *= copies;
  cost.repetitions = count * Math.max(1, cost.repetitions);
  cost.wideClasses *= copies;
}
