import {
  compileEffort,
  MAX_FOLDED_RANGES,
  MAX_PATTERN_LENGTH,
  MAX_POLICY_CLASS_NUMBERS,
  MAX_POLICY_FOLDED_RANGES,
  MAX_POLICY_INSTRUCTIONS,
  MAX_POLICY_PATTERN_CHARACTERS,
  MAX_POLICY_WIDE_CLASSES,
  MAX_WIDE_CLASSES,
  Pattern,
  type PatternResult,
} from './pattern.ts';

/** What the patterns of one file may cost together. Each is counted before it is compiled. */
export class PatternBudget {
  private instructions = 0;
  private classNumbers = 0;
  private wideClasses = 0;
  private foldedRanges = 0;
  private characters = 0;
  private readonly compiled = new Map<string, PatternResult>();

  /** @returns nothing once the budget is spent: else a file's author could make us try a hundred patterns */
  compile(source: string): PatternResult | undefined {
    if (this.excess() !== undefined) return undefined;
    this.countText(source);
    if (this.excess() !== undefined) return undefined;
    // What stands in several fields is compiled once, and counts in each of them.
    const result = this.compiled.get(source) ?? Pattern.compile(source);
    this.compiled.set(source, result);
    if (result.kind === 'refused') {
      if (result.costly) this.instructions += MAX_POLICY_INSTRUCTIONS / 2;
      return result;
    }
    this.instructions += result.pattern.instructions;
    this.classNumbers += result.pattern.classNumbers;
    return result;
  }

  /** What the patterns so far have too much of. */
  excess(): string | undefined {
    if (this.instructions > MAX_POLICY_INSTRUCTIONS) return `cost more than ${MAX_POLICY_INSTRUCTIONS} instructions`;
    if (this.wideClasses > MAX_POLICY_WIDE_CLASSES)
      return `have more than ${MAX_POLICY_WIDE_CLASSES} character classes beyond ASCII such as \\p{L}`;
    if (this.classNumbers > MAX_POLICY_CLASS_NUMBERS)
      return `have character classes of more than ${MAX_POLICY_CLASS_NUMBERS} numbers, as those such as \\p{L} are`;
    if (this.foldedRanges > MAX_POLICY_FOLDED_RANGES)
      return `have more than ${MAX_POLICY_FOLDED_RANGES} ranges in classes that ignore case`;
    if (this.characters > MAX_POLICY_PATTERN_CHARACTERS)
      return `are longer than ${MAX_POLICY_PATTERN_CHARACTERS} characters`;
    return undefined;
  }

  /** Counted before compiling, which takes time even if it fails. A pattern that is too big alone is not compiled. */
  private countText(source: string): void {
    this.characters += Math.min(source.length, MAX_PATTERN_LENGTH);
    const { wideClasses, foldedRanges } = compileEffort(source);
    if (wideClasses <= MAX_WIDE_CLASSES) this.wideClasses += wideClasses;
    if (foldedRanges <= MAX_FOLDED_RANGES) this.foldedRanges += foldedRanges;
  }
}
