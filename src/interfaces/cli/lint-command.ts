import { dirname } from 'node:path';
import policyGuide from '../../../docs/policies.md';
import type { Finding } from '../../domain/finding.ts';
import type { Guardrails } from '../../domain/guardrails.ts';
import { ALLOWLIST_FILE, GUARDRAILS_FILE, POLICY_SUFFIX } from '../../domain/policy-location.ts';
import { conditionsOf } from '../../domain/policy-conditions.ts';
import type { PolicyFields } from '../../domain/trust-policy.ts';
import { repairEdits } from '../../infrastructure/yaml/policy-file.ts';
import { readGuardrailsFile } from '../../infrastructure/yaml/guardrails-file.ts';
import { isOrganizationFile } from '../../domain/watched-files.ts';
import { YamlCompiledPolicies } from '../../infrastructure/yaml/yaml-compiled-policies.ts';
import type { FileFindings } from './file-findings.ts';
import { counts, FORMATS, report, type Format } from './finding-reports.ts';
import { fixed, write } from './fix.ts';
import { policyFiles, type PolicyFileOnDisk } from './input-files.ts';
import { guardrailsOption } from './guardrails-option.ts';
import { EXIT, UsageError, type Outcome } from './outcome.ts';
import { PolicySetting, type SettingOptions } from './policy-setting.ts';
import { repositoryIds } from './repository-ids.ts';
import { ruleTexts } from './rule-guide.ts';

export interface LintOptions extends SettingOptions {
  readonly format?: string | undefined;
  readonly strict?: boolean | undefined;
  readonly fix?: boolean | undefined;
  /** `--fix immutable`. */
  readonly immutable?: boolean | undefined;
  readonly guardrails?: string | undefined;
}

/** `lint PATH…`: the verdict that the check run on GitHub comes to, by the same code. */
export async function lint(paths: readonly string[], options: LintOptions, version: string): Promise<Outcome> {
  if (paths.length === 0)
    throw new UsageError('lint needs a file or a folder: octo-sts-worker lint .github/chainguard');
  const format = formatOf(options.format);
  const setting = new PolicySetting(options);
  const found = policyFiles(paths);
  if (found.length === 0) {
    throw new UsageError(`There is no policy below ${paths.join(' ')}: they are files that end in ${POLICY_SUFFIX}.`);
  }
  const mended = options.fix === true ? await fixAll(found, setting, options.immutable === true) : [];
  const given = guardrailsOption(options.guardrails, setting);
  const files = options.fix === true ? policyFiles(paths) : found;
  const checked = files.map((file) => checkedFile(file, setting, given ?? guardrailsBeside(file, files, setting)));
  const { error, warning } = counts(checked);
  const isAtFault = error > 0 || (options.strict === true && warning > 0);
  return {
    exitCode: isAtFault ? EXIT.refused : EXIT.ok,
    output: report(format, checked, { version, rules: ruleTexts(policyGuide) }),
    ...(mended.length === 0 ? {} : { remarks: `${mended.join('\n')}\n` }),
  };
}

function checkedFile(file: PolicyFileOnDisk, setting: PolicySetting, guardrails: Guardrails | undefined): FileFindings {
  const compiler = new YamlCompiledPolicies(setting.context);
  const { path, pathFromRoot } = file;
  if (file.name === ALLOWLIST_FILE) return { path, pathFromRoot, findings: compiler.checkAllowlist(file).findings };
  if (file.name === GUARDRAILS_FILE) return { path, pathFromRoot, findings: compiler.checkGuardrails(file).findings };
  return { path, pathFromRoot, findings: checkedPolicy(file, setting, guardrails).findings };
}

function checkedPolicy(file: PolicyFileOnDisk, setting: PolicySetting, guardrails?: Guardrails) {
  const { path, pathInRepository } = file;
  const compiler = new YamlCompiledPolicies(setting.context);
  const repository = setting.repositoryOf(path);
  const { actionsIssuer } = setting.server;
  return compiler.check(file, setting.levelOf(path), { path: pathInRepository, repository, actionsIssuer }, guardrails);
}

/** @returns a line for each finding that was mended */
async function fixAll(
  files: readonly PolicyFileOnDisk[],
  setting: PolicySetting,
  immutable: boolean,
): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const file of files) {
    const { text } = file;
    if (text === undefined) continue;
    const mended = fixed(text, (one) => checkedFile(withText(file, one), setting, undefined).findings);
    const hasSubjects = immutable && !isOrganizationFile(file.name);
    const named = hasSubjects ? await withIds(withText(file, mended.text), setting) : mended.text;
    if (named !== text) write(file, named);
    lines.push(...mended.findings.map((one) => fixedLine(file.path, one)));
    if (named !== mended.text) lines.push(`${file.path}: wrote the ids that GitHub tells.`);
  }
  return lines;
}

function withText(file: PolicyFileOnDisk, text: string): PolicyFileOnDisk {
  return { ...file, text, bytes: Buffer.byteLength(text) };
}

function fixedLine(path: string, { line, column, rule, advice = '' }: Finding): string {
  return `${path}:${line}:${column}  fixed  ${advice}  (${rule})`;
}

/** `repo:OWNER/NAME:…`, without ids. */
const BY_NAME = /^repo:([A-Za-z0-9][A-Za-z0-9_-]*)\/([A-Za-z0-9._-]+):(.+)$/s;

/** Exact subjects by name alone get the ids that GitHub tells: only repositories that issue such subjects match then. */
async function withIds(file: PolicyFileOnDisk, setting: PolicySetting): Promise<string> {
  const { text = '' } = file;
  const { policy, findings } = checkedPolicy(file, setting);
  if (policy === undefined || !findings.some(({ rule }) => rule === 'subject-by-name')) return text;
  const repairs = await Promise.all(
    subjectsByName(policy.fields).map(async ({ path, owner, name, rest }) => {
      const { ownerId, repositoryId } = await repositoryIds(setting.server, owner, name);
      return { path, value: `repo:${owner}@${ownerId}/${name}@${repositoryId}:${rest}` };
    }),
  );
  const edited = repairEdits(text, repairs);
  const after = checkedPolicy(withText(file, edited), setting);
  return after.policy === undefined ? text : edited;
}

function subjectsByName(fields: PolicyFields) {
  return conditionsOf(fields).flatMap(({ of, by, text, path }) => {
    const [, owner, name, rest] = (of === 'subject' && by === 'value' ? BY_NAME.exec(text) : null) ?? [];
    return owner === undefined || name === undefined || rest === undefined ? [] : [{ path, owner, name, rest }];
  });
}

/** As in the check of a commit: in the policy repository its own guardrails count, where they are linted too. */
function guardrailsBeside(
  { path }: PolicyFileOnDisk,
  files: readonly PolicyFileOnDisk[],
  setting: PolicySetting,
): Guardrails | undefined {
  if (setting.levelOf(path) !== 'organization') return undefined;
  const beside = files.find((one) => one.name === GUARDRAILS_FILE && dirname(one.path) === dirname(path));
  const reading = beside?.text === undefined ? undefined : readGuardrailsFile(beside.text, setting.context);
  return reading?.kind === 'valid' ? reading.guardrails : undefined;
}

function formatOf(text: string | undefined): Format {
  const format = FORMATS.find((one) => one === (text ?? 'human'));
  if (format === undefined) throw new UsageError(`--format must be one of ${FORMATS.join(', ')}.`);
  return format;
}
