import type { Position, TextEdit } from './finding.ts';

const BYTE_ORDER_MARK = '\ufeff';

/** A text with edits made by their positions, so that all else of it stays. Of edits that overlap the first counts. */
export function withEdits(text: string, edits: readonly TextEdit[]): string {
  const starts = lineStarts(text);
  const placed = edits
    .map((edit) => ({ start: offsetOf(edit.start, starts), end: offsetOf(edit.end, starts), text: edit.text }))
    .toSorted((a, b) => a.start - b.start);
  let edited = '';
  let taken = 0;
  for (const { start, end, text: instead } of placed) {
    if (start < taken) continue;
    edited += text.slice(taken, start) + instead;
    taken = end;
  }
  return edited + text.slice(taken);
}

/** Columns count without a byte order mark. */
function lineStarts(text: string): readonly number[] {
  const starts = [text.startsWith(BYTE_ORDER_MARK) ? 1 : 0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function offsetOf({ line, column }: Position, starts: readonly number[]): number {
  return (starts[line - 1] ?? 0) + column - 1;
}
