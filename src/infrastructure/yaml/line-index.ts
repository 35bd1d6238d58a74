import type { Position } from '../../domain/finding.ts';
import type { LeftOutLines } from './idle-lines.ts';

/** Finds the line and column of an offset. */
export class LineIndex {
  private readonly starts: readonly number[];
  private readonly leftOut: readonly LeftOutLines[];

  /** @param leftOut lines of the file that were left out of the text. They are counted too */
  constructor(text: string, leftOut: readonly LeftOutLines[]) {
    const starts = [0];
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.starts = starts;
    this.leftOut = leftOut;
  }

  position(offset: number): Position {
    let low = 0;
    let high = this.starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1 + this.leftOutBefore(offset), column: Math.max(0, offset - (this.starts[low] ?? 0)) + 1 };
  }

  private leftOutBefore(offset: number): number {
    return this.leftOut.reduce((sum, one) => (one.offset <= offset ? sum + one.lines : sum), 0);
  }
}
