/** How many lines were left out of a text, and at which offset of the remaining text. */
export interface LeftOutLines {
  readonly offset: number;
  readonly lines: number;
}

export interface ShortenedText {
  readonly text: string;
  readonly leftOut: readonly LeftOutLines[];
}

/** Three or more lines that are blank or a comment. The YAML library takes a microsecond for each of their tokens. */
const IDLE_LINES = /(?:^ *(?:#[^\n]*)?\r?\n){3,}/gm;
/** Runs of such lines that are shortened. Looking at one takes a microsecond or two. */
const MAX_RUNS = 400;
const COMMENT_LINE = /^ *#.*$/m;
const IDLE_LINE = /^ *(?:#.*)?$/;
/**
 * A document start, or a key with no value, one plain word or one quoted text. Nothing of it continues on the next
 * line.
 */
const WHOLE_LINE = /^(?:---| *(?:- +)*[A-Za-z_][\w-]*:(?: +(?:[\w/.^$(\\][^#]*|'[^']*'|"[^"\\]*"))?(?: +#.*)?\r?)$/;
/** A second key within a plain value, which WHOLE_LINE lets pass. */
const SECOND_KEY = /:[ \t].*:(?:[ \t]|\r?$)/;

/**
 * Replaces each run of comments and blank lines by one line, as long as every line before it is complete in itself. In
 * quotes, brackets or a block of text such lines would be contents. After the first line that is not complete nothing is
 * replaced.
 */
export function withoutIdleLines(text: string): ShortenedText {
  const leftOut: LeftOutLines[] = [];
  let shortened = '';
  let taken = 0;
  for (const { 0: run, index } of text.matchAll(IDLE_LINES)) {
    if (leftOut.length === MAX_RUNS) break;
    const end = index + run.length;
    const followingEnd = text.indexOf('\n', end);
    const following = text.slice(end, followingEnd < 0 ? text.length : followingEnd);
    if (!endsEveryLine(text.slice(taken, index)) || !endsEveryLine(following)) break;
    const kept = COMMENT_LINE.exec(run)?.[0] ?? '';
    shortened += `${text.slice(taken, index)}${kept}\n`;
    leftOut.push({ offset: shortened.length, lines: linesOf(run) - 1 });
    taken = end;
  }
  return { text: shortened + text.slice(taken), leftOut };
}

function endsEveryLine(text: string): boolean {
  return text
    .split('\n')
    .every((line) => IDLE_LINE.test(line.trimEnd()) || (WHOLE_LINE.test(line) && !SECOND_KEY.test(line)));
}

/** The number of line ends in a text. */
export function linesOf(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}
