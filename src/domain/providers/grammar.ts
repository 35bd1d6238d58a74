import { Pattern } from '../pattern.ts';
import { MatchingSteps } from '../pattern-matching.ts';
import { shareAText } from '../shared-language.ts';

/** The texts that a provider writes into one claim, as a pattern that is compiled when it is first asked. */
export class Grammar {
  private pattern: Pattern | undefined;

  constructor(readonly source: string) {}

  /** Whether it is one of these texts. */
  holds(text: string, steps = new MatchingSteps()): boolean {
    return this.compiled.matchAny([text], steps) === 'matched';
  }

  /**
   * Whether a pattern matches at least one of these texts. It may say yes where only an assertion such as `\b` forbids it,
   * and does where the steps are spent.
   */
  shares(pattern: Pattern, steps = new MatchingSteps()): boolean {
    if (pattern.literal !== undefined) return this.holds(pattern.literal, steps);
    return shareAText(this.compiled.automaton, pattern.automaton, steps);
  }

  private get compiled(): Pattern {
    if (this.pattern !== undefined) return this.pattern;
    const result = Pattern.compile(this.source);
    if (result.kind === 'refused') throw new Error(`The grammar ${this.source} ${result.reason}.`);
    this.pattern = result.pattern;
    return result.pattern;
  }
}

export function grammar(source: string): Grammar {
  return new Grammar(source);
}

const REF_PART = '[^\\x00-\\x20\\x7f~^:?*\\[\\\\/]+';
/** What can stand in a branch's or tag's name (git, "check-ref-format"): parts with one slash between them. */
export const REF_NAME = `${REF_PART}(?:/${REF_PART})*`;
export const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
export const ANY = '(?s).*';
export const DIGITS = '[0-9]+';
export const FLAG = 'true|false';
export const WORDS = '[a-z_]+';
export const SHA = '[0-9a-f]{40}|[0-9a-f]{64}';

/** One or more parts with colons between them; the part stands in it once, so that it may be long. */
export function listOf(part: string): string {
  return `(?:(?:^|:)${part})+`;
}

/** Texts of these characters that do not begin with `prefix`, which must consist of letters and slashes. */
export function notStartingWith(prefix: string, rest: string): string {
  const starts = Array.from(prefix, (character, index) => `${prefix.slice(0, index)}[^${character}:]${rest}`);
  const shorter = Array.from(prefix, (_, index) => prefix.slice(0, index)).filter((one) => one !== '');
  return [...starts, ...shorter].join('|');
}
