import { RE2JS } from 're2js';

/** In UTF-16 code units, as JavaScript counts. */
export const MAX_PATTERN_LENGTH = 1024;
/** Counted repetitions, multiplied out where they nest: `(a{10}){20}` comes to 200. Checked before compiling. */
export const MAX_REPETITIONS = 1000;
/** Instructions of one compiled pattern: each is tried at most once a character. */
export const MAX_PATTERN_INSTRUCTIONS = 1500;
/** Instructions of all patterns of one policy. */
export const MAX_POLICY_INSTRUCTIONS = 5000;
/** Atoms, multiplied out, above which a pattern is not even handed to the compiler: it could not stay in the limit above. */
const MAX_EXPANDED_ATOMS = 4 * MAX_PATTERN_INSTRUCTIONS;

export type PatternResult =
  { readonly kind: 'compiled'; readonly pattern: Pattern } | { readonly kind: 'refused'; readonly reason: string };

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
    const reason = costFault(source);
    if (reason !== undefined) return { kind: 'refused', reason };
    // Wrapping alone lets `a)|(b` through, the pattern alone lets `\Qa` swallow the wrapper: both must compile.
    const alone = compileRe2(source);
    const wrapped = compileRe2(`^(?:${source})$`);
    if (typeof alone === 'string') return { kind: 'refused', reason: alone };
    if (typeof wrapped === 'string') return { kind: 'refused', reason: 'does not stand as a whole expression' };
    if (wrapped.programSize() > MAX_PATTERN_INSTRUCTIONS) {
      return { kind: 'refused', reason: `costs more than ${MAX_PATTERN_INSTRUCTIONS} instructions` };
    }
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

/** The part of re2js's program that the allowlist's check reads; a canary test holds it to the pinned version. */
export interface Automaton {
  readonly start: number;
  numInst(): number;
  getInst(pc: number): AutomatonInstruction;
}

export interface AutomatonInstruction {
  readonly op: number;
  readonly out: number;
  readonly arg: number;
  readonly runes: readonly number[];
  matchRune(rune: number): boolean;
}

function compileRe2(source: string): RE2JS | string {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    return error instanceof Error ? error.message : 'is not a regular expression in RE2 syntax';
  }
}

function costFault(source: string): string | undefined {
  if (source.length > MAX_PATTERN_LENGTH) return `is longer than ${MAX_PATTERN_LENGTH} characters`;
  const cost = expandedCost(source);
  if (cost.repetitions > MAX_REPETITIONS) {
    return `repeats more than ${MAX_REPETITIONS} times, counted repetitions multiplied out where they nest`;
  }
  if (cost.atoms > MAX_EXPANDED_ATOMS) return `costs more than ${MAX_PATTERN_INSTRUCTIONS} instructions`;
  return undefined;
}

interface Cost {
  readonly atoms: number;
  readonly repetitions: number;
}

const NOTHING: Cost = { atoms: 0, repetitions: 0 };
const ONE_ATOM: Cost = { atoms: 1, repetitions: 0 };
/** One token of RE2's syntax: a quotation, an escape, a class, a group's opening or closing, a repetition, any character. */
const TOKEN =
  /\\Q[^]*?(?:\\E|$)|\\[pP]\{[^}]*\}|\\x\{[^}]*\}|\\x[0-9A-Fa-f]{2}|\\[^]|\[\^?\]?(?:\[:\^?[a-z]+:\]|\\[pPx]\{[^}]*\}|\\[^]|[^\]\\])*\]|\(\?P?<[^>]*>|\(\?[a-zA-Z-]*[:)]|\(|\)|\{(\d+)(,?)(\d*)\}|[^]/gu;

/** What a pattern costs once its counted repetitions are written out; textual, and never less than the truth. */
function expandedCost(source: string): Cost {
  const groups: Cost[] = [NOTHING];
  let last = NOTHING;
  const add = (cost: Cost): void => {
    groups.push(plus(groups.pop() ?? NOTHING, last));
    last = cost;
  };
  for (const token of source.matchAll(TOKEN)) {
    const text = token[0];
    if (text.startsWith('(') && !text.endsWith(')')) {
      add(NOTHING);
      groups.push(NOTHING);
    } else if (text === ')') {
      add(NOTHING);
      const inner = groups.length > 1 ? (groups.pop() ?? NOTHING) : NOTHING;
      last = inner;
    } else if (token[1] !== undefined) {
      last = times(last, Number(token[3] === '' || token[3] === undefined ? token[1] : token[3]));
    } else {
      add(text.startsWith('\\Q') ? { atoms: text.length, repetitions: 0 } : ONE_ATOM);
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
