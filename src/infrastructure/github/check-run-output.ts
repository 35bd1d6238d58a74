import {
  counted,
  countFindings,
  countsText,
  findingFragment,
  type Finding,
  type Severity,
} from '../../domain/finding.ts';
import { ALLOWLIST_FILE, POLICY_FOLDER, POLICY_SUFFIX } from '../../domain/policy-location.ts';
import { isIdentity, sameName, scopeText } from '../../domain/scope.ts';
import { watchedFile } from '../../domain/watched-files.ts';
import { workbenchFragment } from '../../domain/workbench-link.ts';
import { subjectsOf } from '../../domain/trust-policy.ts';
import type { CheckedFile, CommitPlace } from '../../application/ports/changed-policy-files.ts';
import type { CheckReport } from '../../application/ports/check-run-reporter.ts';
import { isolateToken } from '../../application/ports/token.ts';

export interface CheckRunSettings {
  readonly stsDomain: string;
  readonly orgPolicyRepository: string;
  /** The page with a section for every rule. Nothing where the operator publishes no documentation. */
  readonly policyGuide: string | undefined;
  /** The API of the GitHub server, where it is not github.com's: links carry it. */
  readonly github?: string;
}

export const CHECK_RUN_SETTINGS = isolateToken<CheckRunSettings>('CheckRunSettings');

/** REST, "Create a check run": `output.annotations`. */
export interface CheckRunAnnotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly start_column: number;
  readonly end_column: number;
  readonly annotation_level: 'failure' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
}

/** GitHub takes 65,535 characters of summary. Rows beyond this number are only counted. */
const MAX_ROWS = 100;
const MAX_TABLE = 22_000;
const MAX_CELL = 120;
const MAX_REQUEST_LINES = 20;
/** Of one policy's link, and of all of them: a policy of 2 KiB fits. */
const MAX_LINK = 4000;
const MAX_LINKS = 8000;
const MAX_MESSAGE = 2000;
/** They take twenty requests. A Worker on the free plan may make 50, and reading the lists takes some. */
const MAX_ANNOTATIONS = 1000;
/** A longer list of names is not kept. The commit then counts as not reported yet. */
const MAX_MARKER = 20_000;
/** A job whose policy grants `checks: write` can publish a summary like ours. */
const MAX_NAMES = 1000;
const ANNOTATION_LEVELS: Readonly<Record<Severity, CheckRunAnnotation['annotation_level']>> = {
  error: 'failure',
  warning: 'warning',
  notice: 'notice',
};
const MARKER = /<!-- checked: ([^ ]*) -->/;

export function title({ files, leftOut = 0 }: CheckReport): string {
  if (files.length === 0 && leftOut === 0) return 'No trust policy changed';
  const counts = [counted(files.length, 'file'), countsText(countFindings(files.flatMap(({ findings }) => findings)))];
  return [...counts, ...(leftOut === 0 ? [] : [`${counted(leftOut, 'file')} not judged`])].join(', ');
}

/** Every finding at its file and line, in the order of `names`. A later report only adds to the end. */
export function annotations(report: CheckReport, { policyGuide }: CheckRunSettings): readonly CheckRunAnnotation[] {
  const byName = new Map(report.files.map((file) => [file.name, file.findings]));
  return report.names
    .flatMap((name) => (byName.get(name) ?? []).map((finding) => annotation(name, finding, policyGuide)))
    .slice(0, MAX_ANNOTATIONS);
}

/**
 * An HTML table, so that nothing from a policy's author is read as Markdown. Then the requests that would use the
 * policies, and a comment, which is not shown, with the names that were checked.
 */
export function summary(place: CommitPlace, report: CheckReport, settings: CheckRunSettings): string {
  const { files, leftOut = 0 } = report;
  if (files.length === 0 && leftOut === 0)
    return ['No trust policy changed in this commit.', marker(report)].join('\n\n');
  const rows = files.slice(0, MAX_ROWS).map(row);
  while (rows.join('').length > MAX_TABLE) rows.pop();
  const head = ['File', 'Identity', 'Issuer', 'Subject', 'Permissions', 'Verdict']
    .map((one) => `<th>${one}</th>`)
    .join('');
  const more = files.length > rows.length ? [`And ${files.length - rows.length} more.`] : [];
  return [
    ...leftOutLines(leftOut),
    `<table>\n<tr>${head}</tr>\n${rows.join('\n')}\n</table>`,
    ...more,
    ...requestLines(place, files, settings),
    ...workbenchLinks(place, files, settings),
    ...ruleLinks(files, settings),
    marker(report),
  ].join('\n\n');
}

/**
 * The names that a summary says were checked. Nothing where another App wrote it, or where the list was too long to
 * keep.
 */
export function checkedNames(
  text: string,
  repository: string,
  { orgPolicyRepository }: CheckRunSettings,
): readonly string[] | undefined {
  const [, list] = MARKER.exec(text) ?? [];
  if (list === undefined) return undefined;
  try {
    return list
      .split(',')
      .flatMap(
        (one) => watchedFile(`${POLICY_FOLDER}/${decodeURIComponent(one)}`, repository, orgPolicyRepository) ?? [],
      )
      .slice(0, MAX_NAMES);
  } catch {
    return undefined;
  }
}

