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
  ) {}

  static compile(source: string): PatternResult {
    const tooMuch = costFault(source);
    if (tooMuch !== undefined) return tooMuch;
    // Wrapping alone lets `a)|(b` through, the pattern alone lets `\Qa` swallow the wrapper: both must compile.
    const wrapped = compileRe2(`^(?:${source})$`);
    if (wrapped instanceof RE2JS && wrapped.programSize() > MAX_PATTERN_INSTRUCTIONS) return TOO_COSTLY;
    const alone = compileRe2(source);
    if (!(alone instanceof RE2JS)) return alone;
    if (!(wrapped instanceof RE2JS)) return refused('does not stand as a whole expression');
    return { kind: 'compiled', pattern: new Pattern(source, wrapped) };
  }

  /** What the pattern may cost for each character of a value. */
  get instructions(): number {
    return this.compiled.programSize();
  }

  matches(value: string): boolean {
    return this.compiled.test(value);
  }

  /** The compiled automaton's instructions, for judgements that must be exact rather than textual. */
  get automaton(): Automaton {
    const program = this.compiled.re2().prog as Automaton;
    return program;
  }
}

type Refused = Extract<PatternResult, { kind: 'refused' }>;

const TOO_COSTLY: Refused = {
  kind: 'refused',
  reason: `costs more than ${MAX_PATTERN_INSTRUCTIONS} instructions`,
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
  return cost.atoms > MAX_EXPANDED_ATOMS ? TOO_COSTLY : undefined;
}

function isLongerThan(text: string, characters: number): boolean {
  return text.length > characters && (text.length > 2 * characters || Array.from(text).length > characters);
}

interface Cost {
  readonly atoms: number;
  readonly repetitions: number;
}

const NOTHING: Cost = { atoms: 0, repetitions: 0 };
const ONE_ATOM: Cost = { atoms: 1, repetitions: 0 };
/**
 * One token of RE2's syntax: a quotation, an escape, a class, a group's opening, flags, a closing, a counted repetition,
 * any character. A count with a leading zero is text, as in Go.
 */
const TOKEN =
  /\\Q[^]*?(?:\\E|$)|\\[pP](?:\{[^}]*\}|[^])|\\x\{[^}]*\}|\\x[0-9A-Fa-f]{2}|\\[^]|\[\^?\]?(?:\[:\^?[a-z]+:\]|\\[pPx]\{[^}]*\}|\\[^]|[^\]\\])*\]|\(\?P?<[^>]*>|\(\?[a-zA-Z-]*[:)]|\(|\)|\{(0|[1-9]\d*)(,?)(0|[1-9]\d*|)\}|[^]/gu;

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
      add(text === '|' ? NOTHING : ONE_ATOM);
    }
  }
  return groups.reduce(plus, last);
}

function plus(a: Cost, b: Cost): Cost {
  return { atoms: a.atoms + b.atoms, repetitions: a.repetitions + b.repetitions };
}

function times(cost: Cost, count: number): Cost {
  return { atoms: Math.max(1, count) * cost.atoms, repetitions: count * Math.max(1, cost.repetitions) };
}
