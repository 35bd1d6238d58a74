import type { Finding, Verdict } from './finding.ts';

const MARKS: Readonly<Record<Verdict, string>> = { well: 'ok', ill: 'ILL', note: 'note', unseen: '?' };
const INDENT = ' '.repeat(6);

/** One line a look, and below it what to do. What others wrote is plain already. */
export function table(findings: readonly Finding[]): string {
  const width = Math.max(0, ...findings.map(({ what }) => what.length));
  const lines = findings.flatMap(({ what, verdict, sentence, remedy, link }) => {
    const more = INDENT + ' '.repeat(width + 2);
    return [
      `${MARKS[verdict].padEnd(INDENT.length)}${what.padEnd(width)}  ${sentence}`,
      ...(remedy === undefined ? [] : [`${more}→ ${remedy}`]),
      ...(link === undefined ? [] : [`${more}  ${link}`]),
    ];
  });
  return `${lines.join('\n')}\n`;
}

/** 0: well. 1: something must be mended. 2: there was no way to look. */
export function exitCodeOf(findings: readonly Finding[]): 0 | 1 | 2 {
  if (findings.some(({ verdict }) => verdict === 'ill')) return 1;
  return findings.some(({ verdict }) => verdict === 'well') ? 0 : 2;
}

export function closingLine(findings: readonly Finding[]): string {
  const count = findings.filter(({ verdict }) => verdict === 'ill').length;
  switch (exitCodeOf(findings)) {
    case 0:
      return 'All that could be seen is well.';
    case 1:
      return count === 1 ? 'One thing must be mended.' : `${count} things must be mended.`;
    case 2:
      return 'There was no way to look.';
  }
}