function annotation(name: string, finding: Finding, guide: string | undefined): CheckRunAnnotation {
  const { line, column, severity, message, advice, rule } = finding;
  const sentences = cut([message, advice].join(' ').trim(), MAX_MESSAGE);
  return {
    path: `${POLICY_FOLDER}/${name}`,
    start_line: line,
    end_line: line,
    start_column: column,
    end_column: column,
    annotation_level: ANNOTATION_LEVELS[severity],
    title: rule,
    message: guide === undefined ? sentences : `${sentences}\n${guide}${findingFragment(finding)}`,
  };
}

function row({ name, policy, findings }: CheckedFile): string {
  const fields = policy?.fields;
  const cells = [
    name,
    identityOf(name) ?? '',
    fields?.issuer ?? fields?.issuerPattern ?? '',
    fields === undefined ? '' : subjectsOf(fields).join(', '),
    policy?.permissions
      .entries()
      .map((entry) => entry.join(': '))
      .join(', ') ?? '',
  ];
  const code = (text: string): string => (text === '' ? '' : `<code>${escaped(cut(text, MAX_CELL))}</code>`);
  return `<tr>${cells.map((cell) => `<td>${code(cell)}</td>`).join('')}<td>${verdict(findings)}</td></tr>`;
}

function verdict(findings: readonly Finding[]): string {
  const { error, ...doubts } = countFindings(findings);
  if (error > 0) return `invalid, ${counted(error, 'error')}`;
  const { warning, notice } = doubts;
  const told = [
    ...(warning > 0 ? [counted(warning, 'warning')] : []),
    ...(notice > 0 ? [counted(notice, 'notice')] : []),
  ];
  return ['valid', ...told].join(', ');
}

/** Names that were checked to be GitHub names hold no Markdown. */
function requestLines(
  place: CommitPlace,
  files: readonly CheckedFile[],
  settings: CheckRunSettings,
): readonly string[] {
  const scope = askedScope(place, settings);
  const identities = files.flatMap(({ name, policy }) => (policy === undefined ? [] : (identityOf(name) ?? [])));
  if (identities.length === 0) return [];
  const lines = identities
    .slice(0, MAX_REQUEST_LINES)
    .map((identity) => `GET https://${settings.stsDomain}/sts/exchange?scope=${scope}&identity=${identity}`);
  return ['Once on the default branch, exchanged by:', ['```text', ...lines, '```'].join('\n')];
}

/** To the page of this service, each with its policy in the fragment. In HTML, for the names are the author's. */
function workbenchLinks(
  place: CommitPlace,
  files: readonly CheckedFile[],
  settings: CheckRunSettings,
): readonly string[] {
  const scope = askedScope(place, settings);
  const links: string[] = [];
  for (const { name, text } of files) {
    const identity = identityOf(name);
    if (identity === undefined || text === undefined) continue;
    const { github } = settings;
    const contents = { policy: text, scope, identity, ...(github === undefined ? {} : { github }) };
    const fragment = workbenchFragment(contents, MAX_LINK);
    if (fragment === undefined) continue;
    links.push(`<a href="https://${settings.stsDomain}/${fragment}">${escaped(identity)}</a>`);
    if (links.join(', ').length > MAX_LINKS) links.pop();
  }
  return links.length === 0 ? [] : [`<p>Try it with a token in the workbench: ${links.join(', ')}</p>`];
}

function askedScope({ installation, repository }: CommitPlace, settings: CheckRunSettings): string {
  const isPolicyRepository = sameName(repository, settings.orgPolicyRepository);
  return scopeText({ owner: installation.owner, ...(isPolicyRepository ? {} : { repository }) });
}

function leftOutLines(leftOut: number): readonly string[] {
  if (leftOut === 0) return [];
  const sentence = `${counted(leftOut, 'file')} of this commit ${leftOut === 1 ? 'was' : 'were'} not judged: there are too many.`;
  return [`**${sentence}** Bring them in smaller changes.`];
}

function ruleLinks(files: readonly CheckedFile[], { policyGuide }: CheckRunSettings): readonly string[] {
  const rules = [...new Set(files.flatMap(({ findings }) => findings.map(({ rule }) => rule)))].toSorted();
  if (rules.length === 0) return [];
  const link = (rule: string): string =>
    policyGuide === undefined ? rule : `[${rule}](${policyGuide}${findingFragment({ rule })})`;
  return [`Rules: ${rules.map(link).join(', ')}`];
}

function identityOf(name: string): string | undefined {
  if (name === ALLOWLIST_FILE || !name.endsWith(POLICY_SUFFIX)) return undefined;
  const identity = name.slice(0, -POLICY_SUFFIX.length);
  return isIdentity(identity) ? identity : undefined;
}

function marker({ names }: CheckReport): string {
  const list = names.map((name) => encodeURIComponent(wellFormed(name)).replaceAll('-', '%2D')).join(',');
  return list.length > MAX_MARKER ? '' : `<!-- checked: ${list} -->`;
}

/** HTML needs only `<` and `&` escaped. The others are escaped in case the text is read as Markdown. */
function escaped(text: string): string {
  return text.replace(/[&<>"'`|@*_[\]\\]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** One line of bounded length, without characters that hide others or change their order. */
function cut(text: string, length: number): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');
  return plain.length > length ? `${wellFormed(plain.slice(0, length))}…` : wellFormed(plain);
}

/** Half a surrogate pair can't be written as UTF-8 or in a URL. */
function wellFormed(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text));
}
