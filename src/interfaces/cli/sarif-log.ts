import type { Finding, Severity } from '../../domain/finding.ts';
import type { FileFindings } from './file-findings.ts';
import { ruleText, type RuleText } from './rule-guide.ts';

/** The project has no address of its own; the form of a trust policy is octo-sts's, and is described there. */
const INFORMATION_URI = 'https://github.com/octo-sts/app';

export interface SarifTool {
  readonly version: string;
  readonly rules: ReadonlyMap<string, RuleText>;
}

/** SARIF 2.1.0 (OASIS), with what GitHub requires of it ("SARIF support for code scanning"). */
export function sarifLog(files: readonly FileFindings[], { version, rules }: SarifTool): object {
  const findings = files.flatMap((file) => file.findings);
  const ids = [...new Set(findings.map(({ rule }) => rule))].sort();
  const descriptors = ids.flatMap((id) => {
    const example = findings.find(({ rule }) => rule === id);
    return example === undefined ? [] : [descriptor(example, rules.get(id))];
  });
  const driver = { name: 'octo-sts-worker', version, informationUri: INFORMATION_URI, rules: descriptors };
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver },
        columnKind: 'utf16CodeUnits',
        results: files.flatMap((file) => file.findings.map((finding) => result(file, finding, ids))),
      },
    ],
  };
}

/** A rule that the guide does not describe is described by what it found. */
function descriptor({ rule, severity, message }: Finding, text: RuleText = ruleText(message)): object {
  return {
    id: rule,
    shortDescription: { text: text.summary },
    fullDescription: { text: text.plain },
    help: { text: text.plain, markdown: text.markdown },
    defaultConfiguration: { level: level(severity) },
  };
}

function result({ pathFromRoot }: FileFindings, finding: Finding, ids: readonly string[]): object {
  const { rule, severity, line, column, message, advice } = finding;
  const region = { startLine: line, startColumn: column };
  const artifactLocation = { uri: pathFromRoot.split('/').map(encodeURIComponent).join('/') };
  return {
    ruleId: rule,
    ruleIndex: ids.indexOf(rule),
    level: level(severity),
    message: { text: advice === undefined ? message : `${message} ${advice}` },
    locations: [{ physicalLocation: { artifactLocation, region } }],
  };
}

/** SARIF 2.1.0 §3.27.10. */
function level(severity: Severity): 'error' | 'warning' | 'note' {
  switch (severity) {
    case 'error':
      return 'error';
    case 'warning':
      return 'warning';
    case 'notice':
      return 'note';
  }
}
