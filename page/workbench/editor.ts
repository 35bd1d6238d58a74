import type { Finding } from '../../src/domain/finding.ts';
import { element } from '../dom.ts';

/** Numbers beyond these are not written: nobody reads such a text here. */
const MAX_LINES = 5000;

/** A plain text field with line numbers beside it. Marks in the gutter repeat what the list of findings says. */
export class Editor {
  private lines = 0;
  private marks: ReadonlyMap<number, string> = new Map();
  private readonly field: HTMLTextAreaElement;
  private readonly gutter: HTMLElement;

  constructor(field: HTMLTextAreaElement, gutter: HTMLElement) {
    this.field = field;
    this.gutter = gutter;
    field.addEventListener('scroll', () => this.follow());
    field.addEventListener('input', () => this.count());
    this.count();
  }

  get text(): string {
    return this.field.value;
  }

  /** The worst finding of a line decides its mark. */
  mark(findings: readonly Finding[]): void {
    // Sorted from the worst on, so a line's first one counts.
    const marks = new Map(findings.toReversed().map(({ line, severity }) => [line, severity] as const));
    this.marks = marks;
    this.draw();
    if (findings.some(({ severity }) => severity === 'error')) this.field.setAttribute('aria-invalid', 'true');
    else this.field.removeAttribute('aria-invalid');
  }

  /** Puts the cursor there and brings it into view. */
  goTo(line: number, column: number): void {
    const starts = [0, ...[...this.text.matchAll(/\n/g)].map(({ index }) => index + 1)];
    const start = starts[Math.min(line, starts.length) - 1] ?? 0;
    const at = Math.min(start + column - 1, this.text.length);
    const height = parseFloat(getComputedStyle(this.field).lineHeight);
    this.field.focus();
    this.field.setSelectionRange(at, at);
    this.field.scrollTop = Math.max(0, (line - 4) * height);
  }

  private count(): void {
    const lines = Math.min(this.text.split('\n', MAX_LINES).length, MAX_LINES);
    if (lines === this.lines) return;
    this.lines = lines;
    this.draw();
  }

  /** One text between two marks, so that a long file has few nodes. */
  private draw(): void {
    const nodes: (Node | string)[] = [];
    let plain = '';
    for (let line = 1; line <= this.lines; line += 1) {
      const mark = this.marks.get(line);
      if (mark === undefined) plain += `${line}\n`;
      else {
        nodes.push(plain, element('span', { class: `mark ${severityClass(mark)}` }, `${line}`), '\n');
        plain = '';
      }
    }
    this.gutter.replaceChildren(...nodes, plain);
    this.follow();
  }

  private follow(): void {
    this.gutter.scrollTop = this.field.scrollTop;
  }
}

/** A severity that this page has no colour for looks like the mildest. */
export function severityClass(severity: string): string {
  return severity === 'error' || severity === 'warning' ? severity : 'notice';
}
