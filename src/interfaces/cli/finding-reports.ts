import { counted, countFindings, countsText, type Finding, type FindingCounts } from '../../domain/finding.ts';
import type { FileFindings } from './file-findings.ts';
import { sarifLog, type SarifTool } from './sarif-log.ts';

export const FORMATS = ['human', 'json', 'sarif', 'github'] as const;
export type Format = (typeof FORMATS)[number];

/** The same findings for a person, a script, a code-scanning service or a job's annotations. */
export function report(format: Format, files: readonly FileFindings[], tool: SarifTool): string {
  switch (format) {
    case 'human':
      return humanReport(files);
    case 'json':
      return jsonReport(files);
    case 'sarif':
      return `${JSON.stringify(sarifLog(files, tool), null, 2)}\n`;
    case 'github':
      return githubReport(files);
  }
}

export function counts(files: readonly FileFindings[]): FindingCounts {
  return countFindings(files.flatMap(({ findings }) => findings));
}

function jsonReport(files: readonly FileFindings[]): string {
  const { error: errors, warning: warnings, notice: notices } = counts(files);
  return `${JSON.stringify({ files: files.map(withoutNothing), errors, warnings, notices }, null, 2)}\n`;
}

function withoutNothing({ path, findings }: FileFindings): object {
  return { path, valid: findings.every(({ severity }) => severity !== 'error'), findings };
}

export function humanReport(files: readonly FileFindings[]): string {
  const lines = files.flatMap(({ path, findings }) =>
    findings.map((finding) => {
      const { line, column, severity, rule } = finding;
      return `${path}:${line}:${column}  ${severity}  ${sentence(finding)}  (${rule})`;
    }),
  );
  const total = `${counted(files.length, 'file')}: ${countsText(counts(files))}`;
  return `${[...lines, ...(lines.length > 0 ? [''] : []), total].join('\n')}\n`;
}

/** GitHub, "Workflow commands for GitHub Actions": annotations on the lines of a pull request. */
function githubReport(files: readonly FileFindings[]): string {
  return files
    .flatMap(({ pathFromRoot, findings }) => findings.map((finding) => annotation(pathFromRoot, finding)))
    .map((line) => `${line}\n`)
    .join('');
}

function annotation(path: string, finding: Finding): string {
  const { line, column, severity, rule } = finding;
  const properties = `file=${property(path)},line=${line},col=${column},title=${property(rule)}`;
  return `::${severity} ${properties}::${data(sentence(finding))}`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

function sentence({ message, advice }: Finding): string {
  return advice === undefined ? message : `${message} ${advice}`;
}
