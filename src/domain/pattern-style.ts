import { MAX_PATTERN_LENGTH, patternTokens } from './pattern-text.ts';

/** What may stand around a pattern without changing where it begins and ends. */
const OPENINGS = new Set(['^', '\\A', '(', '(?:', '(?s)', '(?i)']);
const CLOSINGS = new Set(['$', '\\z', ')']);
const REPEATS_ANY = new Set(['*', '+']);
/** After one of these a `*` is nearly always meant as in a file glob. */
const PART_ENDS = new Set(['/', '\\/', ':', '-', '\\-', '_', '@']);
/** A leading `^`, a trailing `$`, a backslash, a `*`, `.+`, a range in brackets, alternatives in parentheses. */
const PATTERN_MARKS = /^\^|\$$|\\|\*|\.\+|\[\^?\w-\w|\([^)]*\|[^)]*\)/;

/** Begins or ends with `.*` or `.+`. */
export function hasOpenEnd(source: string): boolean {
  const tokens = [...patternTokens(source)];
  while (OPENINGS.has(tokens[0] ?? '')) tokens.shift();
  while (CLOSINGS.has(tokens.at(-1) ?? '')) tokens.pop();
  if (tokens.at(-1) === '?' && REPEATS_ANY.has(tokens.at(-2) ?? '')) tokens.pop();
  const opensAt = (dot: number): boolean => tokens.at(dot) === '.' && REPEATS_ANY.has(tokens.at(dot + 1) ?? '');
  return opensAt(0) || (tokens.at(-2) === '.' && REPEATS_ANY.has(tokens.at(-1) ?? ''));
}

/** Has a `*` where a file glob would have one: after a separator, or after a letter at the very end. */
export function looksLikeGlob(source: string): boolean {
  const tokens = patternTokens(source);
  return tokens.some((_, index) => isGlobStar(tokens, index));
}

/** The pattern with every `*` of a glob replaced by something that matches any text. */
export function withoutGlobStars(source: string, anyText: string): string {
  const tokens = patternTokens(source);
  return tokens.map((token, index) => (isGlobStar(tokens, index) ? anyText : token)).join('');
}

function isGlobStar(tokens: readonly string[], index: number): boolean {
  if (tokens[index] !== '*') return false;
  const before = tokens[index - 1];
  if (before === undefined || PART_ENDS.has(before)) return true;
  return /^[A-Za-z0-9]$/.test(before) && tokens.slice(index + 1).every((token) => CLOSINGS.has(token));
}

/** Whether an exact value reads as if a pattern had been meant, and is short enough for one. Brackets and spaces alone do not: environments have them. */
export function looksLikePattern(value: string): boolean {
  return value.length <= MAX_PATTERN_LENGTH && PATTERN_MARKS.test(value);
}

/**
 * Whether the host name in a pattern holds a dot that matches any character. A host begins after `://`; a pattern for
 * issuers may begin with it.
 */
export function hasUnescapedHostDot(source: string, isIssuer: boolean): boolean {
  const tokens = patternTokens(source).map((token) => (token === '\\/' ? '/' : token));
  const scheme = tokens.findIndex((_, index) => tokens.slice(index, index + 3).join('') === '://');
  if (scheme < 0 && !isIssuer) return false;
  const host = tokens.slice(scheme < 0 ? 0 : scheme + 3);
  const end = host.indexOf('/');
  return (end < 0 ? host : host.slice(0, end)).some((token, index) => token === '.' && !isRepeated(host[index + 1]));
}

function isRepeated(next: string | undefined): boolean {
  return next !== undefined && (next === '*' || next === '+' || next === '?' || /^\{\d/.test(next));
}
