import { Pattern, textFault, type PatternResult } from './pattern.ts';
import { PatternText } from './pattern-text.ts';

/** What the patterns of one file may come to together. */
export interface PatternLimits {
  readonly instructions: number;
  /** What compiling takes, whether it succeeds or not: of each pattern that is not plain, characters and atoms. */
  readonly effort: number;
  /** Multiplied out. */
  readonly wideClasses: number;
  /** Numbers that the classes of the compiled patterns hold. */
  readonly classNumbers: number;
  /** In classes that ignore case: 64 of them take a quarter of a millisecond. */
  readonly foldedRanges: number;
}

export const POLICY_PATTERN_LIMITS: PatternLimits = {
  instructions: 5000,
  effort: 4096,
  wideClasses: 32,
  classNumbers: 60_000,
  foldedRanges: 256,
};

/** The list is read beside a policy, and is seldom more than a few hosts. */
export const ALLOWLIST_PATTERN_LIMITS: PatternLimits = {
  instructions: 1500,
  effort: 1024,
  wideClasses: 16,
  classNumbers: 20_000,
  foldedRanges: 64,
};

/** Those that compiled, by their texts. */
export function compiledIn(tried: ReadonlyMap<string, PatternResult>): ReadonlyMap<string, Pattern> {
  const compiled = new Map<string, Pattern>();
  for (const [source, result] of tried) if (result.kind === 'compiled') compiled.set(source, result.pattern);
  return compiled;
}

/** Compiles the patterns of one file, until they come to too much together. */
export class PatternBudget {
  private instructions = 0;
  private effort = 0;
  private wideClasses = 0;
  private classNumbers = 0;
  private foldedRanges = 0;
  private readonly compiled = new Map<string, PatternResult>();

  constructor(private readonly limits: PatternLimits) {}

  /**
   * What stands in several places is compiled once, and its instructions count in each of them.
   *
   * @returns nothing once the patterns so far, this one included, have too much of anything: no other is compiled then
   */
  compile(source: string): PatternResult | undefined {
    if (this.excess() !== undefined) return undefined;
    const result = this.compiled.get(source) ?? this.compileText(new PatternText(source));
    if (result === undefined) return undefined;
    this.compiled.set(source, result);
    if (result.kind === 'compiled') {
      this.instructions += result.pattern.instructions;
      this.classNumbers += result.pattern.classNumbers;
    } else if (result.costly) this.instructions += this.limits.instructions / 2;
    return result;
  }

  /** What was looked into, with what came of it. */
  get tried(): ReadonlyMap<string, PatternResult> {
    return this.compiled;
  }

  /** What the patterns so far have too much of. */
  excess(): string | undefined {
    const { limits } = this;
    if (this.instructions > limits.instructions) return `cost more than ${limits.instructions} instructions`;
    if (this.wideClasses > limits.wideClasses)
      return `have more than ${limits.wideClasses} character classes beyond ASCII such as \\p{L}`;
    if (this.classNumbers > limits.classNumbers)
      return `have character classes of more than ${limits.classNumbers} numbers, as those such as \\p{L} are`;
    if (this.foldedRanges > limits.foldedRanges)
      return `have more than ${limits.foldedRanges} ranges in classes that ignore case`;
    if (this.effort > limits.effort)
      return `take too long to compile: characters and counted repetitions written out come to more than ${limits.effort}`;
    return undefined;
  }

  private compileText(text: PatternText): PatternResult | undefined {
    const refused = textFault(text);
    if (refused !== undefined) return refused;
    this.countText(text);
    return this.excess() === undefined ? Pattern.compileText(text) : undefined;
  }

  /** Counted before compiling. What a pattern is refused for alone, by its text, does not count. */
  private countText({ source, literal, atoms, wideClasses, foldedRanges }: PatternText): void {
    if (literal === undefined) this.effort += source.length + atoms;
    this.wideClasses += wideClasses;
    this.foldedRanges += foldedRanges;
  }
}
