/** Lines that were left out of a text: so many, where this offset of what remains stands now. */
export interface LeftOutLines {
  readonly offset: number;
  readonly lines: number;
}

export interface ShortenedText {
  readonly text: string;
  readonly leftOut: readonly LeftOutLines[];
}

/** Three or more lines that are blank or a comment. The library takes a microsecond for each of their pieces. */
const IDLE_LINES = /(?:^ *(?:#[^\n]*)?\r?\n){3,}/gm;
const COMMENT_LINE = /^ *#.*$/m;
const IDLE_LINE = /^ *(?:#.*)?$/;
/** A start of a document, or a key with nothing, one plain word or one quoted text: all of it ends with its line. */
const WHOLE_LINE = /^(?:---| *(?:- +)*[A-Za-z_][\w-]*:(?: +(?:[\w/.^$(\\][^#]*|'[^']*'|"[^"\\]*"))?(?: +#.*)?\r?)$/;
/** A second key, which WHOLE_LINE does not rule out in a plain value. */
const SECOND_KEY = /:[ \t].*:(?:[ \t]|\r?$)/;

/**
 * Puts one line in place of each run of comments and blank lines, as long as every line so far ends what it begins:
 * in quotes, brackets or a block of text such lines would be contents. From the first other line on, all stays as it is.
 */
export function withoutIdleLines(text: string): ShortenedText {
  const leftOut: LeftOutLines[] = [];
  let shortened = '';
  let taken = 0;
  for (const { 0: run, index } of text.matchAll(IDLE_LINES)) {
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

/** How many lines end in a text. */
export function linesOf(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}
