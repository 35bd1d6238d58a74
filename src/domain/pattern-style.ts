import { MAX_PATTERN_LENGTH, patternTokens } from './pattern-text.ts';

/** What may stand around a pattern without changing where it begins and ends. */
const OPENINGS = new Set(['^', '\\A', '(', '(?:', '(?s)', '(?i)']);
const CLOSINGS = new Set(['$', '\\z', ')']);
const REPEATS_ANY = new Set(['*', '+']);
/** After one of these a `*` is nearly always meant as in a file glob. */
const PART_ENDS = new Set(['/', '\\/', ':', '-', '\\-', '_', '@']);
/** A leading `^`, a trailing `$`, a backslash, a `*`, `.+`, a range in brackets. */
const PATTERN_MARKS = /^\^|\$$|\\|\*|\.\+|\[\^?\w-\w/;

/** Begins or ends with `.*` or `.+`. */
export function hasOpenEnd(source: string): boolean {
  const tokens = withoutFrame(source);
  return isOpenAt(tokens, 0) || isOpenAt(tokens, tokens.length - 2);
}

/** Begins with `.*` or `.+`. */
export function hasOpenBeginning(source: string): boolean {
  return isOpenAt(withoutFrame(source), 0);
}

function withoutFrame(source: string): readonly string[] {
  const tokens = [...patternTokens(source)];
  while (OPENINGS.has(tokens[0] ?? '')) tokens.shift();
  while (CLOSINGS.has(tokens.at(-1) ?? '')) tokens.pop();
  if (tokens.at(-1) === '?' && REPEATS_ANY.has(tokens.at(-2) ?? '')) tokens.pop();
  return tokens;
}

function isOpenAt(tokens: readonly string[], dot: number): boolean {
  return tokens[dot] === '.' && REPEATS_ANY.has(tokens[dot + 1] ?? '');
}

/** Has a `*` where a file glob would have one: after a separator, or after a letter at the very end. */
export function looksLikeGlob(source: string): boolean {
  return globStars(patternTokens(source)).includes(true);
}

/** The pattern with every `*` of a glob replaced by something that matches any text. */
export function withoutGlobStars(source: string, anyText: string): string {
  const tokens = patternTokens(source);
  const isStar = globStars(tokens);
  // Two stars of a glob stand for one text.
  return tokens.map((token, n) => (isStar[n] !== true ? token : isStar[n - 1] === true ? '' : anyText)).join('');
}

/** For each token whether it is the `*` of a glob. One pass: a policy's author chooses the length. */
function globStars(tokens: readonly string[]): readonly boolean[] {
  const end = tokens.findLastIndex((token) => !CLOSINGS.has(token));
  const stars: boolean[] = [];
  tokens.forEach((token, index) => {
    const before = tokens[index - 1];
    if (token !== '*') stars.push(false);
    else if (before === undefined || PART_ENDS.has(before)) stars.push(true);
    else if (before === '*') stars.push(stars[index - 1] === true);
    else stars.push(index === end && /^[A-Za-z0-9]$/.test(before));
  });
  return stars;
}

/** Whether an exact value reads as if a pattern had been meant, and is short enough for one. Brackets and spaces alone do not: environments have them. */
export function looksLikePattern(value: string): boolean {
  return value.length <= MAX_PATTERN_LENGTH && (PATTERN_MARKS.test(value) || hasAlternatives(value));
}

/** A `(`, then a `|`, then the next `)`. No regular expression, which would try every `(` with every `|`. */
function hasAlternatives(value: string): boolean {
  return value
    .split(')')
    .slice(0, -1)
    .some((part) => part.includes('(') && part.slice(part.indexOf('(')).includes('|'));
}

/** Without the anchors at its ends, which say nothing: a pattern matches the whole value anyway. */
export function withoutAnchors(source: string): string {
  return source.replace(/^\^/, '').replace(/(?<!\\)\$$/, '');
}

const PLAIN_TOKEN = /^(?:[^\\.+*?()|[\]{}^$]|\\[-\\./:@_+*?()|[\]{}^$]|\.)$/u;

/** The one text that the author of a pattern means, taking every dot for a dot; nothing where it means several. */
export function plainTextOf(source: string): string | undefined {
  const tokens = patternTokens(withoutAnchors(source));
  if (tokens.length === 0 || !tokens.every((token) => PLAIN_TOKEN.test(token))) return undefined;
  return tokens.map((token) => token.replace(/^\\/, '')).join('');
}

/** Dots of a pattern that match any character where the text around them says that a dot is meant: their indexes. */
export function dotsMeant(source: string): readonly number[] {
  const tokens = patternTokens(source);
  const offsets: number[] = [];
  let offset = 0;
  tokens.forEach((token, index) => {
    if (token === '.' && isDotMeant(tokens[index - 1], tokens[index + 1])) offsets.push(offset);
    offset += token.length;
  });
  return offsets;
}

/** With a backslash before each of these dots. */
export function withEscapedDots(source: string, dots: readonly number[]): string {
  return dots.toReversed().reduce((text, at) => `${text.slice(0, at)}\\${text.slice(at)}`, source);
}

const ENDS_OF_A_PART = new Set([undefined, '(', '(?:', '|', ')', '^', '$', '.']);

function isDotMeant(before: string | undefined, after: string | undefined): boolean {
  return !ENDS_OF_A_PART.has(before) && !ENDS_OF_A_PART.has(after) && !isRepeated(after);
}

/**
 * Where the host name of a pattern begins and ends, if it names one. A host begins after `://`; a pattern for issuers may
 * begin with it.
 */
export function hostRange(source: string, isIssuer: boolean): readonly [start: number, end: number] | undefined {
  const scheme = /:(?:\\?\/){2}/.exec(source);
  if (scheme === null && !isIssuer) return undefined;
  const start = scheme === null ? 0 : scheme.index + scheme[0].length;
  const slash = source.indexOf('/', start);
  return [start, slash < 0 ? source.length : slash];
}

function isRepeated(next: string | undefined): boolean {
  return next !== undefined && (next === '*' || next === '+' || next === '?' || /^\{\d/.test(next));
}
